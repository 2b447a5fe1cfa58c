"""The networks of the works in plain PyTorch, for every peer that is built on it."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

Table = dict[str, Any]


def network(net: Table, shape: list[int], classes: int) -> nn.Module:
    """Returns a new network with PyTorch's default start.

    Args:
        net: a study's [net].
        shape: of one example.
        classes: outputs of the last layer.
    """
    match net["name"]:
        case "mlp":
            return nn.Sequential(nn.Flatten(), *linear_layers([math.prod(shape), *net["widths"], classes]))
        case "lenet":
            return cnn(net, shape, classes)
        case "rnn":
            return RowReader(net["cell"], shape[-1], net["hidden"], classes)
        case "elman":
            return Elman(shape[-1], net["hidden"], classes)
        case other:
            raise ValueError(f"no network '{other}' for the peers; write it in torch_nets.network")


def linear_layers(widths: list[int]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return layers[:-1]


def cnn(net: Table, shape: list[int], classes: int) -> nn.Sequential:
    channels, height, width = shape
    layers: list[nn.Module] = []
    for wider in net["channels"]:
        layers += [nn.Conv2d(channels, wider, net["kernel"], padding="same"), nn.ReLU(), nn.MaxPool2d(2)]
        channels, height, width = wider, height // 2, width // 2
    widths = [channels * height * width, *net["hidden"], classes]
    return nn.Sequential(*layers, nn.Flatten(), *linear_layers(widths))


class RowReader(nn.Module):
    """Reads an image row by row; its last output names the class."""

    def __init__(self, cell: str, features: int, hidden: int, classes: int) -> None:
        super().__init__()
        self.cells = {"gru": nn.GRU, "lstm": nn.LSTM}[cell](features, hidden, batch_first=True)
        self.output = nn.Linear(hidden, classes)

    def forward(self, x: Tensor) -> Tensor:
        outputs, _ = self.cells(x.squeeze(1))
        return self.output(outputs[:, -1])


class Elman(nn.Module):
    """A vanilla RNN as a student writes it: one step after the other, one bias."""

    def __init__(self, features: int, hidden: int, classes: int) -> None:
        super().__init__()
        bound = hidden**-0.5
        self.w_hx = nn.Parameter(torch.empty(features, hidden).uniform_(-bound, bound))
        self.w_hh = nn.Parameter(torch.empty(hidden, hidden).uniform_(-bound, bound))
        self.b_h = nn.Parameter(torch.empty(hidden).uniform_(-bound, bound))
        self.output = nn.Linear(hidden, classes)

    def forward(self, x: Tensor) -> Tensor:
        state = x.new_zeros(len(x), len(self.b_h))
        for inputs in x.unbind(1):
            state = torch.tanh(inputs @ self.w_hx + state @ self.w_hh + self.b_h)
        return self.output(state)


FUSED: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adam": lambda parameters, lr: torch.optim.Adam(parameters, lr=lr, fused=True),
    "sgd": lambda parameters, lr: torch.optim.SGD(parameters, lr=lr, fused=True),
    "rmsprop": lambda parameters, lr: torch.optim.RMSprop(parameters, lr=lr, foreach=True),  # none is fused
}
"""The optimizers in the fastest form that PyTorch offers on a CPU."""
