"""Recurrent layers unrolled step by step, so that every step's state is a place in autograd's graph."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from glasslab.errors import StudyError
from glasslab.nets.elman import Recurrence
from glasslab.probes.layers import first_of, hooked

RECURRENT = (nn.RNN, nn.GRU, nn.LSTM, Recurrence)
CLOSE = {torch.float32: 1e-3, torch.float64: 1e-6}
"""How near the unrolled outputs come to the layer's own, relative to the largest; other types 0.05."""

State = tuple[Tensor, ...]  # (h,), and (h, c) of an LSTM
Map = tuple[Tensor, Tensor | None]  # weight and bias
Step = Callable[[Tensor, State], State]


@dataclass(frozen=True, slots=True)
class Unrolled:
    """One recurrent layer in one direction, after it has read a batch.

    Attributes:
        name: in words: "gru", "gru, layer 2, backwards".
        hidden: the state h after each step (B, H), in the order of time.
        cell: an LSTM's state c after each step (B, H); empty for other layers.
    """

    name: str
    hidden: list[Tensor]
    cell: list[Tensor]


@contextmanager
def unrolling(net: nn.Module, dtype: torch.dtype) -> Iterator[list[Unrolled]]:
    """Has each recurrent layer, inside a with statement, give what it gives by single steps.

    The list that the statement gives is filled by a forward pass. Gradients with respect to the states in it
    hold every path to the output: through later steps, and through layers above.

    Args:
        net: in evaluation mode.
        dtype: that the steps are worked out in.

    Raises:
        StudyError: inside, when a layer's steps do not give what the layer itself gives.
    """
    found: list[Unrolled] = []

    def note(name: str, module: nn.Module, given: Any, out: Any) -> Any:
        layers, instead = unroll(name, module, given, out, dtype)
        found.extend(layers)
        return instead

    # a GPU's own recurrent layers refuse a backward pass in evaluation mode; theirs is not needed here
    with torch.backends.cudnn.flags(enabled=False), hooked(net, recurrent_layers(net), note):
        yield found


def recurrent_layers(net: nn.Module) -> list[str]:
    """Returns the names of a network's recurrent layers."""
    return [name for name, module in net.named_modules() if isinstance(module, RECURRENT)]


def unroll(
    name: str, module: nn.Module, given: Sequence[Any], out: Any, dtype: torch.dtype
) -> tuple[list[Unrolled], Any]:
    """Returns a recurrent layer's states step by step, and what it gives made of them.

    Raises:
        StudyError: when that is not what the layer itself gave.
    """
    if isinstance(module, Recurrence):
        layers = stack(name, module, given[0].transpose(0, 1).to(dtype), (), dtype)
        instead: Any = layers[0].hidden[-1].to(out.dtype)
        read = instead
    else:
        sequences = given[0].transpose(0, 1) if module.batch_first else given[0]
        layers = stack(name, module, sequences.to(dtype), given[1:], dtype)
        read, ends = gathered(layers, 2 if module.bidirectional else 1)
        read = (read.transpose(0, 1) if module.batch_first else read).to(first_of(out).dtype)
        instead = (
            read,
            tuple(end.to(read.dtype) for end in ends) if len(ends) > 1 else ends[0].to(read.dtype),
        )
    own = first_of(out)
    tolerance = CLOSE.get(own.dtype, 0.05) * max(1.0, float(own.detach().abs().max()))
    if not torch.allclose(read, own, rtol=0, atol=tolerance):
        raise StudyError(
            [
                f"probes: 'memory' cannot follow the recurrent layer '{name}' step by step: its steps do not "
                f"give what it gives; hand it the sequence and, if it has any, its first state by position"
            ]
        )
    return layers, instead


def stack(
    name: str, module: Any, sequences: Tensor, start: Sequence[Any], dtype: torch.dtype
) -> list[Unrolled]:
    """Returns the states of all layers and directions of a recurrent module, as PyTorch orders them.

    Args:
        name: of the module.
        module: with weights named as PyTorch names them.
        sequences: (T, B, F).
        start: the first states that it was handed, or nothing: zeros.
        dtype: of the sequences, and of the steps.
    """
    layers = getattr(module, "num_layers", 1)
    suffixes = ("", "_reverse") if getattr(module, "bidirectional", False) else ("",)
    found: list[Unrolled] = []
    for layer in range(layers):
        for suffix in suffixes:
            begin = first_state(module, start, len(found), sequences)
            states = run(step_of(module, f"l{layer}{suffix}", dtype), sequences, begin, bool(suffix))
            words = (
                [name] + ([f"layer {layer + 1}"] if layers > 1 else []) + (["backwards"] if suffix else [])
            )
            hidden = [state[0] for state in states]
            found.append(Unrolled(", ".join(words), hidden, [state[1] for state in states if len(state) > 1]))
        sequences = torch.cat([torch.stack(each.hidden) for each in found[-len(suffixes) :]], -1)
    return found


