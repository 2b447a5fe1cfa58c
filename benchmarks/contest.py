"""The contest: one process for each contender, all on the same work, in turn, round after round."""

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from benchmarks.arrays import run_name
from benchmarks.works import Work

ROOT = Path(__file__).parent.parent
Message = dict[str, Any]


class BenchError(Exception):
    """What the bench cannot go on with, in a sentence."""


@dataclass(frozen=True, slots=True)
class Contender:
    """How a contender is started.

    Attributes:
        name: its name in a work.
        says: its name on the page.
        command: the module and its arguments.
        python: whose environment it lives in: "glasslab", "peers" or "tensorflow".
        environment: variables that it needs.
    """

    name: str
    says: str
    command: tuple[str, ...]
    python: str = "peers"
    environment: Mapping[str, str] = field(default_factory=dict)


CONTENDERS: dict[str, Contender] = {
    each.name: each
    for each in (
        Contender("glasslab", "**glasslab**", ("glasslab_study",), "glasslab"),
        Contender("glasslab-solo", "glasslab, solo engine", ("glasslab_study", "solo"), "glasslab"),
        Contender("glasslab-stacked", "glasslab, stacked engine", ("glasslab_study", "stacked"), "glasslab"),
        Contender(
            "glasslab-mkl",
            "glasslab, GLASSLAB_MKL=intel",
            ("glasslab_study",),
            "glasslab",
            {"GLASSLAB_MKL": "intel"},
        ),
        Contender("textbook", "PyTorch, textbook loop", ("textbook",)),
        Contender("tensors", "PyTorch, good loop", ("tensors",)),
        Contender("tensors-1-thread", "PyTorch, good loop, 1 thread", ("tensors", "1")),
        Contender("keras-jax", "Keras on JAX", ("keras_fit",), environment={"KERAS_BACKEND": "jax"}),
        Contender(
            "keras-tensorflow",
            "Keras on TensorFlow",
            ("keras_fit",),
            "tensorflow",
            {"KERAS_BACKEND": "tensorflow"},
        ),
        Contender("lightning", "Lightning", ("lightning_loop",)),
        Contender("skorch", "skorch", ("skorch_loop",)),
    )
}


@dataclass(slots=True)
class Player:
    """A contender's process.

    Attributes:
        contender: who plays.
        process: its process, with a pipe each way.
        errors: what it and its libraries print.
        launch: seconds from the start of the process to the end of its imports.
    """

    contender: Contender
    process: subprocess.Popen[str]
    errors: IO[str]
    launch: float = 0.0

    @classmethod
    def start(cls, contender: Contender, python: Path, environment: Mapping[str, str]) -> Self:
        module, *arguments = contender.command
        errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 closed by __exit__
        started = time.perf_counter()
        process = subprocess.Popen(
            [python, "-m", f"benchmarks.contenders.{module}", *arguments],
            cwd=ROOT,
            env={**environment, **contender.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        player = cls(contender, process, errors)
        player.listen()
        player.launch = time.perf_counter() - started
        return player

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.__exit__(None, None, None)
        self.errors.close()

    def ask(self, message: Message) -> Message:
        """Returns the answer to a message."""
        if self.process.stdin is None:
            raise BenchError(f"{self.contender.name}: has no input")
        try:
            print(json.dumps(message), file=self.process.stdin, flush=True)
        except BrokenPipeError:
            raise self.death() from None
        return self.listen()

    def listen(self) -> Message:
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            raise self.death()
        answer: Message = json.loads(line)
        return answer

    def death(self) -> BenchError:
        self.process.wait()
        self.errors.seek(0)
        last = self.errors.read()[-2000:].strip()
        return BenchError(f"{self.contender.name}: ended with code {self.process.returncode}:\n{last}")


@dataclass(slots=True)
class Times:
    """What a contender needed for a work.

    Attributes:
        launch: seconds from starting the process to the end of its imports.
        first: seconds of its first, short training.
        short: seconds of the short training of each round.
        long: seconds of the long one.
        runs: runs in each of these trainings.
        accuracies: final test accuracy of each run after the long training, as a share.
        cannot: why it did not take part; empty where it did.
    """

    launch: float = 0.0
    first: float = 0.0
    short: list[float] = field(default_factory=list)
    long: list[float] = field(default_factory=list)
    runs: int = 0
    accuracies: dict[str, float] = field(default_factory=dict)
    cannot: str = ""


@dataclass(slots=True)
class Contest:
    """A work on which several contenders are measured in turn.

    Attributes:
        work: what is trained.
        folders: where the arrays of each run lie.
        players: the contenders' processes, started.
        tell: is told what goes on.
        times: what was measured so far.
    """

    work: Work
    folders: Mapping[str, str]
    players: Sequence[Player]
    tell: Callable[[str], None]
    times: dict[str, Times] = field(default_factory=dict)

    def measure(self, rounds: int) -> dict[str, Times]:
        """Lets everyone train once to warm up, then round after round, each round begun by another one."""
        for player in self.players:
            name = player.contender.name
            self.times[name] = Times(launch=player.launch)
            player.ask({"load": self.peer_runs(self.work.all_seeds(rounds), 0)})
            answer = self.train(player, 0, self.work.lengths_of(name)[0])
            self.times[name].first = answer.get("seconds", 0.0)
        for number in range(rounds):
            first = number % len(self.players)
            for player in [*self.players[first:], *self.players[:first]]:
                self.play(player, number)
        return self.times

    def play(self, player: Player, number: int) -> None:
        """Times a contender's short and its long training in one round."""
        times = self.times[player.contender.name]
        if times.cannot:
            return
        lengths = self.work.lengths_of(player.contender.name)
        short, long = (self.train(player, number, length) for length in lengths)
        if times.cannot:
            return
        times.short.append(short["seconds"])
        times.long.append(long["seconds"])
        times.runs = len(long["accuracies"])
        times.accuracies |= long["accuracies"]
        self.tell(
            f"  round {number + 1}, {player.contender.name}: {short['seconds']:.2f} s for "
            f"{lengths[0]} {self.work.unit}, {long['seconds']:.2f} s for {lengths[1]}"
        )

    def train(self, player: Player, number: int, length: int) -> Message:
        """Asks for one training: of the study, or of those runs that a peer trains in this round."""
        runs = self.peer_runs(self.work.seeds_of_peers(number), length)
        study = self.work.study(length, self.work.study_seeds(number))
        judged = min(length, self.work.lengths[1])
        answer = player.ask({"train": runs, "study": study, "judged": [self.work.unit, judged]})
        if "cannot" in answer:
            self.times[player.contender.name].cannot = answer["cannot"]
        return answer

    def peer_runs(self, seeds: Sequence[int], length: int) -> list[Message]:
        """Returns what peers are told of the runs of these seeds."""
        runs = []
        for variant in self.work.variants:
            tables = self.work.variant(variant)
            for seed in seeds:
                name = run_name(variant, seed)
                recipe = {**tables["recipe"], self.work.unit: length}
                folder = self.folders[name]
                runs.append(
                    {"name": name, "seed": seed, "folder": folder, "net": tables["net"], "recipe": recipe}
                )
        return runs
