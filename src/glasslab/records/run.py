"""A run as its folder tells it: manifest, rows by epoch, final row."""

import math
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from glasslab.errors import RecordError
from glasslab.records.log import read_log
from glasslab.records.manifest import Manifest, read_manifest
from glasslab.records.run_folder import RunFolder

PROBE_SETTINGS = "settings"
"""Among the arrays of a probe: its settings, as a table in JSON."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run that was begun, read from its folder.

    Attributes:
        folder: where it is.
        manifest: what it is and how it went.
        rows: one a measurement: epoch, step, lr, gradient_norm, "train/loss", "test/accuracy", ..., and by
            layer, since the measurement before: gradients, the mean absolute gradient of its weights, and
            updates, what a step moved them by as a share of them. The first row has gradients_at_start too:
            those of the first batch, before anything was learned.
        final: the row that counts: the metrics of the weights that were kept, and the :clean ones; empty for
            a run that has not finished.
    """

    folder: RunFolder
    manifest: Manifest
    rows: tuple[Mapping[str, Any], ...]
    final: Mapping[str, Any]

    @property
    def finished(self) -> bool:
        """Whether the run went to its end with finite numbers."""
        return self.manifest.status == "finished"

    def metric(self, name: str) -> float | None:
        """Returns a simple metric's value; None where the run does not have it.

        Seconds and epochs are those of the whole training, also where earlier weights were kept.

        Args:
            name: such as "test/accuracy", "test/accuracy:max", "train/loss:clean", "train/loss@1",
                "gradient/first", "parameters", "seconds".
        """
        if name == "parameters":
            return float(self.manifest.net.parameters) if self.manifest.net else None
        if not self.finished:
            return None
        if name == "seconds":
            return self.manifest.seconds
        if name == "epochs":
            return float(self.rows[-1]["epoch"]) if self.rows else None
        if name.startswith("gradient/"):
            return self.gradient(name.removeprefix("gradient/"))
        plain, _, modifier = name.partition(":")
        if modifier in OF_A_CURVE:
            values = self.curve(plain)
            return OF_A_CURVE[modifier](values, plain.endswith("accuracy")) if values else None
        plain, _, at = name.partition("@")
        value = self.row_after(int(at)).get(plain) if at else self.final.get(name)
        return None if value is None else float(value)

    def row_after(self, epoch: int) -> Mapping[str, Any]:
        """Returns the row that was measured after an epoch, empty where there is none."""
        return next((row for row in self.rows if row["epoch"] == epoch), {})

    def gradient(self, which: str) -> float | None:
        """Returns the mean absolute gradient of a layer's weights, averaged over the training.

        Args:
            which: "first", "last", or "ratio" (of the first layer over the last); with ":start", of the first
                batch instead.
        """
        layer, _, start = which.partition(":")
        key = "gradients_at_start" if start else "gradients"
        rows = [list(row[key].values()) for row in self.rows if row.get(key)]
        if not rows or any(row[0] is None or row[-1] is None for row in rows):
            return None
        first, last = (math.fsum(row[place] for row in rows) / len(rows) for place in (0, -1))
        if layer == "ratio":
            return first / last if last else None
        return first if layer == "first" else last

    def curve(self, name: str) -> list[float]:
        """Returns a simple metric's values by row, rows without a finite one left out."""
        return [float(row[name]) for row in self.rows if row.get(name) is not None]

    def probe(self, name: str) -> dict[str, NDArray[Any]] | None:
        """Returns the arrays of a look inside, None where there was none.

        Raises:
            RecordError: when the file is damaged.
        """
        path = self.folder.probe(name)
        if not path.is_file():
            return None
        try:
            # numpy leaves a file open when it fails on it
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                return dict(arrays)
        except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise damaged(path, error) from error

    def predictions(self) -> dict[str, NDArray[Any]] | None:
        """Returns the test logits, labels and indices, None where there are none.

        Raises:
            RecordError: when the file is damaged.
        """
        path = self.folder.predictions
        if not path.is_file():
            return None
        try:
            with safe_open(path, framework="numpy") as tensors:
                return {name: tensors.get_tensor(name) for name in tensors.keys()}  # noqa: SIM118 not a dict
        except (OSError, SafetensorError) as error:
            raise damaged(path, error) from error


def setbacks(values: list[float], rising: bool) -> float:
    """Returns how far a curve went in the wrong direction, all its setbacks summed; 0 for a steady one."""
    steps = (after - before for before, after in pairwise(values))
    return sum(max(0.0, -step if rising else step) for step in steps)


OF_A_CURVE: dict[str, Callable[[list[float], bool], float]] = {
    "max": lambda values, rising: max(values),
    "min": lambda values, rising: min(values),
    "setbacks": setbacks,
}


def damaged(path: Path, error: Exception) -> RecordError:
    """Returns what to raise about a file of a run that cannot be read."""
    return RecordError(f"{path}: cannot be read ({error}); delete the run's folder to make it again")


def read_run(path: Path) -> Run:
    """Returns the run in a folder.

    Raises:
        RecordError: when the folder holds no run, or a damaged one.
    """
    folder = RunFolder(path)
    manifest = read_manifest(folder.manifest)
    rows = read_log(folder.metrics)
    final = rows.pop() if rows and rows[-1].get("final") else {}
    if manifest.status == "finished" and not final:
        raise RecordError(
            f"{folder.metrics}: lacks a finished run's last row; delete the run's folder to make it again"
        )
    return Run(folder, manifest, tuple(rows), final)


def read_runs(study_folder: Path) -> tuple[list[Run], list[str]]:
    """Returns every run in a study's folder, and a sentence for each folder that cannot be read."""
    runs, troubles = [], []
    for path in sorted(study_folder.glob("*/run.json")):
        try:
            runs.append(read_run(path.parent))
        except RecordError as error:
            troubles.append(str(error))
    return runs, troubles
