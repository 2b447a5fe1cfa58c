"""Named moments at which tests may kill a run, to show that nothing is lost.

Every step of training and every stage of every write passes one. Outside of tests nothing listens.
"""

from collections.abc import Callable

_listener: Callable[[str], None] | None = None


def passing(point: str) -> None:
    """Tells the listener, if there is one, that the run is at this point."""
    if _listener is not None:
        _listener(point)


def listen(listener: Callable[[str], None] | None) -> None:
    """Sets who is told at every point; None for nobody."""
    global _listener
    _listener = listener
