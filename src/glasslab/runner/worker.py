"""A worker process: takes jobs as JSON lines from standard input, tells events as JSON lines.

Started as `python -m glasslab.runner.worker`. What a user's own module prints goes to standard error, so
that it cannot be mistaken for an event.
"""

import os
import signal
import sys

import msgspec

from glasslab.errors import RecordError
from glasslab.runner.carry_out import carry_out
from glasslab.runner.job import Event, Job
from glasslab.runner.process import ready_to_train


def main() -> None:
    """Carries out jobs until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the driver decides
    events = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def tell(event: Event) -> None:
        try:
            os.write(events, msgspec.json.encode(event) + b"\n")
        except BrokenPipeError:
            os._exit(1)  # the driver is gone; the run goes on from its checkpoint when it is asked for again

    for line in sys.stdin.buffer:
        job = msgspec.json.decode(line, type=Job)
        try:
            with ready_to_train(job.threads, job.device):
                carry_out(job, tell)
        except RecordError as error:
            tell(Event(hash=job.hash, kind="ended", status="failed", sentence=str(error)))


if __name__ == "__main__":
    main()
