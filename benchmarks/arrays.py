"""The data of a work as plain array files, so that every peer has the same examples in its memory."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.works import Work

from glasslab.data.load import load
from glasslab.data.places import Places
from glasslab.data.tensors import to_tensors
from glasslab.plan.study import Variant
from glasslab.plan.study_file import Options, make_study
from glasslab.training import streams

MADE = ("blobs", "moons", "circles", "palindromes")
"""Data sets that are drawn anew for each seed."""


def write_arrays(work: Work, seeds: list[int], folder: Path) -> dict[str, str]:
    """Writes what the peers' runs read, the same as glasslab's of these seeds; returns each run's folder.

    Raises:
        DataError: when the data is not on this machine.
    """
    study = make_study(work.study(work.lengths[1], seeds), work.name, Options())
    folders: dict[str, str] = {}
    for variant in study.variants:
        made = work.variant(variant.name)["data"]["name"] in MADE
        for seed in study.seeds:
            name = run_name(variant.name, seed)
            source = folder / (name if made else variant.name)
            if not source.exists():
                write_dataset(variant, seed, source)
            folders[name] = str(source)
    return folders


def run_name(variant: str, seed: int) -> str:
    return f"{variant}-s{seed}"


def write_dataset(variant: Variant, seed: int, folder: Path) -> None:
    """Writes inputs (float32, scaled) and labels; for images the raw pixels and their scaling too."""
    dataset = load(variant.data, streams.generator(seed, "data"), Places.here())
    tensors = to_tensors(dataset, variant.data, "cpu")
    arrays: dict[str, Any] = {
        "x_train": tensors.train.x.numpy(),
        "y_train": tensors.train.y.numpy(),
        "x_test": tensors.test.x.numpy(),
        "y_test": tensors.test.y.numpy(),
    }
    if dataset.train.x.dtype == np.uint8:
        arrays |= {"pixels_train": dataset.train.x, "pixels_test": dataset.test.x}
    folder.mkdir(parents=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    facts = {
        "classes": len(dataset.classes),
        "shape": tensors.train.x.shape[1:],
        "examples": len(tensors.train.y),
        "shift": tensors.scaling.shift,
        "scale": tensors.scaling.scale,
    }
    (folder / "facts.json").write_text(json.dumps(facts))
