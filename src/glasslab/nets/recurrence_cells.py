"""The steps of the recurrent cells forward, and backward through time (Werbos, 1990).

A cell works on one model, with tensors (T, B, .), or on a stack, with (M, T, B, .); lists hold the steps in
the order of reading. Going forward, a cell turns what its gates read into what they gave, and going backward
that into the gradient of what they read, in the same memory: the steps of one layer need no other, and
memory that was just used is still in the processor's cache.
"""

from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch
from torch import Tensor

from glasslab.nets.recurrence_steps import StateMap, tanh

SIGMOID_BACKWARD = torch.ops.aten.sigmoid_backward.grad_input
TANH_BACKWARD = torch.ops.aten.tanh_backward.grad_input
RELU_BACKWARD = torch.ops.aten.threshold_backward.grad_input


@dataclass(frozen=True, slots=True)
class Maps:
    """The hidden-to-hidden map of one model or of a stack, and the order of reading.

    Attributes:
        weight: (..., G * H, H), the gates below each other.
        bias: (..., G * H), or None.
        reverse: whether the steps are read from the last to the first.
    """

    weight: Tensor
    bias: Tensor | None
    reverse: bool

    def steps(self, of_all: Tensor) -> list[Tensor]:
        """Returns the steps of (..., T, B, width) in the order of reading."""
        steps = list(of_all.unbind(-3))
        return steps[::-1] if self.reverse else steps

    def before(self, of_all: Tensor) -> Tensor:
        """Returns the steps that have another one after them."""
        return of_all[..., 1:, :, :] if self.reverse else of_all[..., :-1, :, :]

    def after(self, of_all: Tensor) -> Tensor:
        """Returns the steps that have another one before them."""
        return of_all[..., :-1, :, :] if self.reverse else of_all[..., 1:, :, :]

    def gates(self, of_all: Tensor) -> list[list[Tensor]]:
        """Returns the steps of each gate of (..., T, B, G * H)."""
        hidden = self.weight.shape[-1]
        return [self.steps(of_all[..., i : i + hidden]) for i in range(0, of_all.shape[-1], hidden)]


@dataclass(frozen=True, slots=True)
class Incoming:
    """The gradient that reaches the states of a recurrent layer from above.

    Attributes:
        steps: of each step's state, in the order of reading; None for none.
        last: of the last state beside it; None for none.
    """

    steps: list[Tensor] | None
    last: Tensor | None

    def at_end(self, like: Tensor) -> Tensor:
        """Returns the gradient of the last state, in new memory."""
        if self.steps is None:
            return torch.zeros_like(like) if self.last is None else self.last.clone()
        return self.steps[-1].clone() if self.last is None else self.steps[-1] + self.last

    def start(self, step: int, out: Tensor) -> Tensor:
        """Puts what comes from above to a step's state into `out`, and returns it."""
        return out.zero_() if self.steps is None else out.copy_(self.steps[step])


class Cell(Protocol):
    """A kind of recurrent cell, with G gates.

    Attributes:
        inner: whether the hidden map's bias stays inside of the recurrence (else it joins the input's).
    """

    inner: ClassVar[bool]

    def forward(self, read: Tensor, states: Tensor, maps: Maps, keep: bool) -> tuple[Tensor, ...]:
        """Fills the states and returns what the backward pass needs beside them.

        Args:
            read: (..., T, B, G * H), what the gates get from the inputs; becomes what they gave.
            states: (..., T, B, H), uninitialised.
            maps: from a state to the next step's gates.
            keep: whether a backward pass will come.
        """
        ...

    def backward(
        self, kept: tuple[Tensor, ...], states: Tensor, maps: Maps, incoming: Incoming
    ) -> tuple[Tensor, Tensor | None]:
        """Returns the gradients of what the gates get from the hidden map, in the memory of what was kept.

        Returns:
            (..., T, B, G * H); and if what the last gate gets from the inputs has another gradient, that
            one, (..., T, B, H), else None.
        """
        ...


