import pytest
import torch
from torch import nn

from glasslab.errors import StudyError
from glasslab.nets.lenet import build
from glasslab.plan.net import Lenet

RGB, GREY = (3, 32, 32), (1, 28, 28)
A1 = Lenet(channels=(32, 64, 128), kernel=3, hidden=(256, 84))
B1 = Lenet(channels=(32, 64), kernel=5, hidden=(1024,))
E8A = Lenet(channels=(32, 64), kernel=3, hidden=(128,))
E8B = Lenet(channels=((32, 32), 64), kernel=3, hidden=(256,))
E8C = Lenet(channels=(64, 128), kernel=5, pool="average", hidden=(128,))


@pytest.mark.parametrize(
    "settings, shape, count",
    [
        (E8A, RGB, 545_098),
        (E8B, RGB, 1_080_042),
        (E8C, RGB, 1_259_786),
        (A1, RGB, 896 + 18_496 + 73_856 + 2_049 * 256 + 257 * 84 + 85 * 10),
        (B1, GREY, 832 + 51_264 + 3_137 * 1_024 + 1_025 * 10),
    ],
)
def test_the_reported_networks_have_their_parameters(settings, shape, count):
    net = build(settings, shape, 10)
    assert sum(p.numel() for p in net.parameters()) == count
    assert net(torch.zeros(2, *shape)).shape == (2, 10)


def test_layers_have_readable_names_in_order():
    net = build(Lenet(channels=((8, 8), 4), hidden=(16,), dropout=0.5), RGB, 10)
    assert list(dict(net.named_children())) == [
        *("conv1_1", "relu1_1", "conv1_2", "relu1_2", "pool1"),
        *("conv2_1", "relu2_1", "pool2"),
        *("flatten", "hidden1", "relu1", "dropout1", "output"),
    ]


def test_hidden_layers_can_be_left_out():
    net = build(Lenet(channels=(4,), hidden=()), GREY, 10)
    assert net.output.in_features == 4 * 14 * 14


def test_pools_are_of_the_kind_asked_for():
    assert isinstance(build(E8A, RGB, 10).pool1, nn.MaxPool2d)
    assert isinstance(build(E8C, RGB, 10).pool2, nn.AvgPool2d)


def test_same_padding_keeps_the_side_and_valid_padding_loses_a_kernel_less_one():
    image = torch.zeros(1, 1, 28, 28)
    same = build(Lenet(channels=(4,), kernel=5), GREY, 10)
    valid = build(Lenet(channels=(4,), kernel=5, padding="valid"), GREY, 10)
    assert same.conv1_1(image).shape[-2:] == (28, 28)
    assert valid.conv1_1(image).shape[-2:] == (24, 24)


def test_valid_padding_takes_even_kernels_and_odd_sides():
    settings = Lenet(channels=((4, 4), 6), kernel=4, padding="valid", hidden=(9,))
    net = build(settings, (2, 27, 31), 5)  # 27 - 6 = 21 -> 10 - 3 = 7 -> 3; 31 - 6 = 25 -> 12 - 3 = 9 -> 4
    assert net.hidden1.in_features == 6 * 3 * 4
    assert net(torch.zeros(2, 2, 27, 31)).shape == (2, 5)


def test_an_image_that_vanishes_is_refused_with_its_sizes():
    settings = Lenet(channels=(8, 8, 8), kernel=5, padding="valid")
    with pytest.raises(
        StudyError,
        match=r"^\[net\] channels: block 3 leaves no pixel of the image "
        r"\(28x28 -> 12x12 -> 4x4 -> 0x0 by block, with kernel = 5, padding = 'valid'\); "
        r"take a smaller kernel, padding = 'same' or fewer blocks$",
    ):
        build(settings, GREY, 10)


def test_too_many_pools_are_refused():
    with pytest.raises(StudyError, match=r"block 5 leaves no pixel .*1x1 -> 0x0.*; take fewer blocks$"):
        build(Lenet(channels=(8,) * 6), GREY, 10)


def test_a_side_that_vanishes_within_a_block_is_refused():
    settings = Lenet(channels=((8, 8, 8, 8),), kernel=9, padding="valid")
    with pytest.raises(StudyError, match=r"block 1 leaves no pixel of the image \(28x28 -> 0x0"):
        build(settings, GREY, 10)


@pytest.mark.parametrize("shape", [(2,), (28, 28)])
def test_input_that_is_no_image_is_refused(shape):
    with pytest.raises(
        StudyError,
        match=r"^\[net\] name: 'lenet' needs images of .* got examples of shape .*; choose net 'mlp'",
    ):
        build(Lenet(), shape, 2)
