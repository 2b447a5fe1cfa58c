"""Event files: the rows of a study's runs as TensorBoard reads them, written while the runs are trained.

<study>/tensorboard/<variant>-s<seed>/events.out.tfevents...: a folder a run, a file a folder. The logs of the
runs stay the truth. An event file is a copy that is written anew from them whenever its run is begun, gone on
with, or found there already, so that every measurement is in it once.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from typing import Any, Protocol, TypeVar

from glasslab.errors import RecordError, UsageError
from glasslab.records.log import read_log
from glasslab.records.manifest import Manifest, read_manifest
from glasslab.records.run import Run
from glasslab.records.run_folder import RunFolder, run_name

Row = Mapping[str, Any]

PREFIX = "events.out.tfevents"
PLACES = ("epoch", "step", "final")
"""What a row says of where it stands; every other number in it was measured."""


class Happening(Protocol):
    """What is told of a run while it is trained, such as `glasslab.runner.job.Event`."""

    @property
    def hash(self) -> str:
        """The run's."""

    @property
    def kind(self) -> str:
        """What happened: "begun", "row", "ended", or anything else."""

    @property
    def step(self) -> int:
        """Optimizer steps so far; with "begun", those that the run goes on from."""

    @property
    def row(self) -> Row | None:
        """With "row", the new row of the metrics."""


H = TypeVar("H", bound=Happening)


@contextmanager
def event_files(
    study_folder: Path, ended: Iterable[tuple[str, Run]], tell: Callable[[H], None]
) -> Iterator[Callable[[H], None]]:
    """Writes the runs that are there already, and gives a `tell` that also writes each new row.

    Args:
        study_folder: the study's, with a folder a run in it; event files go into its folder tensorboard.
        ended: the study's runs that have rows already, each with its variant's name. One that is begun again
            may be among them.
        tell: what is to be told of everything that happens, before it is written.

    Raises:
        UsageError: when TensorBoard is not installed.
        RecordError: when the files cannot be written; if that shows while training, at the end of it.
    """
    require_tensorboard()
    files = EventFiles(study_folder)
    troubles: list[RecordError] = []

    def tell_and_write(happening: H) -> None:
        tell(happening)
        if not troubles:  # a copy that cannot be written is no reason to stop training
            try:
                files.tell(happening)
            except RecordError as why:
                troubles.append(why)

    try:
        for variant, run in ended:
            if run.rows:
                files.written(variant, run).close()
        yield tell_and_write
    finally:
        files.close()
    if troubles:
        raise troubles[0]


def require_tensorboard() -> None:
    """Refuses to go on without TensorBoard.

    Raises:
        UsageError: when it is not installed.
    """
    try:
        import tensorboard.summary.writer.record_writer  # noqa: F401, PLC0415 an extra: only when asked for
    except ImportError as why:
        raise UsageError(
            f"tensorboard: event files need the package tensorboard ({why}); "
            'run pip install "glasslab[tensorboard]"'
        ) from why


class EventFiles:
    """The event files of one study; those of the runs in training are open."""

    def __init__(self, study_folder: Path) -> None:
        self.study_folder = study_folder
        self.growing: dict[str, EventFile] = {}
        self.names: dict[str, str] = {}

    def tell(self, happening: Happening) -> None:
        """Writes what happened to a run: its rows so far when it has begun, or a new row."""
        if happening.kind == "begun":
            self.begin(happening.hash, happening.step)
        elif happening.kind == "row" and happening.row and happening.hash in self.growing:
            self.growing[happening.hash].add(happening.row, time.time())
        elif happening.kind == "ended" and happening.hash in self.growing:
            self.growing.pop(happening.hash).close()

    def begin(self, hash_: str, step: int) -> None:
        """Opens the file of a run that goes on from a step, with its rows up to there.

        Later rows in its log were measured after the last checkpoint. They are measured again.
        """
        path = next(self.study_folder.glob(f"*-{hash_}"), None)
        if path is not None:
            run = run_up_to(RunFolder(path), step)
            self.growing[hash_] = self.written(run.manifest.variant, run)

    def written(self, variant: str, run: Run) -> "EventFile":
        """Returns a run's file, made anew and still open, with the run's rows in it."""
        file = EventFile(self.folder(variant, run.manifest), run.manifest, variant)
        times = wall_times(run)
        for row in run.rows:
            file.add(row, times.get(row["step"], start(run.manifest)))
        return file

    def folder(self, variant: str, manifest: Manifest) -> Path:
        """Returns where a run's file goes; named with its hash only where another run has the name."""
        full = run_name(variant, manifest.seed, manifest.hash)
        short = full.removesuffix(f"-{manifest.hash}")
        owner = self.names.setdefault(short.casefold(), manifest.hash)  # to some disks, case is nothing
        return self.study_folder / "tensorboard" / (short if owner == manifest.hash else full)

    def close(self) -> None:
        """Closes all files."""
        while self.growing:
            self.growing.popitem()[1].close()