@dataclass(frozen=True, slots=True)
class VanillaCell:
    """h' = f(W_ih x + b_ih + W_hh h + b_hh) (Elman, 1990).

    Attributes:
        activation: f: "tanh", "relu", "sigmoid" or "identity".
    """

    activation: str
    inner: ClassVar[bool] = False

    def forward(self, read: Tensor, states: Tensor, maps: Maps, keep: bool) -> tuple[Tensor, ...]:
        """See `Cell`."""
        through = StateMap(maps.weight.transpose(-2, -1), states.shape[-2])
        before: Tensor | None = None
        for sums, state in zip(maps.steps(read), maps.steps(states), strict=True):
            before = self.activate(sums if before is None else through.onto(sums, before), state)
        return (read,) if keep else ()

    def backward(
        self, kept: tuple[Tensor, ...], states: Tensor, maps: Maps, incoming: Incoming
    ) -> tuple[Tensor, Tensor | None]:
        """See `Cell`."""
        through = StateMap(maps.weight, states.shape[-2])
        each, outs = maps.steps(states), maps.steps(kept[0])
        gradient = incoming.at_end(each[-1])
        for step in reversed(range(len(each))):
            self.slope(gradient, each[step], outs[step])
            if step > 0:
                through.onto(incoming.start(step - 1, gradient), outs[step])
        return kept[0], None

    def activate(self, sums: Tensor, out: Tensor) -> Tensor:
        """Returns f of the sums in `out`."""
        match self.activation:
            case "tanh":
                return tanh(sums, out)
            case "relu":
                return torch.clamp(sums, min=0, out=out)
            case "sigmoid":
                return torch.sigmoid(sums, out=out)
        return out.copy_(sums)

    def slope(self, gradient: Tensor, state: Tensor, out: Tensor) -> None:
        """Puts the gradient of the sums into `out`, from the state's and from the state."""
        match self.activation:
            case "tanh":
                TANH_BACKWARD(gradient, state, grad_input=out)
            case "relu":
                RELU_BACKWARD(gradient, state, 0, grad_input=out)
            case "sigmoid":
                SIGMOID_BACKWARD(gradient, state, grad_input=out)
            case _:
                out.copy_(gradient)


@dataclass(frozen=True, slots=True)
class GruCell:
    """The gated recurrent unit (Cho et al., 2014) as PyTorch has it, gates r, z, n.

    h' = n + z (h - n), n = tanh(W_in x + b_in + r (W_hn h + b_hn)), r and z sigmoids of sums like the
    vanilla cell's.
    """

    inner: ClassVar[bool] = True

    def forward(self, read: Tensor, states: Tensor, maps: Maps, keep: bool) -> tuple[Tensor, ...]:
        """See `Cell`."""
        hidden = states.shape[-1]
        through = StateMap(maps.weight.transpose(-2, -1), states.shape[-2])
        bias = None if maps.bias is None else maps.bias.unsqueeze(-2)
        resets, updates, news = maps.gates(read)
        sigmoids = maps.steps(read[..., : 2 * hidden])
        inside = torch.empty_like(states) if keep else None  # W_hn h + b_hn
        insides = None if inside is None else maps.steps(inside)
        scratch = read.new_zeros(maps.steps(read)[0].shape)
        before: Tensor | None = None
        for step, state in enumerate(maps.steps(states)):
            if before is not None:
                sums = through.of(before, bias, scratch)
            else:
                sums = scratch if bias is None else scratch + bias
            sigmoids[step].add_(sums[..., : 2 * hidden]).sigmoid_()
            within = sums[..., 2 * hidden :]
            if insides is not None:
                insides[step].copy_(within)
            new = news[step].addcmul_(resets[step], within)
            tanh(new, new)
            if before is None:
                before = torch.addcmul(new, updates[step], new, value=-1, out=state)
            else:
                before = torch.lerp(new, before, updates[step], out=state)
        return () if inside is None else (read, inside)

    def backward(
        self, kept: tuple[Tensor, ...], states: Tensor, maps: Maps, incoming: Incoming
    ) -> tuple[Tensor, Tensor | None]:
        """See `Cell`."""
        through = StateMap(maps.weight, states.shape[-2])
        each, whole, insides = (maps.steps(of_all) for of_all in (states, *kept))
        gates = list(zip(*maps.gates(kept[0]), strict=True))
        gradient = incoming.at_end(each[-1])
        of_new, of_reset = torch.empty_like(gradient), torch.empty_like(gradient)
        for step in reversed(range(len(each))):
            reset, update, new = gates[step]
            torch.addcmul(gradient, gradient, update, value=-1, out=of_new)
            if step > 0 and incoming.steps is not None:
                torch.addcmul(incoming.steps[step - 1], gradient, update, out=gradient)
            elif step > 0:
                gradient.mul_(update)
            # z (h - n) is h' - n, and the sigmoid's slope z (1 - z)
            torch.sub(each[step], new, out=update).mul_(of_new)
            TANH_BACKWARD(of_new, new, grad_input=of_new)
            torch.mul(of_new, reset, out=new)
            SIGMOID_BACKWARD(torch.mul(of_new, insides[step], out=of_reset), reset, grad_input=reset)
            insides[step].copy_(of_new)
            if step > 0:
                through.onto(gradient, whole[step])
        return kept[0], kept[1]


