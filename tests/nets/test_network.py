from pathlib import Path

import numpy as np
import pytest
import torch

from glasslab.errors import StudyError
from glasslab.nets.network import make
from glasslab.plan.net import Lenet, Mlp, UserNet


def stream(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=seed))


def test_a_family_is_built_by_its_own_settings():
    net = make(Mlp(widths=(5,)), (2,), 3, stream())
    assert [tuple(p.shape) for p in net.parameters()] == [(5, 2), (5,), (3, 5), (3,)]


def test_nets_that_differ_only_in_activation_start_with_the_same_weights():
    relu, tanh = (make(Mlp(activation=name), (784,), 10, stream()) for name in ("relu", "tanh"))
    assert all(torch.equal(a, b) for a, b in zip(relu.parameters(), tanh.parameters(), strict=True))


def test_settings_that_do_not_fit_the_input_are_refused():
    with pytest.raises(StudyError, match=r"^\[net\] name: 'lenet' needs images"):
        make(Lenet(), (2,), 2, stream())


def test_a_users_network_is_found_in_its_folder(tmp_path: Path):
    (tmp_path / "made_here.py").write_text(
        "from torch import nn\n"
        "class Linear(nn.Linear):\n"
        "    def __init__(self, input_shape, outputs):\n"
        "        super().__init__(input_shape[0], outputs)\n"
    )
    net = make(UserNet(name="made_here:Linear"), (2,), 3, stream(), folder=tmp_path)
    assert net.weight.shape == (3, 2)
