import math

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from glasslab.nets.initialise import initialise
from glasslab.plan.net import Mlp


def stream(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=seed))


def drawn(layer: nn.Module, init: str, **settings) -> nn.Module:
    initialise(layer, Mlp(init=init, **settings), stream())
    return layer


def layers() -> list[tuple[nn.Module, int, int]]:
    """Layers with their fan in and fan out."""
    return [(nn.Linear(300, 200), 300, 200), (nn.Conv2d(20, 30, 5), 20 * 25, 30 * 25)]


def assert_uniform(values: torch.Tensor, bound: float) -> None:
    shares = (values.detach().double().flatten().numpy() / bound + 1) / 2
    assert shares.min() >= 0
    assert shares.max() <= 1
    assert stats.kstest(shares, "uniform").pvalue > 1e-3


def assert_normal(values: torch.Tensor, deviation: float) -> None:
    assert stats.kstest(values.detach().double().flatten().numpy() / deviation, "norm").pvalue > 1e-3


def test_pytorch_start_is_uniform_within_one_over_the_root_of_fan_in():
    for layer, fan_in, _ in layers():
        drawn(layer, "pytorch")
        assert_uniform(layer.weight, 1 / math.sqrt(fan_in))
        assert_uniform(layer.bias, 1 / math.sqrt(fan_in))


def test_pytorch_start_has_the_distribution_of_pytorchs_own_layers():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        made = layers()
    for layer, _, _ in made:
        theirs = [p.detach().clone().flatten().numpy() for p in layer.parameters()]
        drawn(layer, "pytorch")
        ours = [p.detach().flatten().numpy() for p in layer.parameters()]
        for mine, other in zip(ours, theirs, strict=True):
            assert not np.array_equal(mine, other)
            assert stats.ks_2samp(mine, other).pvalue > 1e-4


def test_xavier_is_uniform_by_both_fans():
    for layer, fan_in, fan_out in layers():
        drawn(layer, "xavier")
        assert_uniform(layer.weight, math.sqrt(6 / (fan_in + fan_out)))


def test_he_is_normal_by_fan_in():
    for layer, fan_in, _ in layers():
        drawn(layer, "he")
        assert_normal(layer.weight, math.sqrt(2 / fan_in))


def test_normal_has_the_deviation_asked_for():
    for layer, _, _ in layers():
        drawn(layer, "normal", init_std=0.1)
        assert_normal(layer.weight, 0.1)


@pytest.mark.parametrize("init, settings", [("xavier", {}), ("he", {}), ("normal", {"init_std": 0.1})])
def test_biases_start_at_0_in_every_other_scheme(init, settings):
    for layer, _, _ in layers():
        assert not drawn(layer, init, **settings).bias.any()


def test_grouped_convolutions_count_the_inputs_of_one_group():
    layer = drawn(nn.Conv2d(40, 40, 3, groups=10), "pytorch")
    assert_uniform(layer.weight, 1 / math.sqrt(4 * 9))


def test_values_come_from_the_stream_in_the_order_of_the_parameters():
    net = drawn(nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 1, bias=False)), "pytorch")
    rng = stream()
    for parameter, bound, shape in zip(
        net.parameters(),
        (1 / math.sqrt(3), 1 / math.sqrt(3), 1 / math.sqrt(2)),
        ((2, 3), (2,), (1, 2)),
        strict=True,
    ):
        expected = rng.uniform(-bound, bound, shape).astype(np.float32)
        assert np.array_equal(parameter.detach().numpy(), expected)


def test_float64_networks_get_float64_values_that_round_to_the_same():
    narrow, wide = drawn(nn.Linear(30, 20), "he"), drawn(nn.Linear(30, 20).double(), "he")
    assert wide.weight.dtype == torch.float64
    assert torch.equal(wide.weight.float(), narrow.weight)
    assert not torch.equal(wide.weight, narrow.weight.double())


def test_a_layer_without_a_rule_is_an_error_of_ours():
    with pytest.raises(TypeError, match=r"no rule to initialise 1 \(LayerNorm\)"):
        drawn(nn.Sequential(nn.Linear(2, 2), nn.LayerNorm(2)), "he")
