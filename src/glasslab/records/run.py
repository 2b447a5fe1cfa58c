"""A run as its folder tells it: manifest, rows by epoch, final row."""

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from glasslab.errors import RecordError
from glasslab.records.log import read_log
from glasslab.records.manifest import Manifest, read_manifest
from glasslab.records.run_folder import RunFolder


@dataclass(frozen=True, slots=True)
class Run:
    """A run that was begun, read from its folder.

    Attributes:
        folder: where it is.
        manifest: what it is and how it went.
        rows: one a measurement: epoch, step, lr, gradient_norm, and "train/loss", "test/accuracy", ...
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
            name: such as "test/accuracy", "test/accuracy:max", "train/loss:clean", "parameters", "seconds".
        """
        if name == "parameters":
            return float(self.manifest.net.parameters) if self.manifest.net else None
        if not self.finished:
            return None
        if name == "seconds":
            return self.manifest.seconds
        if name == "epochs":
            return float(self.rows[-1]["epoch"]) if self.rows else None
        plain, _, modifier = name.partition(":")
        if modifier in ("max", "min"):
            values = self.curve(plain)
            best = max if modifier == "max" else min
            return best(values, default=None)
        value = self.final.get(name)
        return None if value is None else float(value)

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