@dataclass(frozen=True, slots=True)
class LstmCell:
    """Long short-term memory (Hochreiter and Schmidhuber, 1997) as PyTorch has it, gates i, f, g, o.

    c' = f c + i g and h' = o tanh(c'), g a tanh and i, f, o sigmoids of sums like the vanilla cell's.
    """

    inner: ClassVar[bool] = False

    def forward(self, read: Tensor, states: Tensor, maps: Maps, keep: bool) -> tuple[Tensor, ...]:
        """See `Cell`."""
        hidden = states.shape[-1]
        through = StateMap(maps.weight.transpose(-2, -1), states.shape[-2])
        memories, squashed = torch.empty_like(states), torch.empty_like(states)
        whole, cells, outs = maps.steps(read), maps.steps(memories), maps.steps(squashed)
        pairs = maps.steps(read[..., : 2 * hidden])
        gates = list(zip(*maps.gates(read), strict=True))
        before: Tensor | None = None
        for step, state in enumerate(maps.steps(states)):
            if before is not None:
                through.onto(whole[step], before)
            take, hold, new, out = gates[step]
            pairs[step].sigmoid_()
            torch.mul(take, tanh(new, new), out=cells[step])
            if step > 0:
                cells[step].addcmul_(hold, cells[step - 1])
            before = torch.mul(out.sigmoid_(), tanh(cells[step], outs[step]), out=state)
        return (read, memories, squashed) if keep else ()

    def backward(
        self, kept: tuple[Tensor, ...], states: Tensor, maps: Maps, incoming: Incoming
    ) -> tuple[Tensor, Tensor | None]:
        """See `Cell`."""
        through = StateMap(maps.weight, states.shape[-2])
        whole, cells, outs = (maps.steps(of_all) for of_all in kept)
        gates = list(zip(*maps.gates(kept[0]), strict=True))
        gradient = incoming.at_end(cells[-1])
        memory, one, two = torch.zeros_like(gradient), torch.empty_like(gradient), torch.empty_like(gradient)
        for step in reversed(range(len(whole))):
            take, hold, new, out = gates[step]
            memory.addcmul_(gradient, TANH_BACKWARD(out, outs[step], grad_input=one))
            SIGMOID_BACKWARD(torch.mul(gradient, outs[step], out=one), out, grad_input=out)
            torch.mul(memory, new, out=one)
            torch.mul(memory, take, out=two)
            SIGMOID_BACKWARD(one, take, grad_input=take)
            TANH_BACKWARD(two, new, grad_input=new)
            if step > 0:
                torch.mul(memory, cells[step - 1], out=one)
                memory.mul_(hold)
                SIGMOID_BACKWARD(one, hold, grad_input=hold)
                through.onto(incoming.start(step - 1, gradient), whole[step])
            else:
                hold.zero_()
        return kept[0], None
