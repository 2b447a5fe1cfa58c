"""What every network family must do, at its default settings, on every input that it supports."""

import copy
import math

import numpy as np
import pytest
import torch
from torch import nn

from glasslab.errors import StudyError
from glasslab.nets.network import make
from glasslab.nets.numpy_layers import Network
from glasslab.nets.summary import summarize
from glasslab.plan.net import NETS, Net, UserNet
from glasslab.plan.settings import kinds

SHAPES = [(1, 28, 28), (3, 32, 32), (9, 1), (2,)]
OUTPUTS = 10


def stream(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=seed))


def new(name: str, shape: tuple[int, ...], seed: int = 0) -> nn.Module:
    return make(NETS[name].settings(), shape, OUTPUTS, stream(seed))


def supports(name: str, shape: tuple[int, ...]) -> bool:
    try:
        new(name, shape)
    except StudyError:
        return False
    return True


CASES = [(name, shape) for name in NETS for shape in SHAPES if supports(name, shape)]
every_net = pytest.mark.parametrize(
    "name, shape", CASES, ids=[f"{name}-{'x'.join(map(str, shape))}" for name, shape in CASES]
)


def examples(shape: tuple[int, ...], count: int = 4) -> torch.Tensor:
    return torch.from_numpy(stream(7).normal(size=(count, *shape))).float()


def weights(module: nn.Module) -> dict[str, bytes]:
    return {name: value.numpy().tobytes() for name, value in module.state_dict().items()}


def test_the_table_lists_every_family():
    assert {part.settings for part in NETS.values()} | {UserNet} == set(kinds(Net))


@pytest.mark.parametrize("name", NETS)
def test_every_net_supports_some_input(name: str):
    assert any(net == name for net, _ in CASES)


@every_net
def test_gives_one_row_an_example_and_one_number_an_output(name: str, shape: tuple[int, ...]):
    output = new(name, shape)(examples(shape))
    assert output.shape == (4, OUTPUTS)
    assert output.dtype == torch.float32
    assert output.isfinite().all()


@every_net
def test_gradients_reach_every_parameter(name: str, shape: tuple[int, ...]):
    net = new(name, shape)
    output = net(examples(shape, 16))
    if isinstance(net, Network):
        net.backward(2 * output.numpy())
    else:
        output.square().sum().backward()
    dead = [key for key, p in net.named_parameters() if p.grad is None or not p.grad.any()]
    assert dead == []


@every_net
def test_the_same_stream_gives_the_same_weights(name: str, shape: tuple[int, ...]):
    torch.manual_seed(1)
    first = weights(new(name, shape))
    torch.manual_seed(2)
    assert weights(new(name, shape)) == first
    other = weights(new(name, shape, seed=1))
    assert all(other[key] != first[key] for key in first if "weight" in key and "norm" not in key)


@every_net
def test_building_leaves_the_global_generator_alone(name: str, shape: tuple[int, ...]):
    before = torch.get_rng_state()
    new(name, shape)
    assert torch.equal(torch.get_rng_state(), before)


@every_net
def test_a_copy_gives_the_same_and_shares_nothing(name: str, shape: tuple[int, ...]):
    net = new(name, shape).eval()
    twin = copy.deepcopy(net)
    assert torch.equal(twin(examples(shape)), net(examples(shape)))
    assert not {p.data_ptr() for p in twin.parameters()} & {p.data_ptr() for p in net.parameters()}


@every_net
def test_weights_travel_through_a_state_dict(name: str, shape: tuple[int, ...]):
    net, other = new(name, shape).eval(), new(name, shape, seed=1).eval()
    other.load_state_dict(net.state_dict())
    assert torch.equal(other(examples(shape)), net(examples(shape)))


@every_net
def test_evaluation_is_deterministic(name: str, shape: tuple[int, ...]):
    net = new(name, shape).eval()
    assert torch.equal(net(examples(shape)), net(examples(shape)))


@every_net
def test_the_summary_counts_every_parameter(name: str, shape: tuple[int, ...]):
    net = new(name, shape)
    summary = summarize(net, shape)
    count = sum(p.numel() for p in net.parameters())
    assert summary.parameters == summary.trainable == count
    assert sum(layer.parameters for layer in summary.layers) == count
    assert summary.layers[-1].output_shape == (OUTPUTS,)
    assert summary.flops is not None
    # Every weight is used at least once, in a multiplication and an addition.
    assert summary.flops >= 2 * sum(math.prod(p.shape) for p in net.parameters() if p.ndim > 1)
