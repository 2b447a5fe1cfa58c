"""A worker process: takes units of work as JSON lines from standard input, tells events as JSON lines.

Started as `python -m glasslab.runner.worker`. What a user's own module prints goes to standard error, so
that it cannot be mistaken for an event.
"""

import os
import signal
import sys

import msgspec

from glasslab.runner.executors import in_this_process
from glasslab.runner.job import Event, Unit


def main() -> None:
    """Carries out units until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the driver decides
    events = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def tell(event: Event) -> None:
        try:
            os.write(events, msgspec.json.encode(event) + b"\n")
        except BrokenPipeError:
            os._exit(1)  # the driver is gone; the run goes on from its checkpoint when it is asked for again

    for line in sys.stdin.buffer:
        in_this_process([msgspec.json.decode(line, type=Unit)], tell)


if __name__ == "__main__":
    main()
