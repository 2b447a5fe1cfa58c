"""A run means the same alone and in a cohort: every layer, optimizer and schedule, trained both ways."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from glasslab.plan.identity import RunSettings
from glasslab.plan.net import NETS
from glasslab.plan.recipe import OPTIMIZERS, SCHEDULES
from glasslab.runner.cohorts import STACKABLE
from glasslab.runner.process import ready_to_train
from glasslab.training.progress import Trainee
from glasslab.training.solo import Solo
from glasslab.training.stacked import Cohort
from tests.training.made import settings_of, setup_of, train_all

NETS_TRIED: dict[str, dict[str, Any]] = {
    "mlp": {"name": "mlp", "widths": [7, 5], "dropout": 0.3},
    "mlp, linear": {"name": "mlp", "widths": []},
    "mlp, double softmax": {"name": "mlp", "widths": [6], "output": "softmax"},
    **{
        f"mlp, {name}": {"name": "mlp", "widths": [6], "activation": name}
        for name in ("leaky-relu", "elu", "gelu", "silu", "sigmoid", "tanh", "identity")
    },
    "lenet": {"name": "lenet", "channels": [3, [4, 4]], "hidden": [6], "dropout": 0.4},
    "lenet, average": {"name": "lenet", "channels": [4], "kernel": 2, "padding": "valid", "pool": "average"},
    "vgg": {"name": "vgg", "channels": [4, [5, 5]], "hidden": [6], "dropout": 0.2},
    "vgg, no norm": {"name": "vgg", "channels": [4], "batch_norm": False, "pool": 2},
    "rnn": {"name": "rnn", "hidden": 5},
    "rnn, relu": {"name": "rnn", "hidden": 5, "activation": "relu"},
    "gru": {"name": "rnn", "cell": "gru", "hidden": 5, "layers": 2, "dropout": 0.3},
    "lstm": {"name": "rnn", "cell": "lstm", "hidden": 5, "layers": 2},
    "lstm, both": {
        "name": "rnn",
        "cell": "lstm",
        "hidden": 4,
        "bidirectional": True,
        "readout": "final-states",
    },
    "gru, both": {
        "name": "rnn",
        "cell": "gru",
        "hidden": 4,
        "bidirectional": True,
        "layers": 2,
        "dropout": 0.2,
    },
    "elman": {"name": "elman", "hidden": 5},
    "elman, gelu": {"name": "elman", "hidden": 5, "activation": "gelu"},
}
OPTIMIZERS_TRIED: dict[str, dict[str, Any]] = {
    **{name: {"optimizer": name} for name in OPTIMIZERS},
    "momentum": {"optimizer": "sgd", "momentum": 0.9, "weight_decay": 0.01},
    "nesterov": {"optimizer": "sgd", "momentum": 0.5, "nesterov": True},
    "rmsprop with momentum": {"optimizer": "rmsprop", "momentum": 0.5, "weight_decay": 0.01},
    "decayed adam": {"optimizer": "adam", "weight_decay": 0.05},
    "decayed adagrad": {"optimizer": "adagrad", "weight_decay": 0.05, "initial_accumulator": 0.1},
}
SCHEDULES_TRIED: dict[str, dict[str, Any]] = {
    "constant": {"warmup_epochs": 1},
    "step": {"decay_epochs": 1, "decay": 0.3},
    "cosine": {},
    "one-cycle": {},
}
COURSES_TRIED: dict[str, dict[str, Any]] = {
    "clipped": {"clip_norm": 0.05},
    "smoothed": {"label_smoothing": 0.1},
    "one output": {"loss": "binary-cross-entropy"},
    "full batch": {"epochs": None, "steps": 20, "batch_size": "full"},
    "measured on the way": {"epochs": None, "steps": 20, "evaluate_every": 7},
    "best kept": {"keep": "best", "monitor": "val/accuracy"},
    "augmented": {"augment": ["crop", "flip"]},
}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Data settings of sixty small pictures of two classes, ten of them held out."""
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("data") / "own.npz"
    x, y = rng.integers(0, 256, (70, 2, 8, 8), dtype=np.uint8), np.arange(70) % 2
    np.savez(path, x_train=x[:60], y_train=y[:60], x_test=x[60:], y_test=y[60:])
    return {"name": "npz", "path": str(path), "normalize": "channel", "validation": 10}


