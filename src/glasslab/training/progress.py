"""How far a run has come: all that training carries from step to step besides weights and optimizer."""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

Row = dict[str, Any]


def wide(device: torch.device) -> torch.dtype:
    """Returns the type that sums over many examples are kept in: float64, on MPS float32 for want of it."""
    return torch.float32 if device.type == "mps" else torch.float64


def nothing_yet() -> Tensor:
    """Returns empty running sums: loss, right answers, examples, gradient norms, steps."""
    return torch.zeros(5, dtype=torch.float64)


@dataclass(slots=True)
class Progress:
    """Where a run stands. A checkpoint holds all of it, so that nothing else needs to be remembered.

    Attributes:
        step: optimizer steps taken.
        measured: optimizer steps taken at the last measurement.
        sums: running sums since the last measurement: summed loss, right answers, examples, summed
            gradient norms, steps; on the device that trains.
        gradients: the mean absolute gradient of each layer's weights, summed over the sampled steps since
            the last measurement, and how many those are (layers + 1,); empty before the first of them.
        at_start: the same of the first step, until it is written down.
        kept: the row of the weights that the run would end with now.
        best: the best value of the monitored metric so far; None before the first measurement.
        waited: measurements since then.
        stopped: whether early stopping has ended the run.
        diverged: whether a loss was NaN or infinite.
        seconds: spent training and measuring, over all sittings.
        since_row: those of them since the last measurement.
        best_weights: the weights of the best measurement, where a run keeps those.
    """

    step: int = 0
    measured: int = 0
    sums: Tensor = field(default_factory=nothing_yet)
    gradients: Tensor = field(default_factory=lambda: torch.zeros(0))
    at_start: Tensor = field(default_factory=lambda: torch.zeros(0))
    kept: Row = field(default_factory=dict)
    best: float | None = None
    waited: int = 0
    stopped: bool = False
    diverged: bool = False
    seconds: float = 0.0
    since_row: float = 0.0
    best_weights: dict[str, Tensor] = field(default_factory=dict)

    def on(self, device: torch.device) -> "Progress":
        """Moves the running sums to the device that trains."""
        self.sums = self.sums.to(device=device, dtype=wide(device))
        self.gradients, self.at_start = self.gradients.to(device), self.at_start.to(device)
        return self
