"""What a network is made of: layers, parameters, and the arithmetic of one forward pass."""

import math
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec
import torch
from torch import nn

from glasslab.nets.activations import ACTIVATIONS
from glasslab.nets.elman import Recurrence
from glasslab.nets.rnn import GRU, RNN, FinalStates, LastStep, Outputs, Rows
from glasslab.nets.trial import trial

NAMES = {type(make()): name for name, make in ACTIVATIONS.items()}
POINTWISE = tuple(kind for kind in NAMES if kind is not nn.Identity)
FREE = (nn.Flatten, nn.Identity, nn.Dropout, Rows, Outputs, LastStep, FinalStates)
CELLS = {nn.RNN: 2, RNN: 2, nn.GRU: 11, GRU: 11, nn.LSTM: 13, Recurrence: 1}
"""Recurrent layers, with what they do for each unit and step beside their maps: sums, activations, gates."""
FORMULAS = (
    nn.Linear,
    nn.Conv2d,
    nn.MaxPool2d,
    nn.AvgPool2d,
    nn.BatchNorm1d,
    nn.BatchNorm2d,
    *POINTWISE,
    *FREE,
    *CELLS,
)
OPAQUE = (nn.RNNBase, nn.RNNCellBase)  # a user's own: their kernels are opaque to the counter of products


