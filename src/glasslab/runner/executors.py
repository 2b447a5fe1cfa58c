"""Executors: carrying out units of work in this process one by one, or in several processes at once."""

import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec

from glasslab.errors import RecordError
from glasslab.runner.carry_out import carry_out
from glasslab.runner.job import Event, Unit
from glasslab.runner.process import ready_to_train

Tell = Callable[[Event], None]
Executor = Callable[[Sequence[Unit], Tell], None]


def in_this_process(units: Iterable[Unit], tell: Tell) -> None:
    """Carries out units one after the other."""
    for unit in units:
        first = unit[0]
        with ready_to_train(first.threads, first.device, first.settings["recipe"]["precision"]):
            try:
                carry_out(unit, tell)
            except RecordError as error:
                for job in unit:
                    tell(Event(hash=job.hash, kind="ended", status="failed", sentence=str(error)))


def in_processes(workers: int) -> Executor:
    """Returns an executor that carries out units in so many processes, each unit in one of them."""

    def execute(units: Sequence[Unit], tell: Tell) -> None:
        Pool(deque(units), tell).run(workers)

    return execute


@contextmanager
def deaf_to_ctrl_c() -> Iterator[None]:
    """Lets a process that is started meanwhile ignore Ctrl-C from its first moment: the driver decides."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@dataclass(slots=True)
class Worker:
    """A worker process and the unit it has.

    Attributes:
        process: the process.
        ear: the thread that listens to it.
        unit: what it is carrying out; None while it waits.
        running: hashes of the unit's runs that have not ended.
    """

    process: subprocess.Popen[bytes]
    ear: threading.Thread
    unit: Unit | None = None
    running: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Pool:
    """Hands waiting units to worker processes and passes on what they tell.

    A worker that dies (killed, out of memory, a crash inside a library) costs its unit alone: the runs in it
    that had not ended have failed, another worker takes its place.

    Attributes:
        waiting: units that no worker has.
        tell: is told every event, on the thread that calls `run`.
        heard: lines from the workers; None when a worker's output has ended.
    """

    waiting: deque[Unit]
    tell: Tell
    heard: queue.Queue[tuple[subprocess.Popen[bytes], bytes | None]] = field(default_factory=queue.Queue)

    def run(self, size: int) -> None:
        """Carries out all units; whatever ends this early, no worker outlives it."""
        workers = [self.start() for _ in range(min(size, len(self.waiting)))]
        try:
            for worker in workers:
                self.give(worker)
            while any(worker.unit for worker in workers):
                process, line = self.heard.get()
                worker = next(each for each in workers if each.process is process)
                if line is None:
                    self.died(worker)
                    if self.waiting:
                        workers.append(self.start())
                        self.give(workers[-1])
                else:
                    self.listen(worker, msgspec.json.decode(line, type=Event))
        finally:
            for worker in workers:
                worker.process.kill()
                worker.ear.join()
                worker.process.__exit__(None, None, None)

    def start(self) -> Worker:
        """Starts a worker, and a thread that puts what it says into the queue."""
        command = [sys.executable, "-m", "glasslab.runner.worker"]
        with deaf_to_ctrl_c():
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        ear = threading.Thread(target=self.hear, args=(process,), daemon=True)
        ear.start()
        return Worker(process, ear)

    def hear(self, process: subprocess.Popen[bytes]) -> None:
        """Puts each line that a process says into the queue, and None at the end."""
        for line in process.stdout or ():
            self.heard.put((process, line))
        self.heard.put((process, None))

    def give(self, worker: Worker) -> None:
        """Gives a worker the next unit; without one it stays idle until all are done."""
        worker.unit = self.waiting.popleft() if self.waiting else None
        if worker.unit is None or worker.process.stdin is None:
            return
        worker.running = {job.hash for job in worker.unit}
        try:
            worker.process.stdin.write(msgspec.json.encode(worker.unit) + b"\n")
            worker.process.stdin.flush()
        except BrokenPipeError:
            pass  # it has just died; the end of its output says so

    def listen(self, worker: Worker, event: Event) -> None:
        """Passes on an event, and gives the worker its next unit when all runs of one have ended."""
        self.tell(event)
        if event.kind == "ended":
            worker.running.discard(event.hash)
            if not worker.running:
                self.give(worker)

    def died(self, worker: Worker) -> None:
        """Tells that the runs that a dead worker left have failed."""
        if worker.unit is not None:
            how = ending(worker.process.wait())
            sentence = f"its process {how}; run the study again to go on from the last checkpoint"
            for job in worker.unit:
                if job.hash in worker.running:
                    self.tell(Event(hash=job.hash, kind="ended", status="failed", sentence=sentence))
            worker.unit = None


def ending(code: int) -> str:
    """Returns how a process ended, in words."""
    if code >= 0:
        return f"ended with exit code {code}"
    name = signal.Signals(-code).name if -code in {s.value for s in signal.Signals} else f"signal {-code}"
    why = " (often: out of memory)" if name == "SIGKILL" else ""
    return f"was killed by {name}{why}"
