from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from glasslab.data.dataset import Dataset, Split
from glasslab.data.tensors import to_tensors
from glasslab.errors import StudyError
from glasslab.nets.network import make
from glasslab.plan.data import Mnist
from glasslab.plan.net import Lenet, Mlp, Rnn
from glasslab.plan.probe import Filters
from glasslab.probes import filters
from glasslab.probes.filters import smoothness, spread
from glasslab.probes.prospect import Prospect
from glasslab.probes.subject import Subject


def subject(net: nn.Module, channels: int = 1, side: int = 4) -> Subject:
    x = np.zeros((6, channels, side, side), dtype=np.uint8)
    split = Split.whole(x, np.arange(6) % 2)
    tensors = to_tensors(Dataset(split, None, split, ("a", "b"), "made"), Mnist(normalize="unit"), "cpu")
    return Subject(net, tensors, torch.zeros(6, 2), lambda z: z.softmax(1))


def by_hand(module: Any, weights: torch.Tensor) -> Any:
    with torch.no_grad():
        module.weight.copy_(weights)
    return module


def test_filters_of_a_convolution_are_its_weights() -> None:
    weights = torch.arange(2 * 3 * 2 * 2, dtype=torch.float32).view(2, 3, 2, 2)
    net = nn.Sequential(by_hand(nn.Conv2d(3, 2, 2), weights), nn.Flatten(), nn.Linear(18, 2))
    seen = filters.look(subject(net, channels=3), Filters())
    assert np.array_equal(seen["weights"], weights.numpy())
    assert seen["rms"] == pytest.approx([np.sqrt(506 / 12), np.sqrt((4324 - 506) / 12)])
    assert str(seen["layer"]) == "0"
    assert str(seen["kind"]) == "convolution"


def test_rows_of_an_mlp_are_images_of_the_inputs_shape() -> None:
    weights = torch.arange(32, dtype=torch.float32).view(2, 16)
    net = nn.Sequential(nn.Flatten(), by_hand(nn.Linear(16, 2), weights))
    seen = filters.look(subject(net), Filters())
    assert seen["weights"].shape == (2, 1, 4, 4)
    assert seen["weights"][1, 0].tolist() == weights[1].view(4, 4).tolist()
    assert str(seen["kind"]) == "dense"


def test_of_more_filters_than_are_shown_the_strongest_and_the_weakest_are_among_them() -> None:
    rms = np.array([5.0, 1.0, 9.0, 2.0, 7.0])
    assert spread(rms, 3).tolist() == [0, 1, 2]
    assert spread(rms, 5).tolist() == [0, 1, 2, 3, 4]
    assert spread(rms, 1).tolist() == [2]


def test_neighbours_correlate_fully_in_an_even_filter_not_in_noise_and_negatively_in_a_chequerboard() -> None:
    rows, columns = np.indices((8, 8))
    even, chequered = np.ones((8, 8)), (-1.0) ** (rows + columns)
    noise = np.random.default_rng(3).standard_normal((400, 1, 8, 8))
    assert smoothness(np.stack([even, chequered])[:, None]) == pytest.approx([1.0, -1.0])
    assert abs(smoothness(noise).mean()) < 0.02
    assert np.isnan(smoothness(np.ones((1, 3, 1, 1)))).all()
    assert np.isnan(smoothness(np.zeros((1, 1, 3, 3)))).all()


def test_smoothness_is_the_correlation_of_all_pairs_of_neighbours() -> None:
    weights = np.array([[2.0, 1.0], [-1.0, 3.0]])
    pairs = [(-1, 2), (3, 1), (1, 2), (3, -1)]  # the lower and the upper, the right and the left
    expected = sum(a * b for a, b in pairs) / np.sqrt(
        sum(a * a for a, _ in pairs) * sum(b * b for _, b in pairs)
    )
    assert smoothness(weights[None, None]) == pytest.approx([expected])


def prospect(net: nn.Module, shape: tuple[int, ...]) -> Prospect:
    return Prospect(net, shape, ("a", "b"), 6)


@pytest.mark.parametrize("net", [Lenet(), Mlp()])
def test_it_fits_the_first_layer_of_lenet_and_of_mlp(net: Any) -> None:
    made = make(net, (1, 28, 28), 10, np.random.default_rng(0))
    filters.check(prospect(made, (1, 28, 28)), Filters())


def test_a_recurrent_network_is_refused() -> None:
    net = make(Rnn(hidden=4), (1, 28, 28), 10, np.random.default_rng(0))
    with pytest.raises(
        StudyError, match=r"'filters' needs a network whose first layer .* 'lenet', 'vgg', 'mlp'"
    ):
        filters.check(prospect(net, (1, 28, 28)), Filters())


def test_examples_that_are_no_images_are_refused() -> None:
    with pytest.raises(StudyError, match=r"probes: 'filters' needs images, these examples have 2"):
        filters.check(prospect(nn.Linear(2, 2), (2,)), Filters())


def test_filters_that_have_no_colour_are_refused() -> None:
    with pytest.raises(StudyError, match=r"1 channel \(grey\) or 3 \(colour\) .* those of '0' have 2"):
        filters.check(prospect(nn.Sequential(nn.Conv2d(2, 4, 3)), (2, 8, 8)), Filters())
