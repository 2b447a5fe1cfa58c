"""Executors: carrying out units of work in this process one by one, or in several processes at once."""

import signal
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from glasslab.errors import RecordError
from glasslab.records.run_folder import RunFolder
from glasslab.runner.carry_out import carry_out
from glasslab.runner.crew import Crew, Worker
from glasslab.runner.job import LAST, Event, Job, Unit
from glasslab.runner.looks import has_finished, look_again
from glasslab.runner.process import ready_to_train

Tell = Callable[[Event], None]
Executor = Callable[[Sequence[Unit], Tell], None]


def in_this_process(units: Iterable[Unit], tell: Tell) -> None:
    """Carries out units one after the other."""
    for unit in units:
        first = unit[0]
        with ready_to_train(first.threads, first.device, first.settings["recipe"]["precision"]):
            if first.trained:
                look_again(first, tell)
                continue
            try:
                carry_out(unit, tell)
            except RecordError as error:
                for job in unit:
                    tell(Event(hash=job.hash, kind="ended", status="failed", sentence=str(error)))


def in_processes(workers: int, crew: Crew | None = None) -> Executor:
    """Returns an executor that carries out units in so many processes, each unit in one of them.

    Args:
        workers: how many.
        crew: processes that are ready, or nearly; others are started where they are missing.
    """

    def execute(units: Sequence[Unit], tell: Tell) -> None:
        own = crew or Crew()
        try:
            Pool(own, deque(units), tell).run(workers)
        finally:
            own.stop()

    return execute


@dataclass(slots=True)
class Pool:
    """Hands waiting units to worker processes and passes on what they tell.

    A worker that dies (killed, out of memory, a crash inside a library) costs its unit alone: the runs in it
    that had not ended have failed, another worker takes its place.

    Attributes:
        crew: the processes.
        waiting: units that no worker has.
        tell: is told every event, on the thread that calls `run`.
    """

    crew: Crew
    waiting: deque[Unit]
    tell: Tell

    def run(self, size: int) -> None:
        """Carries out all units; whatever ends this early, the crew's owner stops it."""
        size = min(size, len(self.waiting))
        if size > len(self.crew.workers):
            self.crew.add(size - len(self.crew.workers))
        for worker in self.crew.workers[:size]:
            self.give(worker)
        while any(worker.unit for worker in self.crew.workers):
            worker, line = self.crew.heard.get()
            if line is not None:
                with suppress(msgspec.DecodeError):  # what a worker was saying when it died
                    self.listen(worker, msgspec.json.decode(line, type=Event))
                continue
            self.died(worker)
            if self.waiting:
                self.give(*self.crew.add(1))

    def give(self, worker: Worker) -> None:
        """Gives a worker the next unit; without one it stays idle until all are done."""
        worker.unit = None
        if self.waiting:
            worker.give(self.waiting.popleft())

    def listen(self, worker: Worker, event: Event) -> None:
        """Passes on an event, and gives the worker its next unit when all runs of one have ended."""
        if event.kind == "died":
            worker.code = event.code
            return
        self.tell(event)
        if event.kind in LAST:
            worker.running.discard(event.hash)
            if not worker.running:
                self.give(worker)

    def died(self, worker: Worker) -> None:
        """Tells that the runs that a dead worker left have failed, or if they are trained, their looks."""
        if worker.unit is not None:
            how = ending(worker.exit_code())
            for job in worker.unit:
                if job.hash in worker.running:
                    for event in left_by_the_dead(job, how):
                        self.tell(event)
            worker.unit = None


def left_by_the_dead(job: Job, how: str) -> list[Event]:
    """Returns what is to be told of a job whose process ended in this way before the job did."""
    if not has_finished(RunFolder(Path(job.folder))):
        sentence = f"its process {how}; run the study again to go on from the last checkpoint"
        return [Event(hash=job.hash, kind="ended", status="failed", sentence=sentence)]
    why = f"a probe failed, the run is kept: its process {how}"
    last = Event(hash=job.hash, kind="ended", status="finished", sentence="finished, not looked into")
    if job.trained:
        last = Event(hash=job.hash, kind="looked", sentence="not looked into")
    return [Event(hash=job.hash, kind="trouble", sentence=why), last]


def ending(code: int) -> str:
    """Returns how a process ended, in words."""
    if code >= 0:
        return f"ended with exit code {code}"
    name = signal.Signals(-code).name if -code in {s.value for s in signal.Signals} else f"signal {-code}"
    why = " (often: out of memory)" if name == "SIGKILL" else ""
    return f"was killed by {name}{why}"
