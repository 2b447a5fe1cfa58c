"""Stacks: M networks of one structure, computed together, layer by layer.

A stack is a sequence of layers like the networks' own, under the same names; its parameters are theirs with
one axis more, (M, ...), and it takes (M, B, ...) to (M, B, outputs). Network m of the stack computes what it
would alone.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from glasslab.nets import elman, rnn, stack_layers, stack_recurrent
from glasslab.nets.activations import ACTIVATIONS

Form = Callable[[Sequence[nn.Module]], stack_layers.Stacked]

FORMS: dict[type[nn.Module], Form] = {
    nn.Flatten: stack_layers.Flatten,
    nn.Linear: stack_layers.Linear,
    nn.Conv2d: stack_layers.Conv2d,
    nn.BatchNorm2d: stack_layers.BatchNorm2d,
    nn.MaxPool2d: stack_layers.Images,
    nn.AvgPool2d: stack_layers.Images,
    nn.Softmax: stack_layers.Softmax,
    nn.Dropout: stack_layers.Dropout,
    rnn.Rows: stack_recurrent.Rows,
    nn.RNNBase: stack_recurrent.Recurrent,
    rnn.Outputs: stack_recurrent.Outputs,
    rnn.LastStep: stack_recurrent.LastStep,
    rnn.FinalStates: stack_recurrent.FinalStates,
    elman.Recurrence: stack_recurrent.Elman,
    **dict.fromkeys((type(make()) for make in ACTIVATIONS.values()), stack_layers.Elementwise),
}


def stack(nets: Sequence[nn.Module]) -> nn.Sequential:
    """Returns a stack of networks of the same structure, which begins with their weights.

    Args:
        nets: M sequences of layers that `FORMS` knows, on one device.

    Raises:
        KeyError: a layer has no stacked form.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for name, first in nets[0].named_children():
        layers[name] = form_of(first)([net.get_submodule(name) for net in nets])
    return nn.Sequential(layers)


def form_of(layer: nn.Module) -> Form:
    """Returns the stacked form of a layer."""
    for kind in type(layer).__mro__:
        if kind in FORMS:
            return FORMS[kind]
    raise KeyError(f"{type(layer).__name__} has no stacked form")


def weights_of(stacked: nn.Module, place: int) -> dict[str, Tensor]:
    """Returns a copy of one network's parameters and buffers, by the names that it has alone."""
    return {name: value.detach()[place].clone() for name, value in stacked.state_dict().items()}


def select(stacked: nn.Sequential, places: Sequence[int]) -> None:
    """Leaves only the networks at these places in a stack."""
    rows = list(places)
    for layer in stacked.children():
        layer.runs = len(rows)  # type: ignore[assignment]
        for name, value in layer.named_parameters(recurse=False):
            chosen = stack_layers.in_rows([value.detach()[row] for row in rows])
            setattr(layer, name, nn.Parameter(chosen, value.requires_grad))
        for name, buffer in layer.named_buffers(recurse=False):
            setattr(layer, name, buffer[rows])


def seed_dropout(stacked: nn.Sequential, generators: Sequence[torch.Generator]) -> None:
    """Has the dropout of each network draw from a generator of its own."""
    for layer in stacked:
        if isinstance(layer, stack_layers.Dropout):
            layer.generators = list(generators)
