"""Recurrent layers of one run or of a stack of M runs, with backpropagation through time written out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from glasslab.nets.products import onednn_pays
from glasslab.nets.recurrence_cells import Cell, GruCell, Incoming, LstmCell, Maps, VanillaCell
from glasslab.nets.recurrence_steps import times

LSTM_FLOPS = 1_000_000
"""From this size of one step's product on PyTorch's LSTM, oneDNN's, is faster on a CPU than stacked steps.

Milliseconds a run and training step in stacks of 5 against PyTorch's (Zen 5, one thread, batch 128): 1.2 to
1.5 at 16 units over 20 steps, 3.1 to 2.6 at 32 units over 28, 15.8 to 13.2 at 128 over 28.
"""
WRITTEN_OUT = ("tanh", "relu", "sigmoid", "identity")
"""The activations that a vanilla cell may have here: their slopes follow from what they gave."""


def cell_of(kind: str, activation: str = "tanh") -> Cell:
    """Returns a cell by its name in settings: "rnn" (with one of WRITTEN_OUT), "gru", "lstm"."""
    match kind:
        case "gru":
            return GruCell()
        case "lstm":
            return LstmCell()
        case "rnn" if activation in WRITTEN_OUT:
            return VanillaCell(activation)
    raise ValueError(f"no cell '{kind}' with activation '{activation}' here")


def recurrent_stack(
    cell: Cell,
    x: Tensor,
    weights: Mapping[str, Tensor],
    layers: int = 1,
    bidirectional: bool = False,
) -> tuple[Tensor, Tensor]:
    """Returns what PyTorch's recurrent layers give, for a stack of models, from initial states of zero.

    Args:
        cell: of every layer; see `cell_of`.
        x: (M, B, T, F).
        weights: named as PyTorch names them ("weight_ih_l0", "bias_hh_l1_reverse"), each with M first; a
            bias that is missing is none.
        layers: how many, one upon the other.
        bidirectional: whether each has a second direction, which reads from the last step to the first.

    Returns:
        The top layer's outputs (M, B, T, D * H), and the states in which each layer and direction ended,
        (M, layers * D, B, H), as PyTorch orders them. D is the number of directions.
    """
    if isinstance(cell, LstmCell) and onednn_has_lstm(x, weights):
        return lstm_one_by_one(x, weights, layers, bidirectional)
    ends: list[Tensor] = []
    for layer in range(layers):
        outputs = []
        for suffix in ("", "_reverse")[: 1 + bidirectional]:
            names = (f"{name}_l{layer}{suffix}" for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
            output, end = recurrent(cell, x, [weights.get(name) for name in names], reverse=bool(suffix))
            outputs.append(output)
            ends.append(end)
        x = torch.cat(outputs, -1) if bidirectional else outputs[0]
    return x, torch.stack(ends, 1)


def onednn_has_lstm(x: Tensor, weights: Mapping[str, Tensor]) -> bool:
    """Returns whether PyTorch's LSTM is better than stacked steps; see LSTM_FLOPS."""
    return (
        x.device.type == "cpu"
        and x.dtype == torch.float32
        and not torch.is_autocast_enabled("cpu")
        and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        and "bias_hh_l0" in weights
        and 2 * x.shape[1] * weights["weight_hh_l0"][0].numel() >= LSTM_FLOPS
    )


def lstm_one_by_one(
    x: Tensor, weights: Mapping[str, Tensor], layers: int, bidirectional: bool
) -> tuple[Tensor, Tensor]:
    """Returns what `recurrent_stack` does, from PyTorch's LSTM for one model after the other."""
    directions = ("", "_reverse")[: 1 + bidirectional]
    names = [
        f"{name}_l{layer}{suffix}"
        for layer in range(layers)
        for suffix in directions
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    ]
    zeros = x.new_zeros(layers * len(directions), x.shape[1], weights["weight_hh_l0"].shape[-1])
    training = torch.is_grad_enabled()
    given = zip(x.unbind(0), zip(*(weights[name].unbind(0) for name in names), strict=True), strict=True)
    results = [
        torch.lstm(one, [zeros, zeros], list(own), True, layers, 0.0, training, bidirectional, True)
        for one, own in given
    ]
    return torch.stack([result[0] for result in results]), torch.stack([result[1] for result in results])


