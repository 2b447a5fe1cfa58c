"""The NumPy engine against PyTorch: the same start, the same data, the same steps."""

from pathlib import Path
from typing import Any

import pytest
import torch

from glasslab.training.progress import Trainee
from glasslab.training.setup import Setup
from glasslab.training.solo import Solo
from tests.training.made import settings_of, setup_of, trained

CIRCLES = {"name": "circles", "samples": 1000, "noise": 0.1}
FULL = {"optimizer": "sgd", "lr": 0.01, "steps": 1500, "batch_size": "full"}
BATCHES = {
    "optimizer": "sgd",
    "lr": 0.05,
    "steps": 1500,
    "batch_size": 32,
    "weight_decay": 1e-3,
    "clip_norm": 0.5,
}


def both(recipe: dict[str, Any], folder: Path, **net: Any) -> tuple[Setup, Setup]:
    """Returns what a run by hand and a run by PyTorch end with."""
    nets = ({"name": name, "widths": [20], **net} for name in ("numpy-mlp", "mlp"))
    mine, theirs = (
        trained(settings_of(CIRCLES, each, recipe), folder / str(each["name"]))[0] for each in nets
    )
    return mine, theirs


def farthest(mine: Setup, theirs: Setup) -> float:
    """Returns the largest difference of any weight."""
    pairs = zip(mine.net.parameters(), theirs.net.parameters(), strict=True)
    return max(float((a - b).detach().abs().max()) for a, b in pairs)


@pytest.mark.parametrize("recipe, within", [(FULL, 1e-6), (BATCHES, 5e-6)], ids=["full", "batches"])
@pytest.mark.parametrize(
    "net",
    [{}, {"init": "normal", "init_std": 0.1}, {"output": "softmax"}, {"activation": "tanh"}],
    ids=["default", "small", "twice", "tanh"],
)
def test_after_1500_steps_the_backends_weights_agree_to_rounding(
    recipe: dict[str, Any], within: float, net: dict[str, Any], tmp_path: Path
) -> None:
    single = farthest(*both(recipe, tmp_path / "single", **net))
    double = farthest(*both(recipe | {"precision": "float64"}, tmp_path / "double", **net))
    assert single < within
    assert double < 1e-13


def test_the_weights_moved_and_so_the_agreement_says_something(tmp_path: Path) -> None:
    mine, _ = both(FULL, tmp_path)
    start = setup_of(settings_of(CIRCLES, {"name": "numpy-mlp", "widths": [20]}, FULL))
    assert farthest(mine, start) > 0.1


def test_both_tell_the_same_rows(tmp_path: Path) -> None:
    net = {"widths": [20]}
    mine = trained(settings_of(CIRCLES, net | {"name": "numpy-mlp"}, FULL), tmp_path / "a")[2]
    theirs = trained(settings_of(CIRCLES, net | {"name": "mlp"}, FULL), tmp_path / "b")[2]
    for one, other in zip(mine, theirs, strict=True):
        assert one["gradients"] == pytest.approx(other["gradients"], rel=1e-4)
        for name in ("train/loss", "test/loss", "gradient_norm", "test/accuracy", "train/accuracy"):
            assert one[name] == pytest.approx(other[name], rel=1e-4)


def test_pytorch_steps_nothing_in_a_run_by_hand() -> None:
    engine = Solo(Trainee(setup_of(settings_of(CIRCLES, {"name": "numpy-mlp", "widths": [20]}, FULL))))
    assert type(engine.optimizer).__name__ == "Descent"
    (x,), (y,) = engine.batches.at(0)
    outputs, loss = engine.differentiate(x, y)
    assert not outputs.requires_grad
    assert loss.dtype == torch.float32
    before = [p.detach().clone() for p in engine.parameters]
    gradients = [p.grad.clone() for p in engine.parameters if p.grad is not None]
    engine.optimizer.step()
    for parameter, was, gradient in zip(engine.parameters, before, gradients, strict=True):
        assert torch.allclose(parameter, was - 0.01 * gradient)
