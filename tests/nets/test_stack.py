"""Stacks of networks, layer by layer: the forms that other devices take are compared on the CPU."""

from typing import Any

import pytest
import torch
from torch import nn

from glasslab.nets import stack_layers
from glasslab.nets.products import ALIGNMENT
from glasslab.nets.stack import Stack, form_of


def images(seed: int = 0) -> torch.Tensor:
    return torch.randn(3, 5, 2, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def nets() -> list[nn.Sequential]:
    """Three networks with every kind of layer over images, of their own weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return [
            nn.Sequential(
                nn.Conv2d(2, 3, 3, padding=1),
                nn.BatchNorm2d(3),
                nn.ReLU(),
                nn.MaxPool2d(2),
                nn.Conv2d(3, 4, 3),
                nn.AvgPool2d(2),
                nn.Flatten(),
                nn.Linear(4, 5),
            ).double()
            for _ in range(3)
        ]


@pytest.mark.parametrize("training", [True, False])
def test_all_at_once_images_become_what_they_become_one_by_one(training: bool) -> None:
    one, other = Stack(nets()).train(training), Stack(nets()).train(training)
    x = y = images()
    for mine, theirs in zip(one, other, strict=True):
        x = mine(x)
        y = getattr(theirs, "all_at_once", theirs)(y)
        torch.testing.assert_close(y, x, rtol=1e-12, atol=1e-12)
    for name in ("1.running_mean", "1.running_var"):
        torch.testing.assert_close(other.state_dict()[name], one.state_dict()[name], rtol=1e-12, atol=1e-12)


def test_a_network_of_a_stack_gives_what_it_gives_alone() -> None:
    own = nets()
    found = Stack(own)(images())
    for place, net in enumerate(nets()):
        torch.testing.assert_close(found[place], net(images()[place]), rtol=1e-12, atol=1e-12)


def test_parameters_lie_in_rows_and_begin_where_sums_are_taken_alike() -> None:
    stack = Stack([net.float() for net in nets()])
    start, gap = stack.values.data_ptr(), stack.values.stride(0) * 4
    assert gap % ALIGNMENT == 0
    for name, parameter in stack.named_parameters():
        assert (parameter.data_ptr() - start) % ALIGNMENT == 0, name
        assert start <= parameter.data_ptr() < start + gap, name
        assert parameter.stride(0) * 4 == gap, name


def test_gradients_are_collected_into_rows_wherever_a_layer_left_them() -> None:
    stack = Stack(nets())
    stack(images()).square().sum().backward()
    stack.collect()
    for place, net in enumerate(nets()):
        net(images()[place]).square().sum().backward()
        for name, parameter in net.named_parameters():
            torch.testing.assert_close(stack.slopes_of[name][place], parameter.grad, rtol=1e-9, atol=1e-9)
    assert all(parameter.grad is None for parameter in stack.parameters())


def test_the_networks_that_stay_are_those_that_were_chosen() -> None:
    stack = Stack(nets())
    before = [stack.weights_of(place) for place in range(3)]
    stack.select([2, 0])
    for place, was in enumerate((2, 0)):
        assert all(torch.equal(value, before[was][name]) for name, value in stack.weights_of(place).items())
    assert len(stack.values) == len(stack.slopes) == 2


def test_a_layer_without_a_stacked_form_is_named() -> None:
    with pytest.raises(KeyError, match="Bilinear has no stacked form"):
        form_of(nn.Bilinear(1, 1, 1))


def test_subclasses_take_the_form_of_their_kind() -> None:
    class Own(nn.Linear):
        """A layer of somebody's own."""

    kinds: list[Any] = [form_of(Own(1, 1)), form_of(nn.Linear(1, 1))]
    assert kinds == [stack_layers.Linear] * 2