def first_state(module: Any, start: Sequence[Any], place: int, sequences: Tensor) -> State:
    """Returns the state before the first step, which needs a gradient so that all after it have one."""
    count = 2 if isinstance(module, nn.LSTM) else 1
    if start and start[0] is not None:
        handed = start[0] if isinstance(start[0], tuple) else (start[0],)
        begin = [each[place].to(sequences.dtype).detach().clone() for each in handed]
    else:
        begin = [sequences.new_zeros(sequences.shape[1], module.hidden_size) for _ in range(count)]
    return tuple(each.requires_grad_() for each in begin)


def run(step: Step, sequences: Tensor, state: State, reverse: bool) -> list[State]:
    """Returns the states after each step, in the order of time."""
    states = []
    for given in reversed(sequences.unbind(0)) if reverse else sequences.unbind(0):
        state = step(given, state)
        states.append(state)
    return states[::-1] if reverse else states


def step_of(module: Any, suffix: str, dtype: torch.dtype) -> Step:
    """Returns one step of a layer in one direction, from what is read (B, F) and the state to the state."""

    def weights(part: str) -> Map:
        bias = getattr(module, f"bias_{part}_{suffix}", None)
        weight: Tensor = getattr(module, f"weight_{part}_{suffix}").detach().to(dtype)
        return weight, None if bias is None else bias.detach().to(dtype)

    of_x, of_h = weights("ih"), weights("hh")
    if isinstance(module, nn.LSTM):
        return partial(lstm_step, of_x, of_h)
    if isinstance(module, nn.GRU):
        return partial(gru_step, of_x, of_h)
    activation = module.activation if isinstance(module, Recurrence) else getattr(torch, module.nonlinearity)
    return partial(vanilla_step, activation, of_x, of_h)


def vanilla_step(
    activation: Callable[[Tensor], Tensor], of_x: Map, of_h: Map, x: Tensor, state: State
) -> State:
    """Returns h' = f(W_ih x + b_ih + W_hh h + b_hh)."""
    return (activation(F.linear(x, *of_x) + F.linear(state[0], *of_h)),)


def gru_step(of_x: Map, of_h: Map, x: Tensor, state: State) -> State:
    """Returns h' = (1 - z) n + z h, as PyTorch's GRU has it."""
    h = state[0]
    reset_x, update_x, new_x = F.linear(x, *of_x).chunk(3, 1)
    reset_h, update_h, new_h = F.linear(h, *of_h).chunk(3, 1)
    update = torch.sigmoid(update_x + update_h)
    new = torch.tanh(new_x + torch.sigmoid(reset_x + reset_h) * new_h)
    return ((1 - update) * new + update * h,)


def lstm_step(of_x: Map, of_h: Map, x: Tensor, state: State) -> State:
    """Returns c' = f c + i g and h' = o tanh(c'), h' first."""
    h, c = state
    take, hold, new, out = (F.linear(x, *of_x) + F.linear(h, *of_h)).chunk(4, 1)
    c = torch.sigmoid(hold) * c + torch.sigmoid(take) * torch.tanh(new)
    return torch.sigmoid(out) * torch.tanh(c), c


def gathered(layers: Sequence[Unrolled], directions: int) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Returns the outputs (T, B, D * H) and the final states, each (layers * D, B, H)."""
    outputs = torch.cat([torch.stack(each.hidden) for each in layers[-directions:]], -1)
    last = [0 if directions == 2 and place % 2 else -1 for place in range(len(layers))]
    ends = [torch.stack([each.hidden[at] for each, at in zip(layers, last, strict=True)])]
    if layers[0].cell:
        ends.append(torch.stack([each.cell[at] for each, at in zip(layers, last, strict=True)]))
    return outputs, tuple(ends)
