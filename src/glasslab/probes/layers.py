"""The layers of a network by name, and what they give: watched from outside, the network left as it was."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from glasslab.errors import StudyError, nearest
from glasslab.nets.activations import ACTIVATIONS
from glasslab.nets.trial import trial

POINTWISE = tuple(type(make()) for make in ACTIVATIONS.values())


@dataclass(frozen=True, slots=True)
class Layer:
    """One module without submodules, as a forward pass meets it.

    Attributes:
        name: in the network ("conv1_1").
        module: itself.
        shape: of what it gives for one example, (C, H, W) for maps and (F,) for units.
    """

    name: str
    module: nn.Module
    shape: tuple[int, ...]

    @property
    def has_maps(self) -> bool:
        """Whether it gives maps (C, H, W)."""
        return len(self.shape) == 3

    @property
    def is_pointwise(self) -> bool:
        """Whether it is an activation function."""
        return isinstance(self.module, POINTWISE)


def layers_of(net: nn.Module, input_shape: tuple[int, ...]) -> list[Layer]:
    """Returns a network's layers in the order of the forward pass, each once.

    A recurrent layer counts with what it gives for every step, (T, H).
    """
    found: dict[str, Layer] = {}

    def note(name: str, module: nn.Module, given: tuple[Any, ...], out: Any) -> None:
        found.setdefault(name, Layer(name, module, tuple(first_of(out).shape[1:])))

    with hooked(net, [name for name, each in net.named_modules() if not list(each.children())], note):
        trial(net, input_shape)
    return list(found.values())


def first_of(out: Any) -> Tensor:
    """Returns the tensor that a layer gives, the outputs of one that gives states too."""
    tensor: Tensor = out if isinstance(out, Tensor) else first_of(out[0])
    return tensor


@contextmanager
def hooked(net: nn.Module, names: Sequence[str], note: Any) -> Iterator[None]:
    """Has `note(name, module, inputs, output)` called, inside a with statement, after each of these layers.

    What `note` returns, unless it is None, takes the output's place.
    """
    handles = [net.get_submodule(name).register_forward_hook(partial(note, name)) for name in names]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def outputs_of_layers(net: nn.Module, x: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
    """Returns what layers give for a batch, with the gradients' graph if there is one.

    Each is a copy, so that an activation in place does not change what the layer before it gave. A layer that
    is used several times counts with its last use.

    Args:
        net: in the mode it is to be used in.
        x: (B, ...).
        names: of layers.
    """
    found: dict[str, Tensor] = {}

    def note(name: str, module: nn.Module, given: tuple[Any, ...], out: Any) -> None:
        found[name] = first_of(out).clone()

    with hooked(net, names, note):
        net(x)
    return found


@contextmanager
def left_as_it_was(net: nn.Module) -> Iterator[None]:
    """Has a network, inside a with statement, in evaluation mode; then it is as it was.

    Parameters need no gradient inside, which saves working them out.
    """
    modes = [(each, each.training) for each in net.modules()]
    wanted = [(each, each.requires_grad) for each in net.parameters()]
    buffers = [(each, each.detach().clone()) for each in net.buffers()]
    net.eval()
    for parameter, _ in wanted:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training
        for parameter, needs in wanted:
            parameter.requires_grad_(needs)
        with torch.no_grad():
            for buffer, before in buffers:
                buffer.copy_(before)


def chosen_layers(layers: Sequence[Layer], names: Sequence[str], probe: str, what: str) -> list[Layer]:
    """Returns the layers of these names, all for no names.

    Args:
        layers: those that would fit.
        names: asked for.
        probe: that asks.
        what: the layers that fit, in words, such as "layers with maps".

    Raises:
        StudyError: when there is no such layer, or none at all; lists those that would fit.
    """
    fitting = {each.name: each for each in layers}
    if not fitting:
        raise StudyError([f"probes: '{probe}' needs {what}, this network has none"])
    wrong = [name for name in names if name not in fitting]
    if wrong:
        hint = nearest(wrong[0], fitting)
        hint = "" if "known" in hint else hint  # all are listed here
        raise StudyError(
            [f"probes: '{probe}': no layer '{wrong[0]}' that fits{hint}; {what}: {', '.join(fitting)}"]
        )
    return [fitting[name] for name in names] if names else list(layers)
