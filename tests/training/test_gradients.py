import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from glasslab.plan.recipe import Course
from glasslab.training.batches import Batches
from glasslab.training.gradients import is_sampled, layer_weights, mean_absolutes, relative_changes
from glasslab.training.pace import Pace
from glasslab.training.sums import Sums
from tests.training.made import settings_of, setup_of, trained

MOONS = {"name": "moons", "samples": 50}
NET = {"name": "mlp", "widths": [4, 3]}
RECIPE = {"optimizer": "sgd", "lr": 0.1, "epochs": 3, "batch_size": 10}


def test_layers_are_named_as_modules_are_and_biases_are_left_out() -> None:
    net = nn.Sequential()
    net.add_module("hidden1", nn.Linear(2, 3))
    net.add_module("norm1", nn.BatchNorm1d(3))
    net.add_module("rnn", nn.GRU(3, 4))
    net.add_module("output", nn.Linear(4, 2))
    assert list(layer_weights(net)) == ["hidden1", "rnn.weight_ih_l0", "rnn.weight_hh_l0", "output"]


def test_frozen_weights_have_no_gradient_to_tell_of() -> None:
    net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 2))
    net[0].weight.requires_grad_(False)
    assert list(layer_weights(net)) == ["1"]


@pytest.mark.parametrize("period, sampled", [(4, 4), (16, 16), (100, 17), (469, 17), (1000, 17)])
def test_about_sixteen_steps_of_a_period_are_looked_at_the_first_among_them(
    period: int, sampled: int
) -> None:
    pace = Pace(examples=10 * period, batch_size=10, steps_per_epoch=period, steps=3 * period, period=period)
    for epoch in range(3):
        steps = range(epoch * period, (epoch + 1) * period)
        assert is_sampled(epoch * period, pace)
        assert sum(is_sampled(step, pace) for step in steps) == pytest.approx(sampled, abs=1)


def added(sums: Sums) -> Sums:
    sums.add(10, torch.tensor([0.5]), torch.tensor([3]))
    return sums


def test_a_row_tells_the_mean_absolute_gradient_over_its_steps_for_each_run() -> None:
    sums = Sums(2, ["a", "b"], torch.empty(0, dtype=torch.float64))
    for step, scale in enumerate((1.0, 3.0)):
        a = scale * torch.tensor([[[1.0, -1.0], [2.0, -4.0]], [[0.0, 0.0], [0.0, 4.0]]])
        norms = torch.tensor([scale, 2.0])
        b = scale * torch.tensor([[0.5, 0.0], [1.0, 1.0]])
        sums.look(step, norms, mean_absolutes([a, b], norms), scale * torch.tensor([[0.25, 0.5], [1, 2]]))
        sums.add(10, torch.tensor([0.5, 0.5]), torch.tensor([3, 3]))
    first, second = sums.take()
    assert first.by_layer == {
        "gradients_at_start": {"a": 2.0, "b": 0.25},
        "gradients": {"a": 4.0, "b": 0.5},
        "updates": {"a": 0.5, "b": 2.0},
    }
    assert second.by_layer["updates"] == {"a": 1.0, "b": 4.0}
    assert second.by_layer["gradients_at_start"] == {"a": 1.0, "b": 1.0}
    assert first.means == {"gradient_norm": 2.0, "train/loss": 0.5, "train/accuracy": 0.3}
    norms = torch.tensor([5.0, 5.0])
    added(sums).look(2, norms, mean_absolutes([None, None], norms), torch.zeros(2, 2))
    assert "gradients_at_start" not in sums.take()[0].by_layer


def test_a_gradient_that_is_not_finite_is_told_as_none() -> None:
    sums = added(Sums(1, ["a"], torch.empty(0)))
    one = torch.tensor([1.0])
    sums.look(1, one, mean_absolutes([torch.tensor([[[math.inf]]])], one), torch.tensor([[math.nan]]))
    assert sums.take()[0].by_layer == {"gradients": {"a": None}, "updates": {"a": None}}


def test_a_weight_without_a_gradient_counts_as_zero() -> None:
    one = torch.tensor([5.0])
    assert mean_absolutes([None, torch.ones(1, 2, 2)], one).tolist() == [[0.0], [1.0]]
    assert mean_absolutes([], one).shape == (0, 1)


def test_the_first_row_holds_the_first_batchs_gradients_as_autograd_gives_them(tmp_path: Path) -> None:
    settings = settings_of(MOONS, NET, RECIPE)
    setup = setup_of(settings)
    (x,), (y,) = Batches([setup]).at(0)
    setup.loss.mean(setup.net(x), y).backward()
    weights = layer_weights(setup.net)
    expected = {name: w.grad.abs().mean().item() for name, w in weights.items() if w.grad is not None}
    _, _, rows = trained(settings, tmp_path)
    assert list(expected) == ["hidden1", "hidden2", "output"]
    assert rows[0]["gradients_at_start"] == pytest.approx(expected, rel=1e-6)
    assert all("gradients_at_start" not in row for row in rows[1:])
    assert all(list(row["gradients"]) == list(expected) for row in rows)
    assert all(value > 0 for row in rows for value in row["gradients"].values())


def test_clipping_comes_after_the_gradients_are_looked_at(tmp_path: Path) -> None:
    plain = trained(settings_of(MOONS, NET, RECIPE), tmp_path / "a")[2][0]["gradients_at_start"]
    clipped = trained(settings_of(MOONS, NET, RECIPE | {"clip_norm": 1e-4}), tmp_path / "b")[2][0]
    assert clipped["gradients_at_start"] == plain


def test_the_period_of_a_run_in_epochs_is_an_epoch() -> None:
    pace = Pace.of(Course(epochs=2, batch_size=10), 100)
    assert np.flatnonzero([is_sampled(step, pace) for step in range(20)]).tolist() == list(range(20))


def test_an_update_is_told_as_a_share_of_the_weights() -> None:
    before = [torch.tensor([[[3.0, 4.0]], [[0.0, 1.0]]])]
    after = [torch.tensor([[[3.0, 4.5]], [[0.0, 3.0]]])]
    assert relative_changes(before, after, torch.zeros(2)).tolist() == [pytest.approx([0.1, 2.0])]
    assert relative_changes([], [], torch.zeros(2)).shape == (0, 2)


def test_the_rows_updates_are_those_of_plain_gradient_steps(tmp_path: Path) -> None:
    """Without momentum a step is lr times the gradient; here one step on all examples is an epoch."""
    settings = settings_of(MOONS, NET, RECIPE | {"batch_size": "full", "epochs": 1})
    setup = setup_of(settings)
    (x,), (y,) = Batches([setup]).at(0)
    setup.loss.mean(setup.net(x), y).backward()
    expected = {
        name: 0.1 * float(weight.grad.norm() / weight.detach().norm())
        for name, weight in layer_weights(setup.net).items()
        if weight.grad is not None
    }
    _, _, (row,) = trained(settings, tmp_path)
    assert row["updates"] == pytest.approx(expected, rel=1e-4)
