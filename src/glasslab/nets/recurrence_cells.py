"""The steps of the recurrent cells forward, and backward through time (Werbos, 1990).

Every cell works on one model, with (T, B, .), or on a stack, with (M, T, B, .); lists hold the steps in the
order of reading. A cell's `forward` turns what its gates read, in place, into what they gave. Its `backward`
first finds, for all steps at once, the factors that do not depend on the gradient; then a step is two or
three products with them and one with the matrix.
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
    """The hidden-to-hidden map of one model or of a stack.

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

    def first(self, of_all: Tensor) -> Tensor:
        """Returns the step that is read first."""
        return of_all[..., -1 if self.reverse else 0, :, :]


@dataclass(frozen=True, slots=True)
class Incoming:
    """The gradient that reaches the outputs of a recurrent layer from above.

    Attributes:
        steps: of the output at each step, in the order of reading; None for none.
        last: of the last state beside it; None for none.
    """

    steps: list[Tensor] | None
    last: Tensor | None

    def at_end(self, like: Tensor) -> Tensor:
        """Returns the gradient with respect to the last state, new; zeros like a state if nothing comes."""
        if self.steps is None:
            return torch.zeros_like(like) if self.last is None else self.last.clone()
        return self.steps[-1].clone() if self.last is None else self.steps[-1] + self.last


class Cell(Protocol):
    """A kind of recurrent cell with G gates.

    Attributes:
        gates: G.
        inner: whether the hidden map's bias stays inside of the recurrence (else it joins the input's).
    """

    gates: ClassVar[int]
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
    ) -> tuple[Tensor, Tensor]:
        """Returns the gradients of what the gates get from the hidden map and from the inputs.

        Returns:
            (..., T, B, G * H), and the columns of it in which the inputs' differ, (..., T, B, H): the last
            gate's; empty where they do not.
        """
        ...


@dataclass(frozen=True, slots=True)
class VanillaCell:
    """h' = f(W_ih x + b_ih + W_hh h + b_hh) (Elman, 1990).

    Attributes:
        activation: f: "tanh", "relu", "sigmoid" or "identity".
    """

    activation: str
    gates: ClassVar[int] = 1
    inner: ClassVar[bool] = False

    def forward(self, read: Tensor, states: Tensor, maps: Maps, keep: bool) -> tuple[Tensor, ...]:
        """See `Cell`."""
        through = StateMap(maps.weight.transpose(-2, -1), states.shape[-2])
        before: Tensor | None = None
        for given, state in zip(maps.steps(read), maps.steps(states), strict=True):
            before = self.activate(given if before is None else through.onto(given, before), state)
        return ()

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

    def inactivate(self, gradient: Tensor, state: Tensor, out: Tensor) -> None:
        """Puts the gradient of the sums into `out`."""
        match self.activation:
            case "tanh":
                TANH_BACKWARD(gradient, state, grad_input=out)
            case "relu":
                RELU_BACKWARD(gradient, state, 0, grad_input=out)
            case "sigmoid":
                SIGMOID_BACKWARD(gradient, state, grad_input=out)
            case _:
                out.copy_(gradient)

    def backward(
        self, kept: tuple[Tensor, ...], states: Tensor, maps: Maps, incoming: Incoming
    ) -> tuple[Tensor, Tensor]:
        """See `Cell`."""
        through = StateMap(maps.weight, states.shape[-2])
        sums = torch.empty_like(states)
        each, outs = maps.steps(states), maps.steps(sums)
        gradient = incoming.at_end(each[-1])
        for step in range(len(each) - 1, -1, -1):
            self.inactivate(gradient, each[step], outs[step])
            if step > 0 and incoming.steps is None:
                gradient = through.of(outs[step], None, gradient)
            elif step > 0 and incoming.steps is not None:
                above = incoming.steps[step - 1]
                gradient = through.onto(above if above.ndim == 2 else gradient.copy_(above), outs[step])
        return sums, sums[..., :0]


