import numpy as np
import pytest
import torch
from torch import nn

from glasslab.errors import StudyError
from glasslab.nets.network import make
from glasslab.nets.summary import summarize
from glasslab.plan.net import Vgg


def stream() -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=0))


def names(settings: Vgg, shape: tuple[int, ...] = (3, 32, 32)) -> list[str]:
    return [name for name, _ in make(settings, shape, 10, stream()).named_children()]


def test_a_block_is_convolutions_with_norm_and_activation_and_then_a_pool() -> None:
    assert names(Vgg(channels=(4, (6, 8)))) == [
        *("conv1_1", "norm1_1", "relu1_1", "pool1"),
        *("conv2_1", "norm2_1", "relu2_1", "conv2_2", "norm2_2", "relu2_2", "pool2"),
        *("flatten", "output"),
    ]


def test_without_batch_norm_and_with_hidden_layers() -> None:
    settings = Vgg(channels=(4,), batch_norm=False, hidden=(7,), dropout=0.5)
    assert names(settings) == [
        "conv1_1",
        "relu1_1",
        "pool1",
        "flatten",
        "hidden1",
        "relu1",
        "dropout1",
        "output",
    ]


@pytest.mark.parametrize("pool, sides", [(3, [16, 8, 4, 2, 1]), (2, [16, 8, 4, 2, 1])])
def test_every_pool_halves_the_image(pool: int, sides: list[int]) -> None:
    layers = summarize(make(Vgg(pool=pool), (3, 32, 32), 10, stream()), (3, 32, 32)).layers
    assert [layer.output_shape[1] for layer in layers if layer.name.startswith("pool")] == sides


@pytest.mark.parametrize("pool, sides", [(3, [14, 7, 4, 2, 1]), (2, [14, 7, 3, 1])])
def test_an_odd_side_is_rounded_up_where_pools_overlap(pool: int, sides: list[int]) -> None:
    settings = Vgg(pool=pool, channels=(2,) * len(sides))
    layers = summarize(make(settings, (1, 28, 28), 10, stream()), (1, 28, 28)).layers
    assert [layer.output_shape[1] for layer in layers if layer.name.startswith("pool")] == sides


def test_batch_norms_start_at_scale_one_and_shift_zero() -> None:
    net = make(Vgg(channels=(4,), init="he"), (3, 8, 8), 10, stream())
    norm = net.get_submodule("norm1_1")
    assert isinstance(norm, nn.BatchNorm2d)
    assert torch.equal(norm.weight, torch.ones(4))
    assert torch.equal(norm.bias, torch.zeros(4))


def test_too_many_blocks_for_the_image_are_refused() -> None:
    with pytest.raises(StudyError, match=r"block 4 leaves no pixel of the image of 8x8.*take fewer blocks"):
        make(Vgg(pool=2, batch_norm=False), (3, 8, 8), 10, stream())


def test_a_block_that_would_normalise_single_pixels_is_refused() -> None:
    with pytest.raises(StudyError, match="block 6 would normalise single pixels; take fewer blocks"):
        make(Vgg(channels=(4,) * 6), (3, 32, 32), 10, stream())
    make(Vgg(channels=(4,) * 6, batch_norm=False), (3, 32, 32), 10, stream())


def test_points_are_no_images() -> None:
    with pytest.raises(StudyError, match=r"'vgg' needs images.*got examples of shape \(2,\)"):
        make(Vgg(), (2,), 10, stream())
