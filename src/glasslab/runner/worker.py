"""A worker process: takes units of work as JSON lines, tells events as JSON lines.

`python -m glasslab.runner.worker` takes them from standard input and tells on standard output; with the
numbers of open sockets as arguments, a worker is forked for each of them, with PyTorch loaded once for all.
What a user's own module prints goes to standard error, so that it cannot be mistaken for an event.
"""

import os
import signal
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress

import msgspec

from glasslab.runner.executors import in_this_process
from glasslab.runner.job import Event, Unit


def main() -> None:
    """Carries out units until no more come."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the driver decides
    sockets = [int(number) for number in sys.argv[1:]]
    told = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    if sockets:
        fork(sockets)
    else:
        serve(sys.stdin.buffer, told)


def fork(sockets: Sequence[int]) -> None:
    """Forks a worker for each socket, and tells there with which exit code it died."""
    children: dict[int, int] = {}
    for own in sockets:
        child = os.fork()
        if child == 0:
            for other in sockets:
                if other != own:
                    os.close(other)
            with os.fdopen(os.dup(own), "rb") as lines:
                serve(lines, own)
            os._exit(0)
        children[child] = own
    while children:
        child, status = os.wait()
        own = children.pop(child)
        with suppress(OSError):  # nobody may be there to hear it
            os.write(own, b"\n")  # it may have died in the middle of a line
        say(own, Event(hash="", kind="died", code=os.waitstatus_to_exitcode(status)))
        os.close(own)


def serve(lines: Iterable[bytes], descriptor: int) -> None:
    """Carries out the units that come as lines; what they tell is written to the descriptor.

    When the driver is gone, so is the worker: a run goes on from its checkpoint when it is asked for again.
    """

    def tell(event: Event) -> None:
        if not say(descriptor, event):
            os._exit(1)

    for line in lines:
        in_this_process([msgspec.json.decode(line, type=Unit)], tell)


def say(descriptor: int, event: Event) -> bool:
    """Writes an event as a line; returns whether anybody is there to read it."""
    line = msgspec.json.encode(event) + b"\n"
    try:
        while line:
            line = line[os.write(descriptor, line) :]
    except (BrokenPipeError, ConnectionResetError):
        return False
    return True


if __name__ == "__main__":
    main()
