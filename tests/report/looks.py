"""What a probe saw, put into the runs of a made study."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasslab.plan.probe import probe_name, probe_table
from glasslab.plan.settings import Settings
from glasslab.records.run import PROBE_SETTINGS
from glasslab.report.drawing import Drawings
from glasslab.report.inside.blocks import Gallery, Note, Part, Table
from glasslab.report.material import Material
from tests.report.made_study import activations


def looked_into(
    folder: Path, settings: Settings, arrays: dict[str, NDArray[Any]], variants: int = 1
) -> Material:
    """Returns the material of a study in which the first run of some variants was looked into."""
    results = activations(folder)
    for each in results.variants[:variants]:
        run = next(run for run in each.runs.values() if run.finished)
        path = run.folder.probe(probe_name(settings))
        path.parent.mkdir(exist_ok=True)
        kept = arrays | {PROBE_SETTINGS: np.array(json.dumps(probe_table(settings)))}
        with path.open("wb") as file:
            np.savez(file, **kept)  # type: ignore[arg-type]
    return Material(results, results.folder, Drawings(), "glasslab run it")


def shown(arrays: dict[str, NDArray[Any]] | None = None) -> dict[str, NDArray[Any]]:
    """Returns what probes say of two images of 4 x 4 pixels: a 3, and a 5 taken for a 6."""
    pixels = np.arange(32, dtype=np.uint8).reshape(2, 1, 4, 4)
    known: dict[str, NDArray[Any]] = {
        "pixels": pixels,
        "index": np.array([7, 40]),
        "labels": np.array([3, 5]),
        "predicted": np.array([3, 6]),
        "probability": np.array([0.98, 0.7], dtype=np.float32),
    }
    return known | (arrays or {})


def galleries(part: Part | None) -> list[Gallery]:
    """Returns a part's galleries."""
    assert part is not None
    return [each for each in part.blocks if isinstance(each, Gallery)]


def notes(part: Part | None) -> str:
    """Returns a part's notes, one after another."""
    assert part is not None
    return " ".join(each.text for each in part.blocks if isinstance(each, Note))


def tables(part: Part | None) -> list[Table]:
    """Returns a part's tables."""
    assert part is not None
    return [each for each in part.blocks if isinstance(each, Table)]
