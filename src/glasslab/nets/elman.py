"""The vanilla RNN written out step by step, with one bias and none in the input map (Elman, 1990)."""

import torch
from torch import Tensor, nn

from glasslab.nets.activations import ACTIVATIONS
from glasslab.nets.recurrence import WRITTEN_OUT, cell_of, recurrent
from glasslab.nets.rnn import reading
from glasslab.plan.net import Elman


class Recurrence(nn.Module):
    """h_t = f(W_ih x_t + W_hh h_{t-1} + b) from h_0 = 0, over x (B, T, F); gives the last h (B, hidden).

    The parameters are named as those of PyTorch's recurrent layers, which have a bias in both maps.

    Attributes:
        weight_ih_l0: (hidden, F).
        weight_hh_l0: (hidden, hidden).
        bias_hh_l0: (hidden,).
    """

    def __init__(self, features: int, hidden: int, activation: str) -> None:
        """Makes the parameters, all zero."""
        super().__init__()
        self.hidden_size = hidden
        self.weight_ih_l0 = nn.Parameter(torch.zeros(hidden, features))
        self.weight_hh_l0 = nn.Parameter(torch.zeros(hidden, hidden))
        self.bias_hh_l0 = nn.Parameter(torch.zeros(hidden))
        self.activation = ACTIVATIONS[activation]().forward
        self.cell = cell_of("rnn", activation) if activation in WRITTEN_OUT else None

    def forward(self, sequences: Tensor) -> Tensor:
        """Returns the state after the last step."""
        if self.cell is None:
            return self.step_by_step(sequences)
        weights = (self.weight_ih_l0, self.weight_hh_l0, None, self.bias_hh_l0)
        stack = [None if weight is None else weight.unsqueeze(0) for weight in weights]
        return recurrent(self.cell, sequences.unsqueeze(0), stack)[1][0]

    def step_by_step(self, sequences: Tensor) -> Tensor:
        """Returns the state after the last step, for any activation, with autograd through every step."""
        # every step's input at once, the steps first so that each of them is contiguous
        read = nn.functional.linear(sequences.transpose(0, 1), self.weight_ih_l0, self.bias_hh_l0)
        state: Tensor = self.activation(read[0])
        for given in read[1:]:
            state = self.activation(torch.addmm(given, state, self.weight_hh_l0.t()))
        return state


def build(settings: Elman, input_shape: tuple[int, ...], outputs: int) -> nn.Sequential:
    """Returns the network: "rows" (for images), "rnn", "output".

    Args:
        settings: hidden, activation.
        input_shape: one example's (steps, features), or an image's (channels, height, width).
        outputs: units of the last layer, which ends in raw values (logits).

    Raises:
        StudyError: the examples are neither sequences nor images.
    """
    layers, features = reading("elman", input_shape)
    layers["rnn"] = Recurrence(features, settings.hidden, settings.activation)
    layers["output"] = nn.Linear(settings.hidden, outputs)
    return nn.Sequential(layers)
