"""What every optimizer must do."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from glasslab.plan import recipe
from glasslab.plan.settings import kinds
from glasslab.recipes.optimizers import make_optimizer, optimizer_tensors, restore_tensors

every_optimizer = pytest.mark.parametrize("name", recipe.OPTIMIZERS)


def settings(name: str) -> recipe.Optimizer:
    momentum = {"momentum": 0.9} if name == "sgd" else {}  # without it there is no state to restore
    return recipe.OPTIMIZERS[name].settings(lr=0.05, **momentum)


def net() -> nn.Sequential:
    module = nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 1))
    rng = np.random.default_rng(3)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.from_numpy(rng.normal(size=tuple(parameter.shape))))
    return module


def train(module: nn.Module, optimizer: torch.optim.Optimizer, steps: range) -> list[float]:
    losses = []
    for i in steps:
        rng = np.random.default_rng(i)
        x = torch.from_numpy(rng.normal(size=(8, 5))).float()
        loss = (module(x) - x.sum(1, keepdim=True)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def test_the_table_lists_every_optimizer():
    assert {part.settings for part in recipe.OPTIMIZERS.values()} == set(kinds(recipe.Optimizer))


@every_optimizer
def test_training_lowers_the_loss(name: str):
    module = net()
    losses = train(module, make_optimizer(settings(name), module.parameters()), range(100))
    assert np.mean(losses[-20:]) < np.mean(losses[:20])


@every_optimizer
def test_a_restored_state_continues_with_the_same_bits(name: str):
    module = net()
    optimizer = make_optimizer(settings(name), module.parameters())
    train(module, optimizer, range(3))
    twin = copy.deepcopy(module)
    restored = make_optimizer(settings(name), twin.parameters())
    restore_tensors(restored, copy.deepcopy(optimizer_tensors(optimizer)))
    train(module, optimizer, range(3, 8))
    train(twin, restored, range(3, 8))
    for ours, theirs in zip(twin.parameters(), module.parameters(), strict=True):
        assert torch.equal(ours, theirs)


@every_optimizer
def test_a_state_from_a_file_fits_weights_in_channels_last_order(name: str):
    images = torch.from_numpy(np.random.default_rng(0).normal(size=(4, 3, 6, 6))).float()

    def steps(module: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        for _ in range(2):
            optimizer.zero_grad()
            module(images.contiguous(memory_format=torch.channels_last)).square().mean().backward()
            optimizer.step()

    module: nn.Module = nn.Conv2d(3, 8, 3).to(memory_format=torch.channels_last)
    optimizer = make_optimizer(settings(name), module.parameters())
    steps(module, optimizer)
    twin = copy.deepcopy(module)
    state = {key: value.contiguous().clone() for key, value in optimizer_tensors(optimizer).items()}
    restored = make_optimizer(settings(name), twin.parameters())
    restore_tensors(restored, state)
    steps(module, optimizer)
    steps(twin, restored)
    assert torch.equal(twin.weight, module.weight)


@every_optimizer
def test_the_learning_rate_of_a_step_is_that_of_its_group(name: str):
    module = net()
    before = [p.detach().clone() for p in module.parameters()]
    optimizer = make_optimizer(settings(name), module.parameters())
    assert [group["lr"] for group in optimizer.param_groups] == [0.05]
    optimizer.param_groups[0]["lr"] = 0.0
    train(module, optimizer, range(1))
    assert all(torch.equal(p, old) for p, old in zip(module.parameters(), before, strict=True))


@every_optimizer
def test_frozen_parameters_stay(name: str):
    module = net()
    module[0].requires_grad_(False)
    before = module[0].weight.clone()
    optimizer = make_optimizer(settings(name), module.parameters())
    assert len(optimizer.param_groups[0]["params"]) == 2
    train(module, optimizer, range(2))
    assert torch.equal(module[0].weight, before)
