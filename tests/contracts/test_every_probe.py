from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glasslab.plan.probe import PROBES
from glasslab.plan.study_file import Options, make_study
from glasslab.records.run import read_run
from glasslab.runner.carry_out import carry_out
from glasslab.runner.job import Event
from tests.runner.jobs import TWENTY_STEPS, job_of

IMAGES: dict[str, Any] = {
    "question": "What does it see?",
    "data": {"name": "mnist5k", "train_limit": 100},
    "net": {"name": "lenet", "channels": [4, 6], "hidden": [16]},
    "recipe": {"lr": 0.01, "epochs": 1, "batch_size": 20},
}
ROWS: dict[str, Any] = IMAGES | {"net": {"name": "rnn", "cell": "gru", "hidden": 8}}
FITTING: dict[str, dict[str, Any]] = {
    "boundary": TWENTY_STEPS,
    "memory": ROWS,
}
"""A small study for each probe, that it fits; images where nothing is said."""


@pytest.mark.parametrize("name", PROBES)
def test_every_probe_leaves_arrays_that_can_be_read_without_pickle_and_come_out_the_same(
    name: str, tmp_path: Path
) -> None:
    study = make_study(FITTING.get(name, IMAGES) | {"probes": [name]}, "probed", Options())
    for run in ("a", "b"):
        told: list[Event] = []
        (manifest,) = carry_out((job_of(study, tmp_path / run),), told.append)
        assert manifest.status == "finished", manifest.sentence
        assert [event.sentence for event in told if event.kind == "trouble"] == []
    arrays = read_run(tmp_path / "a").probe(name)
    assert arrays
    assert all(array.dtype != np.dtype(object) for array in arrays.values())
    assert (tmp_path / "a/probes" / f"{name}.npz").read_bytes() == (
        tmp_path / "b/probes" / f"{name}.npz"
    ).read_bytes()