def recurrent(
    cell: Cell, x: Tensor, weights: Sequence[Tensor | None], reverse: bool = False
) -> tuple[Tensor, Tensor]:
    """Returns the states of one recurrent layer of a stack of models in one direction.

    With automatic mixed precision all is done in float32.

    Args:
        cell: of G gates and H units.
        x: (M, B, T, F).
        weights: input map (M, G * H, F), hidden map (M, G * H, H), their biases (M, G * H) or None.
        reverse: read from the last step to the first.

    Returns:
        The states (M, B, T, H), at the place of the step after which they stood, and the last of them in the
        order of reading, (M, B, H).
    """
    kind = x.device.type
    if torch.is_autocast_enabled(kind):
        with torch.autocast(kind, enabled=False):
            return recurrent(cell, x.float(), weights, reverse)
    if torch.is_grad_enabled() and any(t is not None and t.requires_grad for t in (x, *weights)):
        states, last = ThroughTime.apply(x, *weights, cell, reverse)  # type: ignore[no-untyped-call]
        return states, last
    states, _ = layer_of(cell, x.transpose(1, 2).contiguous(), weights, reverse).forward(keep=False)
    return states.transpose(1, 2), states[:, 0 if reverse else -1]


def layer_of(cell: Cell, x: Tensor, weights: Sequence[Tensor | None], reverse: bool) -> "Layer":
    """Returns a layer that reads x (M, T, B, F), from its weights in the order of `recurrent`."""
    weight_ih, weight_hh, bias_ih, bias_hh = weights
    if weight_ih is None or weight_hh is None:
        raise ValueError("a recurrent layer without one of its two matrices")
    return Layer(cell, x, weight_ih, weight_hh, bias_ih, bias_hh, reverse)


@dataclass(frozen=True, slots=True)
class Layer:
    """One recurrent layer in one direction, of a stack of models, and what it reads.

    Attributes:
        cell: of G gates and H units.
        x: (M, T, B, F), contiguous.
        weight_ih: (M, G * H, F).
        weight_hh: (M, G * H, H).
        bias_ih: (M, G * H), or None.
        bias_hh: (M, G * H), or None.
        reverse: read from the last step to the first.
    """

    cell: Cell
    x: Tensor
    weight_ih: Tensor
    weight_hh: Tensor
    bias_ih: Tensor | None
    bias_hh: Tensor | None
    reverse: bool

    def forward(self, keep: bool) -> tuple[Tensor, list[tuple[Tensor, ...]]]:
        """Returns the states (M, T, B, H) and what each part of the stack keeps for the backward pass."""
        states = self.x.new_empty(*self.x.shape[:3], self.weight_hh.shape[-1])
        return states, [self.run(part, states[part], keep) for part in self.parts()]

    def one_by_one(self) -> bool:
        """Returns whether the models are gone through one after the other, each with all its steps.

        Where oneDNN multiplies faster, which also keeps a model's steps in the processor's cache. Otherwise
        the stack goes together, so that one call serves all models.
        """
        return onednn_pays(self.x, self.x.shape[2] * self.weight_hh[0].numel())

    def parts(self) -> list[Any]:
        """Returns the indices of the stack's parts."""
        return list(range(len(self.x))) if self.one_by_one() else [slice(None)]

    def maps(self, part: Any) -> Maps:
        """Returns the hidden map of a part."""
        bias = self.bias_hh[part] if self.bias_hh is not None and self.cell.inner else None
        return Maps(self.weight_hh[part], bias, self.reverse)

    def run(self, part: Any, states: Tensor, keep: bool) -> tuple[Tensor, ...]:
        """Fills the states of a part, and returns what the backward pass needs beside them."""
        biases = (self.bias_ih,) if self.cell.inner else (self.bias_ih, self.bias_hh)
        given = [bias[part] for bias in biases if bias is not None]
        add = None if not given else (given[0] if len(given) == 1 else given[0] + given[1]).unsqueeze(-2)
        read = times(self.x[part].flatten(-3, -2), self.weight_ih[part].transpose(-2, -1), add)
        read = read.view(*states.shape[:-1], -1)
        return self.cell.forward(read, states, self.maps(part), keep)

    def backward(
        self, part: Any, kept: tuple[Tensor, ...], states: Tensor, above: list[Tensor | None], for_x: bool
    ) -> list[Tensor | None]:
        """Returns a part's gradients: of x (..., T, B, F), the weights of both maps, their biases.

        Args:
            part: its index.
            kept: what `run` returned.
            states: of the whole stack.
            above: gradients of the stack's states, (M, T, B, H), and of the last of them; None for none.
            for_x: whether the gradient of x is needed.
        """
        maps, states = self.maps(part), states[part]
        of_states, of_last = (None if given is None else given[part] for given in above)
        steps = None if of_states is None else maps.steps(of_states)
        sums, news = self.cell.backward(kept, states, maps, Incoming(steps, of_last))
        flat = sums.flatten(-3, -2)
        weight_hh = torch.zeros_like(maps.weight)
        if self.x.shape[1] > 1:
            before, after = (x.flatten(-3, -2) for x in (maps.before(states), maps.after(sums)))
            # the wider matrix on the right: oneDNN is up to three times as fast with it there
            weight_hh = times(before.transpose(-2, -1), after).transpose(-2, -1)
        bias_hh = flat.sum(-2)
        bias_ih = bias_hh.clone()
        if news is not None:
            news = news.flatten(-3, -2)
            width = news.shape[-1]
            flat[..., -width:] = news
            bias_ih[..., -width:] = news.sum(-2)
        weight_ih = times(self.x[part].flatten(-3, -2).transpose(-2, -1), flat).transpose(-2, -1)
        x = times(flat, self.weight_ih[part]).view(*states.shape[:-1], -1) if for_x else None
        return [x, weight_ih, weight_hh, bias_ih, bias_hh]