def settings(
    data: dict[str, Any], net: dict[str, Any], recipe: dict[str, Any], seed: int, precision: str = "float64"
) -> RunSettings:
    """Returns settings of twenty steps: four epochs of five batches, the last of them ragged."""
    course = {"lr": 0.02, "epochs": 4, "batch_size": 11, "precision": precision} | recipe
    return settings_of(data, net, {key: value for key, value in course.items() if value is not None}, seed)


def both_ways(runs: Sequence[RunSettings], folder: Path) -> tuple[list[Trainee], list[Trainee]]:
    """Trains runs one by one and as a cohort, which must write the same; returns them."""
    alone = [Trainee(setup_of(run)) for run in runs]
    together = [Trainee(setup_of(run)) for run in runs]
    rows = [train_all(Solo(each), [each], folder / f"solo{place}")[0] for place, each in enumerate(alone)]
    for mine, theirs in zip(train_all(Cohort(together), together, folder / "cohort"), rows, strict=True):
        assert len(mine) == len(theirs)
        for one, other in zip(mine, theirs, strict=True):
            assert_alike(one, other)
    return alone, together


def assert_alike(one: Any, other: Any) -> None:
    """Asserts that two rows say the same, to rounding."""
    if isinstance(one, dict) and isinstance(other, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_alike(one[key], other[key])
    else:
        assert one == (other if other is None else pytest.approx(other, rel=1e-9, abs=1e-12))


def assert_same_weights(alone: Sequence[Trainee], together: Sequence[Trainee]) -> None:
    """Asserts that runs ended with the same weights and buffers, to 1e-9."""
    for one, other in zip(alone, together, strict=True):
        assert one.progress.step == other.progress.step
        assert one.progress.weights.keys() == other.progress.weights.keys()
        for name, value in one.progress.weights.items():
            torch.testing.assert_close(other.progress.weights[name], value, rtol=1e-9, atol=1e-9, msg=name)


def test_every_family_that_can_be_stacked_is_tried() -> None:
    assert {net["name"] for net in NETS_TRIED.values()} == set(STACKABLE)
    assert set(NETS) - set(STACKABLE) == {"numpy-mlp"}


@pytest.mark.parametrize("name", NETS_TRIED)
def test_every_network(name: str, pictures: dict[str, Any], tmp_path: Path) -> None:
    # a bias before a normalisation has no gradient but rounding, which Adam would make steps of
    optimizer = "sgd" if NETS_TRIED[name]["name"] == "vgg" else "adam"
    runs = [settings(pictures, NETS_TRIED[name], {"optimizer": optimizer}, seed) for seed in range(3)]
    assert_same_weights(*both_ways(runs, tmp_path))


@pytest.mark.parametrize("name", OPTIMIZERS_TRIED)
def test_every_optimizer_each_run_at_its_own_rate(
    name: str, pictures: dict[str, Any], tmp_path: Path
) -> None:
    recipes = [OPTIMIZERS_TRIED[name] | {"lr": lr} for lr in (0.01, 0.05, 0.01)]
    runs = [settings(pictures, NETS_TRIED["mlp"], each, seed) for seed, each in enumerate(recipes)]
    assert_same_weights(*both_ways(runs, tmp_path))


def test_runs_of_different_optimizers_schedules_and_starts_side_by_side(
    pictures: dict[str, Any], tmp_path: Path
) -> None:
    recipes = [
        *OPTIMIZERS_TRIED.values(),
        *({"schedule": name} | own for name, own in SCHEDULES_TRIED.items()),
    ]
    starts = [{}, {"init": "he"}, {"init": "normal", "init_std": 0.3}, {"init": "xavier"}]
    runs = [
        settings(pictures, NETS_TRIED["mlp"] | starts[place % 4], each, seed=place % 3)
        for place, each in enumerate(recipes)
    ]
    assert {name for each in recipes for name in [each.get("schedule")] if name} == set(SCHEDULES)
    assert_same_weights(*both_ways(runs, tmp_path))


@pytest.mark.parametrize("name", COURSES_TRIED)
def test_every_course(name: str, pictures: dict[str, Any], tmp_path: Path) -> None:
    net = NETS_TRIED["lenet" if name == "augmented" else "mlp"]
    runs = [settings(pictures, net, COURSES_TRIED[name], seed) for seed in range(3)]
    assert_same_weights(*both_ways(runs, tmp_path))


def test_data_drawn_anew_for_each_seed(tmp_path: Path) -> None:
    moons = {"name": "moons", "samples": 80, "validation": 10}
    runs = [settings(moons, {"name": "mlp", "widths": [6]}, {}, seed) for seed in range(3)]
    assert_same_weights(*both_ways(runs, tmp_path))


def test_a_run_that_stops_early_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    moons = {"name": "moons", "samples": 80, "validation": 20}
    recipe = {"optimizer": "adam", "lr": 0.3, "epochs": 40, "patience": 3, "keep": "best"}
    runs = [
        settings(moons, {"name": "mlp", "widths": [6], "dropout": 0.2}, recipe, seed) for seed in range(5)
    ]
    alone, together = both_ways(runs, tmp_path)
    assert len({each.progress.step for each in alone}) > 1
    assert all(each.progress.stopped for each in together)
    assert_same_weights(alone, together)


def test_a_run_that_diverges_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    moons = {"name": "moons", "samples": 80}
    rates = (0.05, 1e200, 0.1)
    recipes = [{"optimizer": "sgd", "momentum": 0.5, "lr": lr} for lr in rates]
    runs = [settings(moons, {"name": "mlp", "widths": [6]}, each, seed=1) for each in recipes]
    alone, together = both_ways(runs, tmp_path)
    assert [each.progress.diverged for each in together] == [False, True, False]
    assert_same_weights([alone[0], alone[2]], [together[0], together[2]])


def test_in_single_precision_they_agree_to_rounding(pictures: dict[str, Any], tmp_path: Path) -> None:
    runs = [settings(pictures, NETS_TRIED["mlp"], {"optimizer": "sgd"}, seed, "float32") for seed in range(3)]
    alone = [Trainee(setup_of(run)) for run in runs]
    together = [Trainee(setup_of(run)) for run in runs]
    for place, each in enumerate(alone):
        train_all(Solo(each), [each], tmp_path / str(place))
    train_all(Cohort(together), together, tmp_path / "cohort")
    for one, other in zip(alone, together, strict=True):
        for name, value in one.progress.weights.items():
            torch.testing.assert_close(other.progress.weights[name], value, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("net", ["mlp", "lenet", "vgg"])
def test_the_bits_of_a_run_depend_neither_on_the_size_of_its_cohort_nor_on_its_place(
    net: str, pictures: dict[str, Any], tmp_path: Path
) -> None:
    recipe = {"optimizer": "adam", "clip_norm": 1.0}
    runs = [settings(pictures, NETS_TRIED[net], recipe, seed, "float32") for seed in range(5)]
    found: list[dict[str, torch.Tensor]] = []
    with ready_to_train(1, "cpu"):
        for chosen in (runs, runs[2:4], [runs[3], runs[0], runs[1]]):
            trainees = [Trainee(setup_of(run)) for run in chosen]
            train_all(Cohort(trainees), trainees, tmp_path / str(len(chosen)))
            found.append(trainees[chosen.index(runs[3])].progress.weights)
    for other in found[1:]:
        assert all(torch.equal(value, other[name]) for name, value in found[0].items())
