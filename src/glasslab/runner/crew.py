"""Worker processes: started before anything is known of the work, so that both sides load PyTorch at once.

Where processes can fork, one process loads PyTorch and the workers fork from it. Nothing here loads it.
"""

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import msgspec

from glasslab.plan.study import Study
from glasslab.records.machine import usable_cores
from glasslab.runner.job import Unit

COMMAND = [sys.executable, "-m", "glasslab.runner.worker"]
CAN_FORK = sys.platform.startswith("linux")  # Apple's libraries and Windows do not stand it


@dataclass(slots=True, eq=False)
class Worker:
    """A worker process and the unit it has.

    Attributes:
        process: the process, or the one that it was forked from.
        ear: the thread that listens to it.
        mouth: where it is told of units.
        unit: what it is carrying out; None while it waits.
        running: hashes of the unit's runs that have not ended.
        code: the exit code that its death was told with, negative for a signal; None where it was not.
    """

    process: subprocess.Popen[bytes]
    ear: threading.Thread
    mouth: IO[bytes]
    unit: Unit | None = None
    running: set[str] = field(default_factory=set)
    code: int | None = None

    def give(self, unit: Unit) -> None:
        """Gives the worker a unit."""
        self.unit, self.running = unit, {job.hash for job in unit}
        with suppress(OSError):  # it has just died; the end of what it says tells so
            self.mouth.write(msgspec.json.encode(unit) + b"\n")
            self.mouth.flush()

    def exit_code(self) -> int:
        """Returns how it ended, when all that it said was heard."""
        return self.process.wait() if self.code is None else self.code


class Crew:
    """Worker processes that wait for work.

    Attributes:
        workers: those that live, and those that died.
        heard: what they said, line by line; None when one has said its last.
    """

    def __init__(self) -> None:
        """Starts none yet."""
        self.heard: queue.Queue[tuple[Worker, bytes | None]] = queue.Queue()
        self.workers: list[Worker] = []

    def add(self, size: int) -> list[Worker]:
        """Starts so many more workers and returns them."""
        with deaf_to_ctrl_c():
            started = list(self.forked(size) if CAN_FORK else (self.spawned() for _ in range(size)))
        for worker in started:
            worker.ear.start()
        self.workers += started
        return started

    def forked(self, size: int) -> Iterator[Worker]:
        """Starts a process from which so many workers fork, each at the other end of a socket."""
        pairs = [socket.socketpair() for _ in range(size)]
        theirs = [str(their.fileno()) for _, their in pairs]
        process = subprocess.Popen(
            [*COMMAND, *theirs],
            stdin=subprocess.DEVNULL,
            pass_fds=[int(number) for number in theirs],
            process_group=0,
        )
        for ours, their in pairs:
            their.close()
            yield self.listened_to(process, ours.makefile("rb"), ours.makefile("wb"))
            ours.close()  # the two files keep it open

    def spawned(self) -> Worker:
        """Starts one worker with pipes of its own."""
        process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if process.stdin is None or process.stdout is None:
            raise OSError("a process was started without the pipes that were asked for")
        return self.listened_to(process, process.stdout, process.stdin)

    def listened_to(self, process: subprocess.Popen[bytes], says: IO[bytes], mouth: IO[bytes]) -> Worker:
        """Returns a worker whose words will be put into the queue."""

        def listen() -> None:
            with suppress(ConnectionResetError):
                for line in says:
                    self.heard.put((worker, line))
            says.close()
            self.heard.put((worker, None))

        worker = Worker(process, threading.Thread(target=listen, daemon=True), mouth)
        return worker

    def stop(self) -> None:
        """Kills every worker; whatever ended the work, none outlives it."""
        for process in {worker.process for worker in self.workers}:
            if CAN_FORK and process.returncode is None:  # else its number may be another's by now
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            process.wait()
        for worker in self.workers:
            worker.ear.join()
            with suppress(OSError):
                worker.mouth.close()
        self.workers = []


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


@contextmanager
def getting_ready(size: int) -> Iterator[Crew]:
    """Yields a crew of so many workers that get ready meanwhile; none where one process is enough."""
    crew = Crew()
    try:
        if size > 1:
            crew.add(size)
        yield crew
    finally:
        crew.stop()


def likely_size(study: Study, folder: Path, jobs: int | None, device: str) -> int:
    """Returns how many workers a study will need, as far as can be told before PyTorch is loaded.

    Args:
        study: what is asked.
        folder: where its runs are.
        jobs: as many processes were asked for; None for one a core.
        device: "auto", "cpu", "cuda", "mps".
    """
    on_cpu = device == "cpu" or (device == "auto" and not has_accelerator())
    runs = len(study.variants) * len(study.seeds) - sum(1 for _ in folder.glob("*/weights.safetensors"))
    return min(runs, jobs or (usable_cores() if on_cpu else 1))


def has_accelerator() -> bool:
    """Returns whether this machine looks as if it had a GPU that PyTorch can train on."""
    return Path("/proc/driver/nvidia/version").exists() or sys.platform == "darwin"
