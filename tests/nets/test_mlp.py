import pytest
import torch
from torch import nn

from glasslab.nets.mlp import build
from glasslab.plan.net import Mlp


def parameters(widths: tuple[int, ...], shape: tuple[int, ...], outputs: int) -> int:
    return sum(p.numel() for p in build(Mlp(widths=widths), shape, outputs).parameters())


def test_layers_have_readable_names_in_order():
    net = build(Mlp(widths=(8, 4), activation="leaky-relu", dropout=0.5), (1, 28, 28), 10)
    assert list(dict(net.named_children())) == [
        "flatten",
        *("hidden1", "leaky_relu1", "dropout1", "hidden2", "leaky_relu2", "dropout2"),
        "output",
    ]


def test_without_dropout_there_is_no_dropout_layer():
    assert not any(isinstance(layer, nn.Dropout) for layer in build(Mlp(), (784,), 10))


def test_flat_input_is_not_flattened():
    net = build(Mlp(widths=()), (2,), 3)
    assert list(dict(net.named_children())) == ["output"]
    assert isinstance(net.output, nn.Linear)


@pytest.mark.parametrize(
    "widths, shape, outputs, count",
    [
        ((128, 64), (1, 28, 28), 10, 109_386),
        ((1024, 512, 256), (3, 32, 32), 10, 3_805_450),
        ((20,), (2,), 2, 102),
        ((4,), (2,), 1, 17),
        ((256,) * 6, (1, 28, 28), 10, 785 * 256 + 5 * 257 * 256 + 2_570),
    ],
)
def test_the_reported_networks_have_their_parameters(widths, shape, outputs, count):
    assert parameters(widths, shape, outputs) == count


def test_it_computes_what_it_says():
    net = build(Mlp(widths=(2,)), (2,), 1)
    with torch.no_grad():
        net.hidden1.weight.copy_(torch.tensor([[1.0, 1.0], [1.0, 1.0]]))
        net.hidden1.bias.copy_(torch.tensor([0.0, -1.0]))
        net.output.weight.copy_(torch.tensor([[1.0, -2.0]]))
        net.output.bias.fill_(0.0)
    corners = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    assert net(corners).flatten().tolist() == [0.0, 1.0, 1.0, 0.0]  # XOR, by hand