class ThroughTime(torch.autograd.Function):
    """A recurrent layer for autograd; see `recurrent`."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias_ih: Tensor | None, *rest: Any
    ) -> tuple[Tensor, Tensor]:
        """Returns the states and the last of them; the rest is the hidden map's bias, cell and reverse."""
        bias_hh, cell, reverse = rest
        layer = Layer(cell, x.transpose(1, 2).contiguous(), weight_ih, weight_hh, bias_ih, bias_hh, reverse)
        states, ctx.kept = layer.forward(keep=True)
        ctx.cell, ctx.reverse = cell, reverse
        outputs = states.transpose(1, 2)
        ctx.save_for_backward(layer.x, weight_ih, weight_hh, bias_ih, bias_hh, outputs)
        ctx.set_materialize_grads(False)
        return outputs, states[:, 0 if reverse else -1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, above: Tensor | None, last: Tensor | None) -> tuple[Tensor | None, ...]:
        """Returns the gradients of x and of the weights."""
        x, *weights, outputs = ctx.saved_tensors
        layer = layer_of(ctx.cell, x, weights, ctx.reverse)
        # an earlier backward pass through a retained graph has used up what was kept
        kept = ctx.kept or layer.forward(keep=True)[1]
        ctx.kept = None
        states = outputs.transpose(1, 2)
        if above is not None:
            above = above.transpose(1, 2).contiguous()
        each = [
            layer.backward(part, kept_of_part, states, [above, last], ctx.needs_input_grad[0])
            for part, kept_of_part in zip(layer.parts(), kept, strict=True)
        ]
        of_x, *of_weights = (stacked(of_all, layer.one_by_one()) for of_all in zip(*each, strict=True))
        needed = [
            g if needs else None for g, needs in zip(of_weights, ctx.needs_input_grad[1:5], strict=True)
        ]
        return None if of_x is None else of_x.transpose(1, 2), *needed, None, None


def stacked(parts: tuple[Tensor | None, ...], one_by_one: bool) -> Tensor | None:
    """Returns what the parts of a stack gave as one, None where they gave none."""
    if not one_by_one or parts[0] is None:
        return parts[0]
    return parts[0].unsqueeze(0) if len(parts) == 1 else torch.stack(list(parts))  # type: ignore[arg-type]
