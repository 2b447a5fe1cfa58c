"""Killing a process at a chosen point of its run."""

import os
import signal
from collections.abc import Callable


def killer(at: int) -> Callable[[str], None]:
    """Returns a listener that kills its own process, without any cleaning up, at the point of this number."""
    passed = 0

    def listen(point: str) -> None:
        nonlocal passed
        passed += 1
        if passed == at:
            os.kill(os.getpid(), signal.SIGKILL)

    return listen
