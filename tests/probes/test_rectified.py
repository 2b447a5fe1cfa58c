from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from glasslab.probes.rectified import RectifiedMode, Rule

STYLES: dict[str, Callable[[Tensor], Tensor]] = {
    "module": nn.ReLU(),
    "module in place": nn.ReLU(inplace=True),
    "F.relu": F.relu,
    "F.relu in place": lambda x: F.relu(x, inplace=True),
    "F.relu_": F.relu_,
    "torch.relu": torch.relu,
    "torch.relu_": torch.relu_,
    "method": Tensor.relu,
    "method in place": Tensor.relu_,
    "clamp": lambda x: x.clamp(min=0),
    "clamp_": lambda x: x.clamp_(0),
    "clamp_min": lambda x: torch.clamp_min(x, 0),
}
X = torch.tensor([-2.0, -1.0, 1.0, 2.0])
G = torch.tensor([-3.0, 5.0, -7.0, 11.0])


def back(function: Callable[[Tensor], Tensor], rule: Rule) -> tuple[Tensor, RectifiedMode]:
    x = X.clone().requires_grad_()
    with RectifiedMode(rule) as mode:
        out = function(x * 1)
    assert out.tolist() == [0, 0, 1, 2]
    (found,) = torch.autograd.grad(out, x, G)
    return found, mode


@pytest.mark.parametrize("style", STYLES)
def test_a_deconvnet_lets_what_is_positive_flow_back_wherever_the_input_was(style: str) -> None:
    found, mode = back(STYLES[style], "deconvnet")
    assert found.tolist() == [0, 5, 0, 11]
    assert mode.relus == 1


@pytest.mark.parametrize("style", STYLES)
def test_guided_backpropagation_also_needs_a_positive_input(style: str) -> None:
    found, _ = back(STYLES[style], "guided")
    assert found.tolist() == [0, 0, 0, 11]


def test_a_relu_in_place_whose_result_is_not_taken_is_met_too() -> None:
    def careless(x: Tensor) -> Tensor:
        F.relu(x, inplace=True)
        return x

    found, mode = back(careless, "deconvnet")
    assert found.tolist() == [0, 5, 0, 11]
    assert mode.relus == 1


def test_what_also_goes_around_the_relu_is_not_rectified() -> None:
    x = X.clone().requires_grad_()
    with RectifiedMode("deconvnet") as mode:
        out = x + F.relu(x)
    (found,) = torch.autograd.grad(out, x, G)
    assert found.tolist() == [-3, 10, -7, 22]
    assert mode.joins == 1


def test_other_activation_functions_keep_their_derivative_and_are_named() -> None:
    x = X.clone().requires_grad_()
    with RectifiedMode("guided") as mode:
        out = nn.Sequential(nn.Tanh(), nn.LeakyReLU(0.5))(x)
        out = F.tanh(out) + 1.0
    plain = torch.tanh(F.leaky_relu(torch.tanh(x), 0.5)) + 1.0
    assert torch.equal(torch.autograd.grad(out, x, G)[0], torch.autograd.grad(plain, x, G)[0])
    assert (mode.relus, mode.others, mode.joins) == (0, ["tanh", "leaky_relu"], 0)


def test_what_is_met_on_maps_is_told_apart() -> None:
    with RectifiedMode("guided") as mode:
        F.relu(torch.zeros(1, 1, 2, 2))
        torch.sigmoid(torch.zeros(1, 1, 2, 2))
        F.relu(torch.zeros(1, 2))
        torch.tanh(torch.zeros(1, 2))
    assert (mode.relus, mode.relus_on_maps) == (2, 1)
    assert (mode.others, mode.others_on_maps) == (["sigmoid", "tanh"], ["sigmoid"])


def test_a_clamp_that_is_no_relu_is_left_alone() -> None:
    x = X.clone().requires_grad_()
    with RectifiedMode("deconvnet") as mode:
        out = x.clamp(0, 1.5)
    assert torch.autograd.grad(out, x, G)[0].tolist() == [0, 0, -7, 0]
    assert mode.relus == 0


def overlapping(placing: str) -> Tensor:
    """Returns what a pool of three windows of 1 x 3 sends back; the first two share their maximum."""
    x = torch.tensor([[[[0.0, 1.0, 5.0, 2.0, 3.0, 0.0, 4.0]]]], requires_grad=True)
    with RectifiedMode("deconvnet", placing):  # type: ignore[arg-type]
        out = nn.MaxPool2d((1, 3), stride=2)(x * 1)
    assert out.tolist() == [[[[5, 5, 4]]]]
    (found,) = torch.autograd.grad(out, x, torch.tensor([[[[10.0, -1.0, 7.0]]]]))
    return found.flatten()


def test_windows_that_share_their_maximum_send_a_sum_or_what_the_last_one_sends() -> None:
    assert overlapping("sum").tolist() == [0, 0, 9, 0, 0, 0, 7]
    assert overlapping("write-once").tolist() == [0, 0, -1, 0, 0, 0, 7]


def test_write_once_is_what_max_unpool_writes() -> None:
    random = torch.Generator().manual_seed(3)
    x = torch.randn(2, 3, 9, 9, generator=random).requires_grad_()
    with RectifiedMode("deconvnet", "write-once"):
        out = F.max_pool2d(x, 3, 2)
    seed = torch.randn(out.shape, generator=random)
    _, places = F.max_pool2d(x.detach(), 3, 2, return_indices=True)
    unpooled = F.max_unpool2d(seed, places, 3, 2, output_size=[9, 9])
    assert torch.equal(torch.autograd.grad(out, x, seed)[0], unpooled)
