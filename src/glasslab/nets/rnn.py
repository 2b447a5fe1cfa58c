"""Recurrent networks: vanilla RNN, LSTM (Hochreiter and Schmidhuber, 1997) and GRU (Cho et al., 2014)."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from glasslab.errors import StudyError
from glasslab.nets.recurrence import WRITTEN_OUT, cell_of, recurrent_stack
from glasslab.plan.net import Rnn


class GRU(nn.GRU):
    """PyTorch's GRU; on a CPU, by `recurrent_stack`, which is faster there."""

    def forward(self, *given: Any) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        """Returns the outputs and the final states, as PyTorch's does."""
        return alone(self, "gru", given[0]) if takes(self, given) else super().forward(*given)


class RNN(nn.RNN):
    """PyTorch's vanilla recurrent layer; on a CPU, by `recurrent_stack`, which is faster there."""

    def forward(self, *given: Any) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        """Returns the outputs and the final states, as PyTorch's does."""
        return alone(self, "rnn", given[0]) if takes(self, given) else super().forward(*given)


# PyTorch's LSTM is oneDNN's on a CPU; its vanilla layer and its GRU are loops over steps (ATen's RNN.cpp)
CELLS: dict[str, Callable[..., nn.RNNBase]] = {"rnn": RNN, "gru": GRU, "lstm": nn.LSTM}


def takes(layer: nn.RNNBase, given: tuple[Any, ...]) -> bool:
    """Returns whether `recurrent_stack` gives what a layer is asked for: a batch on a CPU, from no state."""
    sequences = given[0] if len(given) == 1 else None
    return (
        isinstance(sequences, Tensor)
        and sequences.ndim == 3
        and sequences.device.type == "cpu"
        and not torch.is_autocast_enabled("cpu")
        and layer.batch_first
        and (layer.dropout == 0 or not layer.training)
        and getattr(layer, "nonlinearity", "tanh") in WRITTEN_OUT
    )


def alone(layer: nn.RNNBase, kind: str, sequences: Tensor) -> tuple[Tensor, Tensor]:
    """Returns what a recurrent layer gives, as a stack of one: (B, T, D * H), (layers * D, B, H)."""
    weights = {name: parameter.unsqueeze(0) for name, parameter in layer.named_parameters()}
    cell = cell_of(kind, getattr(layer, "nonlinearity", "tanh"))
    given = sequences.unsqueeze(0)
    outputs, ends = recurrent_stack(cell, given, weights, layer.num_layers, layer.bidirectional)
    return outputs[0], ends[0]


class Rows(nn.Module):
    """Takes an image row by row: (B, C, H, W) to H steps of C * W features, (B, H, C * W)."""

    def forward(self, images: Tensor) -> Tensor:
        """Returns the rows, top first, each with all its channels."""
        return images.transpose(1, 2).flatten(2)


class Outputs(nn.Module):
    """Takes what a recurrent layer gave at every step: (B, T, F)."""

    def forward(self, given: tuple[Tensor, object]) -> Tensor:
        """Returns the outputs, without the states, in the order in which dropout then draws."""
        return given[0].contiguous()


class LastStep(nn.Module):
    """Takes what a recurrent layer gave at the last step: (B, T, F) to (B, F)."""

    def forward(self, given: tuple[Tensor, object]) -> Tensor:
        """Returns the outputs of the top layer, of both directions where there are two."""
        outputs, states = given
        # in one direction they are the final state too, whose gradient need not be spread over all steps
        if isinstance(states, Tensor) and states.shape[-1] == outputs.shape[-1] and states.ndim == 3:
            return states[-1]
        return outputs[:, -1]


class FinalStates(nn.Module):
    """Takes the state in which each direction of the top layer ended: (B, directions * F)."""

    def __init__(self, directions: int) -> None:
        """Takes how many directions the layer has."""
        super().__init__()
        self.directions = directions

    def forward(self, given: tuple[Tensor, Tensor | tuple[Tensor, Tensor]]) -> Tensor:
        """Returns the final hidden states, the forward direction's first."""
        state = given[1][0] if isinstance(given[1], tuple) else given[1]
        return state[-self.directions :].transpose(0, 1).flatten(1)


def build(settings: Rnn, input_shape: tuple[int, ...], outputs: int) -> nn.Sequential:
    """Returns a recurrent network: "rows" (for images), "rnn" ("gru", "lstm"), "last_step", "output".

    Args:
        settings: cell, hidden, layers, bidirectional, readout, activation, dropout.
        input_shape: one example's (steps, features), or an image's (channels, height, width), whose rows are
            then its steps.
        outputs: units of the last layer, which ends in raw values (logits).

    Raises:
        StudyError: the examples are neither sequences nor images.
    """
    layers, features = reading("rnn", input_shape)
    directions = 2 if settings.bidirectional else 1
    layers.update(recurrent_layers(settings, features, directions))
    if settings.readout == "last-step":
        layers["last_step"] = LastStep()
    else:
        layers["final_states"] = FinalStates(directions)
    layers["output"] = nn.Linear(directions * settings.hidden, outputs)
    return nn.Sequential(layers)


def recurrent_layers(settings: Rnn, features: int, directions: int) -> OrderedDict[str, nn.Module]:
    """Returns the recurrent layers: one module of all, or with dropout between them one each.

    PyTorch's own dropout inside of a stack is left unused: on CUDA it keeps a generator of its own, which
    seeding each step does not reach.
    """
    cell = settings.cell
    options: dict[str, Any] = {"nonlinearity": settings.activation} if cell == "rnn" else {}
    options |= {"bidirectional": settings.bidirectional, "batch_first": True}
    if settings.dropout == 0:
        stack = CELLS[cell](features, settings.hidden, num_layers=settings.layers, **options)
        return OrderedDict({cell: stack})
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for number in range(1, settings.layers + 1):
        layers[f"{cell}{number}"] = CELLS[cell](features, settings.hidden, **options)
        if number < settings.layers:
            layers[f"outputs{number}"] = Outputs()
            layers[f"dropout{number}"] = nn.Dropout(settings.dropout)
        features = directions * settings.hidden
    return layers


def reading(name: str, input_shape: tuple[int, ...]) -> tuple[OrderedDict[str, nn.Module], int]:
    """Returns what a recurrent network begins with, and how many numbers it reads at a step.

    Images are turned into rows by a layer "rows"; sequences are read as they are.

    Raises:
        StudyError: the examples are neither sequences (steps, features) nor images; names net and data.
    """
    if len(input_shape) == 3:
        return OrderedDict(rows=Rows()), input_shape[0] * input_shape[2]
    if len(input_shape) == 2:
        return OrderedDict(), input_shape[1]
    raise StudyError(
        [
            f"[net] name: '{name}' needs sequences (steps, features) or images, whose rows are its steps; "
            f"got examples of shape {input_shape}; choose net 'mlp' or data such as 'mnist' or 'palindromes'"
        ]
    )
