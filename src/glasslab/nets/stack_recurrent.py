"""The recurrent layers of a stack, and what reads them."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from glasslab.nets.recurrence import cell_of, recurrent, recurrent_stack
from glasslab.nets.recurrence_cells import Cell
from glasslab.nets.stack_layers import Stacked

Given = tuple[Tensor, Tensor]


class Rows(Stacked):
    """Takes images (M, B, C, H, W) row by row: (M, B, H, C * W)."""

    def forward(self, images: Tensor) -> Tensor:
        """Returns the rows, top first, each with all its channels."""
        return images.transpose(2, 3).flatten(3)


class Recurrent(Stacked):
    """Recurrent layers upon one another, in one direction or both: (M, B, T, F) to outputs and states."""

    def __init__(self, layers: Sequence[Any]) -> None:
        """Takes the module of each network."""
        super().__init__(layers)
        first = layers[0]
        kind = next(name for name, type_ in KINDS.items() if isinstance(first, type_))
        self.cell = cell_of(kind, getattr(first, "nonlinearity", "tanh"))
        self.num_layers: int = first.num_layers
        self.bidirectional: bool = first.bidirectional

    def forward(self, x: Tensor) -> Given:
        """Returns the top layer's outputs (M, B, T, D * H) and all final states (M, layers * D, B, H)."""
        weights = dict(self.named_parameters())
        return recurrent_stack(self.cell, x, weights, self.num_layers, self.bidirectional)


KINDS: dict[str, type[nn.RNNBase]] = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}


class Outputs(Stacked):
    """Takes what recurrent layers gave at every step: (M, B, T, F)."""

    def forward(self, given: Given) -> Tensor:
        """Returns the outputs, without the states."""
        return given[0]


class LastStep(Stacked):
    """Takes what recurrent layers gave at the last step: (M, B, F)."""

    def forward(self, given: Given) -> Tensor:
        """Returns the outputs of the top layer, of both directions where there are two."""
        outputs, states = given
        # in one direction they are the final state too, whose gradient need not be spread over all steps
        return states[:, -1] if states.shape[-1] == outputs.shape[-1] else outputs[:, :, -1]


class FinalStates(Stacked):
    """Takes the state in which each direction of the top layer ended: (M, B, directions * F)."""

    def __init__(self, layers: Sequence[Any]) -> None:
        """Takes the module of each network."""
        super().__init__(layers)
        self.directions: int = layers[0].directions

    def forward(self, given: Given) -> Tensor:
        """Returns the final hidden states, the forward direction's first."""
        return given[1][:, -self.directions :].transpose(1, 2).flatten(2)


class Elman(Stacked):
    """The recurrence of `glasslab.nets.elman`: (M, B, T, F) to the last state (M, B, hidden)."""

    weight_ih_l0: Tensor
    weight_hh_l0: Tensor
    bias_hh_l0: Tensor

    def __init__(self, layers: Sequence[Any]) -> None:
        """Takes the module of each network."""
        super().__init__(layers)
        self.cell: Cell | None = layers[0].cell
        self.activation: Callable[[Tensor], Tensor] = layers[0].activation

    def forward(self, sequences: Tensor) -> Tensor:
        """Returns the state after the last step."""
        w_ih, w_hh, bias = self.weight_ih_l0, self.weight_hh_l0, self.bias_hh_l0
        if self.cell is not None:
            return recurrent(self.cell, sequences, [w_ih, w_hh, None, bias])[1]
        read = torch.einsum("mbtf,mhf->tmbh", sequences, w_ih) + bias[:, None]
        state: Tensor = self.activation(read[0])
        for given in read[1:]:
            state = self.activation(torch.baddbmm(given, state, w_hh.transpose(1, 2)))
        return state
