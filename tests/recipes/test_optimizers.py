"""Every optimizer against its formula, written down again with NumPy in float64."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from glasslab.errors import StudyError
from glasslab.plan import recipe
from glasslab.recipes.optimizers import has_fused_kernels, make_optimizer

Array = NDArray[np.float64]
STEPS = 5
LR = 0.1


def gradient(x: Array, step: int) -> Array:
    """A gradient that depends on the weights and the step."""
    return np.cos(x * (step + 1)) + 0.3 * x


def start() -> Array:
    return np.random.default_rng(0).normal(size=(4, 3))


def taken(settings: recipe.Optimizer) -> list[Array]:
    """The weights after each step of the optimizer under test."""
    parameter = torch.nn.Parameter(torch.from_numpy(start()))
    optimizer = make_optimizer(settings, [parameter])
    weights = []
    for step in range(STEPS):
        parameter.grad = torch.from_numpy(gradient(parameter.detach().numpy(), step))
        optimizer.step()
        weights.append(parameter.detach().numpy().copy())
    return weights


def assert_same(settings: recipe.Optimizer, expected: list[Array]) -> None:
    for ours, theirs in zip(taken(settings), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


def by_sgd(momentum: float = 0.0, nesterov: bool = False, decay: float = 0.0) -> list[Array]:
    x, velocity, weights = start(), np.zeros((4, 3)), []
    for step in range(STEPS):
        g = gradient(x, step) + decay * x
        velocity = momentum * velocity + g
        x = x - LR * (g + momentum * velocity if nesterov else velocity)
        weights.append(x)
    return weights


def by_adam(betas=(0.9, 0.999), eps: float = 1e-8, l2: float = 0.0, decoupled: float = 0.0) -> list[Array]:
    x, weights = start(), []
    m, v = np.zeros_like(x), np.zeros_like(x)
    for step in range(STEPS):
        g = gradient(x, step) + l2 * x
        x = x - LR * decoupled * x
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        m_hat, v_hat = m / (1 - betas[0] ** (step + 1)), v / (1 - betas[1] ** (step + 1))
        x = x - LR * m_hat / (np.sqrt(v_hat) + eps)
        weights.append(x)
    return weights


def by_rmsprop(smoothing=0.99, eps: float = 1e-8, momentum: float = 0.0, decay: float = 0.0) -> list[Array]:
    x, weights = start(), []
    v, velocity = np.zeros_like(x), np.zeros_like(x)
    for step in range(STEPS):
        g = gradient(x, step) + decay * x
        v = smoothing * v + (1 - smoothing) * g**2
        velocity = momentum * velocity + g / (np.sqrt(v) + eps)
        x = x - LR * velocity
        weights.append(x)
    return weights


def by_adagrad(eps: float = 1e-10, initial: float = 0.0, decay: float = 0.0) -> list[Array]:
    x, weights = start(), []
    total = np.full_like(x, initial)
    for step in range(STEPS):
        g = gradient(x, step) + decay * x
        total = total + g**2
        x = x - LR * g / (np.sqrt(total) + eps)
        weights.append(x)
    return weights


def test_sgd_goes_against_the_gradient():
    assert_same(recipe.Sgd(lr=LR), by_sgd())


def test_sgd_takes_momentum():
    assert_same(recipe.Sgd(lr=LR, momentum=0.9), by_sgd(momentum=0.9))


def test_sgd_takes_nesterovs_momentum():
    assert_same(recipe.Sgd(lr=LR, momentum=0.9, nesterov=True), by_sgd(momentum=0.9, nesterov=True))


def test_sgd_takes_weight_decay_into_its_momentum():
    assert_same(recipe.Sgd(lr=LR, momentum=0.5, weight_decay=0.2), by_sgd(momentum=0.5, decay=0.2))


def test_nesterov_without_momentum_is_refused():
    with pytest.raises(
        StudyError, match=r"^\[recipe\] nesterov: needs momentum above 0, got momentum = 0; set"
    ):
        taken(recipe.Sgd(lr=LR, nesterov=True))


def test_adam_corrects_the_bias_of_both_moments():
    assert_same(recipe.Adam(lr=LR), by_adam())


def test_adam_takes_its_own_betas_and_eps():
    assert_same(recipe.Adam(lr=LR, betas=(0.5, 0.8), eps=0.3), by_adam(betas=(0.5, 0.8), eps=0.3))


def test_adams_weight_decay_is_part_of_the_gradient():
    assert_same(recipe.Adam(lr=LR, weight_decay=0.2), by_adam(l2=0.2))


def test_adamws_weight_decay_is_decoupled_and_on_by_default():
    assert_same(recipe.AdamW(lr=LR), by_adam(decoupled=0.01))
    assert_same(recipe.AdamW(lr=LR, weight_decay=0.2, eps=0.1), by_adam(decoupled=0.2, eps=0.1))


def test_rmsprop_divides_by_the_smoothed_size():
    assert_same(recipe.RmsProp(lr=LR), by_rmsprop())


def test_rmsprop_takes_smoothing_eps_momentum_and_weight_decay():
    settings = recipe.RmsProp(lr=LR, smoothing=0.8, eps=0.1, momentum=0.7, weight_decay=0.2)
    assert_same(settings, by_rmsprop(smoothing=0.8, eps=0.1, momentum=0.7, decay=0.2))


def test_adagrad_divides_by_the_sum_of_squares():
    assert_same(recipe.Adagrad(lr=LR), by_adagrad())


def test_adagrad_takes_eps_an_initial_sum_and_weight_decay():
    settings = recipe.Adagrad(lr=LR, eps=0.1, initial_accumulator=0.5, weight_decay=0.2)
    assert_same(settings, by_adagrad(eps=0.1, initial=0.5, decay=0.2))


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw", "adagrad"])
def test_fused_kernels_are_taken_on_the_cpu(name: str):
    parameter = torch.nn.Parameter(torch.zeros(2))
    optimizer = make_optimizer(recipe.OPTIMIZERS[name].settings(lr=LR), [parameter])
    assert optimizer.param_groups[0]["fused"] is True


def test_other_devices_do_without_fused_kernels():
    assert has_fused_kernels([torch.nn.Parameter(torch.zeros(2))])
    assert not has_fused_kernels([torch.nn.Parameter(torch.zeros(2, device="meta"))])
