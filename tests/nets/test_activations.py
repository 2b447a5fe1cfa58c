import math
from typing import get_args

import pytest
import torch

from glasslab.nets.activations import ACTIVATIONS, activation
from glasslab.plan.net import Activation

FORMULAS = {
    "relu": lambda x: max(x, 0),
    "leaky-relu": lambda x: x if x > 0 else 0.01 * x,
    "elu": lambda x: x if x > 0 else math.expm1(x),
    "gelu": lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2,
    "silu": lambda x: x / (1 + math.exp(-x)),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "tanh": math.tanh,
    "identity": lambda x: x,
}


def test_every_activation_that_settings_allow_has_a_module():
    assert set(ACTIVATIONS) == set(get_args(Activation))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_follow_their_formulas(name: str):
    x = torch.linspace(-4, 4, 33, dtype=torch.float64)
    expected = [FORMULAS[name](value) for value in x.tolist()]
    assert ACTIVATIONS[name]()(x).tolist() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_leave_their_input_unchanged(name: str):
    x = torch.linspace(-4, 4, 33)
    before = x.clone()
    ACTIVATIONS[name]()(x)
    assert torch.equal(x, before)


def test_layer_names_are_python_names():
    assert activation("leaky-relu", "2_1")[0] == "leaky_relu2_1"