class Layer(msgspec.Struct, frozen=True):
    """One module without submodules, as the forward pass met it.

    Attributes:
        name: its name in the network ("conv1_1").
        kind: its class ("Conv2d").
        output_shape: of one example, without the batch axis.
        parameters: numbers in its own parameters.
        flops: multiplications, additions and comparisons for one example, forward (a multiply-add is 2; an
            activation counts 1 an element); None for a user's recurrent cells, where they cannot be counted.
        text: the layer as a formula would write it ("conv 5x5,32"), empty for a mere change of shape.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    flops: int | None
    text: str


class Summary(msgspec.Struct, frozen=True):
    """What a network is made of.

    Attributes:
        input_shape: one example's shape.
        layers: in the order of the forward pass, each once.
        parameters: numbers in all parameters, shared ones counted once.
        trainable: those that are trained.
        flops: of the forward pass for one example; None when those of a layer are unknown. In layers
            without a formula here, and between layers, only matrix products and convolutions count.
    """

    input_shape: tuple[int, ...]
    layers: tuple[Layer, ...]
    parameters: int
    trainable: int
    flops: int | None

    def line(self) -> str:
        """Returns the network as one line: "784 - 128 relu - 64 relu - 10"."""
        flat = bool(self.layers) and self.layers[0].kind in ("Flatten", "Linear")
        line = str(math.prod(self.input_shape)) if flat else "x".join(map(str, self.input_shape))
        beside = {kind.__name__ for kind in (*POINTWISE, nn.Dropout, nn.BatchNorm1d, nn.BatchNorm2d)}
        for layer in self.layers:
            if layer.text:
                line += (" " if layer.kind in beside else " - ") + layer.text
        return line


def summarize(module: nn.Module, input_shape: tuple[int, ...]) -> Summary:
    """Returns a network's layers, parameters and arithmetic, from one pass of a zero example.

    The module is left as it was, in training or evaluation mode. A user's module may call functions
    instead of layers: its parameters are exact all the same, and its matrix products and convolutions are
    counted by torch.utils.flop_counter.

    Args:
        module: takes (B, *input_shape).
        input_shape: one example's shape.
    """
    meter = Meter(None if is_stock(module) else product_counter())
    handles = []
    for name, each in module.named_modules():
        if is_leaf(each):
            handles.append(each.register_forward_pre_hook(meter.enter))
            handles.append(each.register_forward_hook(partial(meter.leave, name)))
    try:
        with meter.counter or nullcontext():
            trial(module, input_shape)
    finally:
        for handle in handles:
            handle.remove()
    between = meter.products() - meter.products_in_layers
    flops = [layer.flops for layer in meter.layers.values()]
    sizes = [(p.numel(), p.requires_grad) for p in module.parameters()]
    return Summary(
        input_shape=input_shape,
        layers=tuple(meter.layers.values()),
        parameters=sum(size for size, _ in sizes),
        trainable=sum(size for size, trained in sizes if trained),
        flops=None if None in flops else between + sum(f for f in flops if f is not None),
    )


@dataclass(slots=True)
class Meter:
    """Follows a forward pass from layer to layer.

    Attributes:
        counter: counts matrix products and convolutions; None where every layer has a formula.
        layers: what was met so far, by name.
        products_at_entry: the counter when the current layer began.
        products_in_layers: what it counted inside of layers.
    """

    counter: Any
    layers: dict[str, Layer] = field(default_factory=dict)
    products_at_entry: int = 0
    products_in_layers: int = 0

    def products(self) -> int:
        """Returns the arithmetic of all products so far, 0 without a counter."""
        return int(self.counter.get_total_flops()) if self.counter else 0

    def enter(self, module: nn.Module, inputs: Any) -> None:
        """Notes where a layer begins."""
        self.products_at_entry = self.products()

    def leave(self, name: str, module: nn.Module, inputs: Any, output: Any) -> None:
        """Notes one call of a layer; a second call adds its arithmetic to the first."""
        products = self.products() - self.products_at_entry
        self.products_in_layers += products
        first = output[0] if isinstance(output, tuple) else output
        shape = tuple(first.shape[1:]) if isinstance(first, torch.Tensor) else ()
        if type(module) in CELLS and inputs[0].ndim == 3:
            flops: int | None = math.prod(inputs[0].shape[:2]) * step_flops(module)
        else:
            flops = None if isinstance(module, OPAQUE) else layer_flops(module, shape, products)
        earlier = self.layers[name].flops if name in self.layers else 0
        self.layers[name] = Layer(
            name=name or type(module).__name__,
            kind=type(module).__name__,
            output_shape=shape,
            parameters=sum(p.numel() for p in module.parameters(recurse=False)),
            flops=None if flops is None or earlier is None else earlier + flops,
            text=layer_text(module),
        )


def layer_flops(module: nn.Module, shape: tuple[int, ...], products: int) -> int:
    """Returns a layer's arithmetic for one example.

    Args:
        module: the layer.
        shape: its output for one example.
        products: the answer for a kind without a formula here.
    """
    elements = math.prod(shape)
    match module:
        case nn.Linear():
            return elements * (2 * module.in_features + (module.bias is not None))
        case nn.Conv2d():
            return elements * (2 * module.weight[0].numel() + (module.bias is not None))
        case nn.MaxPool2d() | nn.AvgPool2d():
            side = module.kernel_size  # a comparison or an addition for every pixel under the window
            return elements * (side**2 if isinstance(side, int) else math.prod(side))
        case nn.BatchNorm1d() | nn.BatchNorm2d():
            return elements * 2  # once trained: scale and shift
    if isinstance(module, POINTWISE):
        return elements
    return 0 if isinstance(module, FREE) else products


def step_flops(module: nn.Module) -> int:
    """Returns the arithmetic of one step of a recurrent layer for one example, all its cells together."""
    maps = sum(2 * p.numel() if p.ndim == 2 else p.numel() for p in module.parameters())
    states = [p.shape[1] for name, p in module.named_parameters() if name.startswith("weight_hh")]
    return maps + CELLS[type(module)] * sum(states)


def layer_text(module: nn.Module) -> str:
    """Returns a layer as a formula would write it, empty for a mere change of shape."""
    match module:
        case nn.Linear():
            return str(module.out_features)
        case nn.Conv2d():
            return f"conv {'x'.join(map(str, module.kernel_size))},{module.out_channels}"
        case nn.MaxPool2d():
            return f"max-pool {module.kernel_size}"
        case nn.AvgPool2d():
            return f"average-pool {module.kernel_size}"
        case nn.Dropout():
            return f"dropout {module.p:g}"
        case nn.BatchNorm1d() | nn.BatchNorm2d():
            return "batch norm"
        case nn.RNNBase():
            layers = f" x{module.num_layers}" if module.num_layers > 1 else ""
            both = " both ways" if module.bidirectional else ""
            return f"{type(module).__name__.lower()} {module.hidden_size}{layers}{both}"
        case Recurrence():
            return f"recurrence {module.hidden_size}"
        case Rows():
            return "row by row"
        case nn.Flatten() | nn.Identity() | Outputs() | LastStep() | FinalStates():
            return ""
    return NAMES.get(type(module), type(module).__name__.lower())


def is_leaf(module: nn.Module) -> bool:
    """Returns whether a module has no submodules."""
    return next(module.children(), None) is None


def is_stock(module: nn.Module) -> bool:
    """Returns whether all arithmetic is in layers with a formula: Sequentials of them, and nothing else."""
    return all(isinstance(each, FORMULAS if is_leaf(each) else nn.Sequential) for each in module.modules())


def product_counter() -> Any:
    """Returns PyTorch's counter of matrix products and convolutions."""
    # Its first use loads tables for a second, and networks of stock layers do without it.
    from torch.utils.flop_counter import FlopCounterMode  # noqa: PLC0415

    return FlopCounterMode(display=False)
