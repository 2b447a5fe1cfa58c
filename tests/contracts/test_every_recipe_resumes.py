"""Whatever optimizer, schedule and network a run uses: stopped anywhere and gone on with, it is the same."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glasslab.plan.net import NETS
from glasslab.plan.recipe import OPTIMIZERS, SCHEDULES
from glasslab.plan.study import Study
from glasslab.plan.study_file import Options, make_study
from glasslab.records import kill_points
from glasslab.records.run_folder import RunFolder
from glasslab.runner.carry_out import carry_out
from glasslab.runner.job import Job
from tests.runner.jobs import job_of

SETTINGS: dict[str, dict[str, Any]] = {
    "sgd": {"momentum": 0.9, "weight_decay": 0.01},
    "rmsprop": {"momentum": 0.5},
    "step": {"decay_epochs": 1},
    "constant": {"warmup_epochs": 1},
}
NET_SETTINGS: dict[str, dict[str, Any]] = {
    "numpy-mlp": {},
    "elman": {"hidden": 12},
    "rnn": {"dropout": 0.3, "hidden": 12, "layers": 2, "cell": "gru"},
    "vgg": {"dropout": 0.3, "channels": [4, [6, 6]]},
}
COURSE = {"lr": 0.01, "epochs": 3, "batch_size": 16, "augment": ["crop", "flip"]}
RECIPES = {name: {"optimizer": name} | SETTINGS.get(name, {}) for name in OPTIMIZERS} | {
    name: {"schedule": name} | SETTINGS.get(name, {}) for name in SCHEDULES
}


class Stopped(BaseException):
    """Stands for a kill."""


def stop_at(step: int) -> None:
    """Lets the next run stop when it has taken so many steps."""
    taken = 0

    def listen(point: str) -> None:
        nonlocal taken
        taken += point == "step"
        if taken == step:
            raise Stopped

    kill_points.listen(listen)


def study_of(folder: Path, net: dict[str, Any], recipe: dict[str, Any]) -> Study:
    """Returns a study over forty small pictures, or forty points for the network that takes no pictures."""
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (50, 3, 8, 8), dtype=np.uint8), np.arange(50) % 2
    if net["name"] == "numpy-mlp":
        x, recipe = x[:, 0, 0], recipe | {"augment": []}
    np.savez(folder / "own.npz", x_train=x[:40], y_train=y[:40], x_test=x[40:], y_test=y[40:])
    tables = {
        "question": "Is it the same?",
        "data": {"name": "npz", "path": str(folder / "own.npz"), "normalize": "channel"},
        "net": net,
        "recipe": COURSE | recipe,
    }
    return make_study(tables, "resumed", Options())


def results_of(job: Job) -> dict[str, bytes]:
    """Returns the bytes that must come out the same."""
    folder = RunFolder(Path(job.folder))
    return {path.name: path.read_bytes() for path in (folder.weights, folder.metrics, folder.predictions)}


CASES = [
    (net, recipe)
    for net in NETS
    for recipe in RECIPES
    if net != "numpy-mlp" or recipe in SCHEDULES  # its one optimizer is plain SGD
]


@pytest.mark.parametrize("net, recipe", CASES, ids=["-".join(case) for case in CASES])
def test_a_run_stopped_within_and_between_epochs_ends_the_same(net: str, recipe: str, tmp_path: Path) -> None:
    own = RECIPES[recipe] | ({"optimizer": "sgd"} if net == "numpy-mlp" else {})
    study = study_of(tmp_path, {"name": net} | NET_SETTINGS.get(net, {"dropout": 0.3}), own)
    whole, parts = job_of(study, tmp_path / "whole"), job_of(study, tmp_path / "parts")
    carry_out((whole,), lambda event: None)
    for step in (2, 2, 3):  # 9 steps in all, 3 an epoch
        stop_at(step)
        try:
            with pytest.raises(Stopped):
                carry_out((parts,), lambda event: None, patience=0.0)
        finally:
            kill_points.listen(None)
    (manifest,) = carry_out((parts,), lambda event: None)
    assert manifest.status == "finished", manifest.sentence
    assert manifest.interruptions == 3
    assert results_of(parts) == results_of(whole)