@dataclass(frozen=True, slots=True)
class GruCell:
    """The gated recurrent unit (Cho et al., 2014) as PyTorch has it, gates r, z, n.

    h' = n + z (h - n), n = tanh(W_in x + b_in + r (W_hn h + b_hn)), r and z sigmoids of sums like the
    vanilla cell's.
    """

    gates: ClassVar[int] = 3
    inner: ClassVar[bool] = True

    def forward(self, read: Tensor, states: Tensor, maps: Maps, keep: bool) -> tuple[Tensor, ...]:
        """See `Cell`."""
        hidden = states.shape[-1]
        through = StateMap(maps.weight.transpose(-2, -1), states.shape[-2])
        sigmoids, news = (maps.steps(part) for part in read.split((2 * hidden, hidden), -1))
        resets, updates = ([part[..., half] for part in sigmoids] for half in halves(hidden))
        bias = None if maps.bias is None else maps.bias.unsqueeze(-2)
        inside = torch.empty_like(states) if keep else states  # W_hn h + b_hn, where it is kept
        insides = maps.steps(inside)
        scratch = torch.empty_like(maps.steps(read)[0], memory_format=torch.contiguous_format)
        before: Tensor | None = None
        for step, state in enumerate(maps.steps(states)):
            if before is None:
                sums = scratch.zero_() if bias is None else scratch.copy_(bias.expand_as(scratch))
            else:
                sums = through.of(before, bias, scratch)
            sigmoids[step].add_(sums[..., : 2 * hidden]).sigmoid_()
            new = news[step].addcmul_(resets[step], sums[..., 2 * hidden :])
            if keep:
                insides[step].copy_(sums[..., 2 * hidden :])
            tanh(new, new)
            if before is None:
                torch.addcmul(new, updates[step], new, value=-1, out=state)
            else:
                torch.lerp(new, before, updates[step], out=state)
            before = state
        return (read, inside) if keep else ()

    def backward(
        self, kept: tuple[Tensor, ...], states: Tensor, maps: Maps, incoming: Incoming
    ) -> tuple[Tensor, Tensor]:
        """See `Cell`."""
        gates, inside = kept
        hidden = states.shape[-1]
        through = StateMap(maps.weight, states.shape[-2])
        of_sums, of_new = self.factors(gates, inside, states, maps)
        sums, news = torch.empty_like(of_sums), torch.empty_like(of_new)
        split = [maps.steps(part) for part in (sums, news, of_new, gates[..., hidden : 2 * hidden])]
        factors, outs = ([part.unflatten(-1, (3, hidden)) for part in maps.steps(x)] for x in (of_sums, sums))
        gradient = incoming.at_end(split[1][-1])
        for step in range(len(factors) - 1, -1, -1):
            out, new, factor, update = (part[step] for part in split)
            torch.mul(factors[step], gradient.unsqueeze(-2), out=outs[step])
            torch.mul(factor, gradient, out=new)
            if step > 0:
                if incoming.steps is None:
                    passed = gradient.mul_(update)
                else:
                    passed = torch.addcmul(incoming.steps[step - 1], gradient, update, out=gradient)
                gradient = through.onto(passed, out)
        return sums, news

    def factors(self, gates: Tensor, inside: Tensor, states: Tensor, maps: Maps) -> tuple[Tensor, Tensor]:
        """Returns what a state's gradient is multiplied by: for the hidden map's sums, for the new gate's."""
        hidden = states.shape[-1]
        reset, update, new = gates.split(hidden, -1)
        of_new = TANH_BACKWARD(1 - update, new, grad_input=torch.empty_like(states))
        of_sums = torch.empty_like(gates)
        of_reset, of_update, of_inside = of_sums.split(hidden, -1)
        torch.mul(of_new, reset, out=of_inside)
        SIGMOID_BACKWARD(torch.mul(of_new, inside, out=of_reset), reset, grad_input=of_reset)
        torch.sub(maps.before(states), maps.after(new), out=maps.after(of_update))
        torch.neg(maps.first(new), out=maps.first(of_update))
        SIGMOID_BACKWARD(of_update, update, grad_input=of_update)
        return of_sums, of_new