class EventFile:
    """One run's event file, open; the only one in its folder."""

    def __init__(self, folder: Path, manifest: Manifest, variant: str) -> None:
        """Removes the event files in the folder and begins a new one.

        Raises:
            RecordError: when that cannot be done.
        """
        from tensorboard.plugins.hparams.summary_v2 import hparams_pb  # noqa: PLC0415 an extra
        from tensorboard.summary.writer.record_writer import RecordWriter  # noqa: PLC0415 an extra

        recipe = manifest.identity.get("recipe", {})
        self.counted_in = "step" if recipe.get("steps") else "epoch"
        self.last = -1
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for old in folder.glob(f"{PREFIX}*"):
                old.unlink()
            # a new name each time: a TensorBoard that is running has read a part of the file of the old name
            self.file = (folder / f"{PREFIX}.{time.time_ns()}").open("xb")
        except OSError as why:
            raise RecordError(f"{folder}: event files cannot be written ({why.strerror})") from why
        self.writer = RecordWriter(self.file)
        began = start(manifest)
        self.put(began, file_version="brain.Event:2")
        settings = flat(
            manifest.identity
        )  # the page of hyperparameters shows the seeds of a variant together
        self.put(began, summary=hparams_pb(settings, trial_id=variant, start_time_secs=began))

    def add(self, row: Row, wall_time: float) -> None:
        """Writes a row and hands it to the system; one that is not later than the last is there already.

        A point stands at the row's epoch, in a run that is counted in steps at its step.
        """
        from tensorboard.compat.proto.summary_pb2 import Summary  # noqa: PLC0415 an extra

        if row["step"] <= self.last:
            return
        self.last = row["step"]
        values = [Summary.Value(tag=tag, simple_value=value) for tag, value in points(row)]
        self.put(wall_time, step=int(row[self.counted_in]), summary=Summary(value=values))

    def put(self, wall_time: float, **content: Any) -> None:
        """Writes one event."""
        from tensorboard.compat.proto.event_pb2 import Event  # noqa: PLC0415 an extra

        try:
            self.writer.write(Event(wall_time=wall_time, **content).SerializeToString())
            self.writer.flush()
        except OSError as why:
            self.close()
            raise RecordError(f"{self.file.name}: cannot be written ({why.strerror})") from why

    def close(self) -> None:
        """Closes the file."""
        with suppress(OSError):  # what could not be written has been told
            self.file.close()


def run_up_to(folder: RunFolder, step: int) -> Run:
    """Returns a run with its rows up to a step; none where it is at the start or its log cannot be read."""
    rows: list[dict[str, Any]] = []
    with suppress(RecordError):  # reading the results says what is wrong with it
        rows = read_log(folder.metrics) if step else []
    kept = tuple(row for row in rows if row["step"] <= step and not row.get("final"))
    return Run(folder, read_manifest(folder.manifest), kept, {})


def points(row: Row) -> Iterator[tuple[str, float]]:
    """Yields what was measured by tag: "train/loss", "lr", "gradients/hidden1"; not finite is left out."""
    named = [
        (f"{key}/{layer}", value)
        for key in ("gradients", "updates")
        for layer, value in (row.get(key) or {}).items()
    ]
    for tag, value in [*row.items(), *named]:
        if isinstance(value, int | float) and tag not in PLACES:
            yield tag, float(value)


def flat(identity: Mapping[str, Any]) -> dict[str, bool | float | str]:
    """Returns the settings that the seeds of a variant share, by dotted name; lists as JSON."""
    return {
        f"{part}.{name}": value if isinstance(value, bool | int | float | str) else json.dumps(value)
        for part in ("data", "net", "recipe")
        for name, value in identity.get(part, {}).items()
        if name not in ("fingerprint", "source")
    }


def start(manifest: Manifest) -> float:
    """Returns when a run was begun, in seconds since 1970; 0 where that is not known."""
    return datetime.fromisoformat(manifest.started).timestamp() if manifest.started else 0.0


def wall_times(run: Run) -> dict[int, float]:
    """Returns about when a run's rows were measured, by step: its start and the seconds of training since."""
    try:
        timing = read_log(run.folder.timing)
    except RecordError:
        return {}
    seconds = accumulate(row["seconds"] for row in timing)
    began = start(run.manifest)
    return {row["step"]: began + since for row, since in zip(timing, seconds, strict=True)}
