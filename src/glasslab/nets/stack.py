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
from glasslab.nets.products import ALIGNMENT

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


class Stack(nn.Sequential):
    """M networks of one structure.

    All parameters of a network lie in one row of memory, each at a multiple of 64 bytes, and their gradients
    likewise. So an optimizer steps along all of them in one call, and whatever goes over rows in blocks, it
    or a matrix product, does the same arithmetic to each of them, wherever in the stack it lies.

    Attributes:
        values: all parameters (M, P); those of the layers are views of it. Gaps are 0.
        slopes: all gradients (M, P), likewise.
        slopes_of: the part of them that belongs to a parameter, by its name, (M, ...).
    """

    def __init__(self, nets: Sequence[nn.Module]) -> None:
        """Begins with the networks' weights.

        Args:
            nets: M sequences of layers that `FORMS` knows, on one device.

        Raises:
            KeyError: a layer has no stacked form.
        """
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        for name, first in nets[0].named_children():
            layers[name] = form_of(first)([net.get_submodule(name) for net in nets])
        super().__init__(layers)
        self.lay_out()

    def lay_out(self) -> None:
        """Moves all parameters into rows, and makes room for their gradients."""
        parameters = dict(self.named_parameters())
        like = next(iter(parameters.values())).detach()
        step = ALIGNMENT // like.element_size()
        widths = [-(-each[0].numel() // step) * step for each in parameters.values()]
        self.values = like.new_zeros(len(like), sum(widths))
        self.slopes = torch.zeros_like(self.values)
        self.slopes_of: dict[str, Tensor] = {}
        first = 0
        for (name, parameter), width in zip(parameters.items(), widths, strict=True):
            room = slice(first, first + parameter[0].numel())
            self.slopes_of[name] = self.slopes[:, room].view(parameter.shape)
            own = self.values[:, room].view(parameter.shape)
            own.copy_(parameter.detach())
            parameter.data = own
            first += width
        for name, layer in self.named_children():
            if isinstance(layer, stack_layers.Linear):
                layer.slopes = self.slopes_of[f"{name}.weight"], self.slopes_of[f"{name}.bias"]

    def collect(self) -> None:
        """Moves what a backward pass has left in the parameters' `grad` to where gradients belong.

        Linear maps on a CPU have written theirs there already.
        """
        for name, parameter in self.named_parameters():
            if parameter.grad is not None:
                self.slopes_of[name].copy_(parameter.grad)
                parameter.grad = None

    def weights_of(self, place: int) -> dict[str, Tensor]:
        """Returns a copy of one network's parameters and buffers, by the names that it has alone."""
        return {name: value.detach()[place].clone() for name, value in self.state_dict().items()}

    def select(self, places: Sequence[int]) -> None:
        """Leaves only the networks at these places."""
        chosen = list(places)
        for layer in self.children():
            layer.runs = len(chosen)  # type: ignore[assignment]
            for parameter in layer.parameters(recurse=False):
                parameter.grad = None
                parameter.data = parameter.data[chosen]
            for name, buffer in layer.named_buffers(recurse=False):
                setattr(layer, name, buffer[chosen])
        self.lay_out()

    def draw_dropout_from(self, generators: Sequence[torch.Generator]) -> None:
        """Has the dropout of each network draw from a generator of its own."""
        for layer in self.children():
            if isinstance(layer, stack_layers.Dropout):
                layer.generators = list(generators)


def form_of(layer: nn.Module) -> Form:
    """Returns the stacked form of a layer."""
    for kind in type(layer).__mro__:
        if kind in FORMS:
            return FORMS[kind]
    raise KeyError(f"{type(layer).__name__} has no stacked form")