@dataclass(frozen=True, slots=True)
class LstmCell:
    """Long short-term memory (Hochreiter and Schmidhuber, 1997) as PyTorch has it, gates i, f, g, o.

    c' = f c + i g and h' = o tanh(c'), g a tanh and i, f, o sigmoids of sums like the vanilla cell's.
    """

    gates: ClassVar[int] = 4
    inner: ClassVar[bool] = False

    def forward(self, read: Tensor, states: Tensor, maps: Maps, keep: bool) -> tuple[Tensor, ...]:
        """See `Cell`."""
        hidden = states.shape[-1]
        through = StateMap(maps.weight.transpose(-2, -1), states.shape[-2])
        memories, squashed = torch.empty_like(states), torch.empty_like(states)
        reads, cells, outs = maps.steps(read), maps.steps(memories), maps.steps(squashed)
        before: Tensor | None = None
        for step, state in enumerate(maps.steps(states)):
            gates = reads[step]
            if before is not None:
                sums = through.onto(gates, before)
                gates = gates if sums is gates else gates.copy_(sums)
            both, new, out = gates.split((2 * hidden, hidden, hidden), -1)
            take, hold = both.sigmoid_().split(hidden, -1)
            tanh(new, new)
            torch.mul(take, new, out=cells[step])
            if step > 0:
                cells[step].addcmul_(hold, cells[step - 1])
            tanh(cells[step], outs[step])
            before = torch.mul(out.sigmoid_(), outs[step], out=state)
        return (read, memories, squashed) if keep else ()

    def backward(
        self, kept: tuple[Tensor, ...], states: Tensor, maps: Maps, incoming: Incoming
    ) -> tuple[Tensor, Tensor]:
        """See `Cell`."""
        gates = kept[0]
        hidden = states.shape[-1]
        through = StateMap(maps.weight, states.shape[-2])
        of_sums, of_memory = self.factors(kept, states, maps)
        sums = torch.empty_like(of_sums)
        alls, holds, carried = maps.steps(sums), maps.steps(gates[..., hidden : 2 * hidden]), maps.steps(of_memory)
        factors, outs = ([part.unflatten(-1, (4, hidden)) for part in maps.steps(x)] for x in (of_sums, sums))
        gradient = incoming.at_end(carried[-1])
        memory = torch.zeros_like(gradient)
        for step in range(len(alls) - 1, -1, -1):
            memory.addcmul_(gradient, carried[step])
            torch.mul(factors[step][..., :3, :], memory.unsqueeze(-2), out=outs[step][..., :3, :])
            torch.mul(factors[step][..., 3, :], gradient, out=outs[step][..., 3, :])
            if step > 0:
                memory.mul_(holds[step])
                if incoming.steps is None:
                    gradient = through.of(alls[step], None, gradient)
                else:
                    above = incoming.steps[step - 1]
                    gradient = through.onto(above if above.ndim == 2 else gradient.copy_(above), alls[step])
        return sums, sums[..., :0]

    def factors(self, kept: tuple[Tensor, ...], states: Tensor, maps: Maps) -> tuple[Tensor, Tensor]:
        """Returns what gradients are multiplied by for the gates' sums (i, f, g the memory's; o the state's).

        And what the state's is multiplied by for the memory's.
        """
        gates, memories, squashed = kept
        hidden = states.shape[-1]
        take, hold, new, out = gates.split(hidden, -1)
        of_sums = torch.empty_like(gates)
        of_take, of_hold, of_new, of_out = of_sums.split(hidden, -1)
        SIGMOID_BACKWARD(new, take, grad_input=of_take)
        SIGMOID_BACKWARD(maps.before(memories), maps.after(hold), grad_input=maps.after(of_hold))
        maps.first(of_hold).zero_()
        TANH_BACKWARD(take, new, grad_input=of_new)
        SIGMOID_BACKWARD(squashed, out, grad_input=of_out)
        return of_sums, TANH_BACKWARD(out, squashed, grad_input=torch.empty_like(states))


def halves(hidden: int) -> tuple[slice, slice]:
    """Returns the columns of the first and of the second of two gates."""
    return slice(0, hidden), slice(hidden, 2 * hidden)
