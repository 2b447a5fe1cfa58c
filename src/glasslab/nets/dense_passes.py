"""The passes through a stack of dense layers written out, forward and backward, without autograd.

Between layers numbers lie units first, (M, units, B). So a softmax over a few classes, the sum that a bias's
gradient is, and products with thin matrices all run along the batch, where a processor's vectors are full.
What a step needs is made once for each size of batch and written over at every step.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from glasslab.nets import stack_layers
from glasslab.nets.products import aligned_empty, product_into
from glasslab.nets.stack import Stack

THIN = 32
"""Inputs of fewer numbers are themselves turned units first: products with them are six times as fast."""

aten = torch.ops.aten


class Pass(Protocol):
    """One layer of the passes."""

    def onward(self, h: Tensor) -> Tensor:
        """Returns what the layer makes of (M, units, B), and keeps what the way back needs."""

    def back(self, slope: Tensor, wanted: bool) -> Tensor:
        """Returns the gradient of the layer's input from that of its output; writes its parameters'.

        Args:
            slope: (M, units, B); may be written over.
            wanted: whether anybody needs what is returned; if not, it may be anything.
        """


@dataclass(slots=True)
class Rooms:
    """Memory for (M, units, B), made at the first use and used again at every step."""

    of_shape: dict[torch.Size, Tensor] = field(default_factory=dict)

    def like(self, shape: torch.Size, other: Tensor) -> Tensor:
        """Returns room of a shape, with another tensor's type; what stands there is anything."""
        if shape not in self.of_shape:
            self.of_shape[shape] = aligned_empty(tuple(shape), other)
        return self.of_shape[shape]


class Linear:
    """W h + b, and back: g h^T for W, the sum of g over the batch for b, W^T g for h."""

    def __init__(self, layer: stack_layers.Linear) -> None:
        """Takes the layer."""
        self.layer, self.outputs, self.inputs = layer, Rooms(), Rooms()

    def onward(self, h: Tensor) -> Tensor:
        """Returns the layer's outputs."""
        self.h = h
        weight, bias = self.layer.weight, self.layer.bias
        out = self.outputs.like(torch.Size((len(h), weight.shape[1], h.shape[2])), h)
        return product_into(out, weight, h, bias.unsqueeze(2))

    def back(self, slope: Tensor, wanted: bool) -> Tensor:
        """Returns the gradient of the inputs, where it is wanted; writes those of weight and bias."""
        for_weight, for_bias = self.layer.slopes
        product_into(for_weight, slope, self.h.transpose(1, 2))
        torch.sum(slope, 2, out=for_bias)
        if not wanted:
            return slope
        return product_into(self.inputs.like(self.h.shape, slope), self.layer.weight.transpose(1, 2), slope)


@dataclass(slots=True)
class Pointwise:
    """An activation in place, whose slope its own output tells.

    Attributes:
        on: writes the activation over its argument.
        slope: (gradient of the output, output) -> the gradient of the input, written over the former.
        out: the output of the step.
    """

    on: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor, Tensor], Tensor]
    out: Tensor = field(default_factory=lambda: torch.empty(0))

    def onward(self, h: Tensor) -> Tensor:
        """Returns the layer's outputs."""
        self.out = self.on(h)
        return self.out

    def back(self, slope: Tensor, wanted: bool) -> Tensor:
        """Returns the gradient of the inputs."""
        return self.slope(slope, self.out)


class Dropout:
    """Numbers dropped by the masks of `stack_layers.Dropout`, which are drawn example by example."""

    def __init__(self, layer: stack_layers.Dropout) -> None:
        """Takes the layer."""
        self.layer, self.masks, self.outputs = layer, Rooms(), Rooms()

    def onward(self, h: Tensor) -> Tensor:
        """Returns the numbers that are left, scaled up by 1 / (1 - p)."""
        turned = torch.Size((h.shape[0], h.shape[2], h.shape[1]))
        self.mask = self.layer.draw(self.masks.like(turned, h)).transpose(1, 2)
        return torch.mul(h, self.mask, out=self.outputs.like(h.shape, h))

    def back(self, slope: Tensor, wanted: bool) -> Tensor:
        """Returns the gradient of the inputs."""
        return slope.mul_(self.mask)


class Softmax:
    """The softmax over the units."""

    def __init__(self, layer: stack_layers.Softmax) -> None:
        """Takes the layer, which holds nothing."""

    def onward(self, h: Tensor) -> Tensor:
        """Returns probabilities."""
        self.out = h.softmax(1)
        return self.out

    def back(self, slope: Tensor, wanted: bool) -> Tensor:
        """Returns the gradient of the inputs."""
        found: Tensor = aten._softmax_backward_data(slope, self.out, 1, slope.dtype)
        return found


POINTWISE: dict[type[nn.Module], tuple[Callable[[Tensor], Tensor], Callable[[Tensor, Tensor], Tensor]]] = {
    nn.Identity: (lambda h: h, lambda g, out: g),
    nn.ReLU: (
        lambda h: h.relu_(),
        lambda g, out: aten.threshold_backward.grad_input(g, out, 0, grad_input=g),
    ),
    nn.Tanh: (lambda h: h.tanh_(), lambda g, out: aten.tanh_backward.grad_input(g, out, grad_input=g)),
    nn.Sigmoid: (
        lambda h: h.sigmoid_(),
        lambda g, out: aten.sigmoid_backward.grad_input(g, out, grad_input=g),
    ),
}
"""Activations whose slope follows from their output, with PyTorch's own kernels for it."""


def pass_of(layer: nn.Module) -> Pass | None:
    """Returns the written-out form of a stacked layer, None where there is none."""
    if isinstance(layer, stack_layers.Linear):
        return Linear(layer)
    if isinstance(layer, stack_layers.Dropout):
        return Dropout(layer)
    if isinstance(layer, stack_layers.Softmax):
        return Softmax(layer)
    if isinstance(layer, stack_layers.Elementwise):
        kind: Any = type(layer.layer)
        return Pointwise(*POINTWISE[kind]) if kind in POINTWISE else None
    return None


class DensePasses:
    """The passes through all layers of a stack; see the top of this file."""

    def __init__(self, passes: Sequence[Pass]) -> None:
        """Takes the layers' passes, from the input to the output."""
        self.passes = list(passes)
        self.inputs = Rooms()

    @classmethod
    def through(cls, stack: Stack) -> "DensePasses | None":
        """Returns the passes through a stack in training, None where a layer has no written-out form.

        They are for the parameters that the stack has now: after `Stack.select` others are needed.
        """
        layers = [layer for layer in stack if not isinstance(layer, stack_layers.Flatten)]
        found = [each for layer in layers if (each := pass_of(layer)) is not None]
        dense = stack.values.device.type == "cpu" and isinstance(layers[0], stack_layers.Linear)
        return cls(found) if dense and len(found) == len(layers) else None

    def forward(self, x: Tensor) -> Tensor:
        """Returns the outputs (M, K, B) for inputs (M, B, ...); they last until the next step."""
        h = x.flatten(2).transpose(1, 2)
        if h.shape[1] < THIN:
            h = self.inputs.like(h.shape, h).copy_(h)
        for each in self.passes:
            h = each.onward(h)
        return h

    def backward(self, slope: Tensor) -> None:
        """Writes all parameters' gradients from those of the outputs (M, K, B), which are written over."""
        for place, each in reversed(list(enumerate(self.passes))):
            slope = each.back(slope, wanted=place > 0)
