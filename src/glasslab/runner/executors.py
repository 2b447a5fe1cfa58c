"""Executors: carrying out jobs in this process one after the other, or in several processes at once."""

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
from glasslab.runner.job import Event, Job
from glasslab.runner.process import ready_to_train

Tell = Callable[[Event], None]
Executor = Callable[[Sequence[Job], Tell], None]


def in_this_process(jobs: Iterable[Job], tell: Tell) -> None:
    """Carries out jobs one after the other."""
    for job in jobs:
        with ready_to_train(job.threads, job.device):
            try:
                carry_out(job, tell)
            except RecordError as error:
                tell(Event(hash=job.hash, kind="ended", status="failed", sentence=str(error)))


def in_processes(workers: int) -> Executor:
    """Returns an executor that carries out jobs in so many processes, each job in one of them."""

    def execute(jobs: Sequence[Job], tell: Tell) -> None:
        Pool(deque(jobs), tell).run(workers)

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
    """A worker process and the job it has.

    Attributes:
        process: the process.
        ear: the thread that listens to it.
        job: what it is carrying out; None while it waits.
    """

    process: subprocess.Popen[bytes]
    ear: threading.Thread
    job: Job | None = None


@dataclass(slots=True)
class Pool:
    """Hands waiting jobs to worker processes and passes on what they tell.

    A worker that dies (killed, out of memory, a crash inside a library) costs its job alone: the job has
    failed, another worker takes its place.

    Attributes:
        waiting: jobs that no worker has.
        tell: is told every event, on the thread that calls `run`.
        heard: lines from the workers; None when a worker's output has ended.
    """

    waiting: deque[Job]
    tell: Tell
    heard: queue.Queue[tuple[subprocess.Popen[bytes], bytes | None]] = field(default_factory=queue.Queue)

    def run(self, size: int) -> None:
        """Carries out all jobs; whatever ends this early, no worker outlives it."""
        workers = [self.start() for _ in range(min(size, len(self.waiting)))]
        try:
            for worker in workers:
                self.give(worker)
            while any(worker.job for worker in workers):
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
        """Gives a worker the next job; without one it stays idle until all are done."""
        worker.job = self.waiting.popleft() if self.waiting else None
        if worker.job is None or worker.process.stdin is None:
            return
        try:
            worker.process.stdin.write(msgspec.json.encode(worker.job) + b"\n")
            worker.process.stdin.flush()
        except BrokenPipeError:
            pass  # it has just died; the end of its output says so

    def listen(self, worker: Worker, event: Event) -> None:
        """Passes on an event, and gives the worker its next job when one has ended."""
        self.tell(event)
        if event.kind == "ended":
            self.give(worker)

    def died(self, worker: Worker) -> None:
        """Tells that a dead worker's job has failed."""
        if worker.job is not None:
            how = ending(worker.process.wait())
            sentence = f"its process {how}; run the study again to go on from the last checkpoint"
            self.tell(Event(hash=worker.job.hash, kind="ended", status="failed", sentence=sentence))
            worker.job = None


def ending(code: int) -> str:
    """Returns how a process ended, in words."""
    if code >= 0:
        return f"ended with exit code {code}"
    name = signal.Signals(-code).name if -code in {s.value for s in signal.Signals} else f"signal {-code}"
    why = " (often: out of memory)" if name == "SIGKILL" else ""
    return f"was killed by {name}{why}"
