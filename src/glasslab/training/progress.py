"""How far a run has come: all that training carries from step to step besides the engine's own state."""

from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from glasslab.training.setup import Setup

Row = dict[str, Any]


@dataclass(slots=True)
class Progress:
    """Where a run stands. A checkpoint holds all of it, so that nothing else needs to be remembered.

    Attributes:
        step: optimizer steps taken.
        measured: optimizer steps taken at the last measurement.
        kept: the row of the weights that the run would end with now.
        best: the best value of the monitored metric so far; None before the first measurement.
        waited: measurements since then.
        stopped: whether early stopping has ended the run.
        diverged: whether a loss was NaN or infinite.
        seconds: spent training and measuring, over all sittings; of a cohort, this run's share.
        since_row: those of them since the last measurement.
        weights: what the run ends with, by name, where that is not what its engine holds at the end: the best
            measurement's weights, or those of a run that ended before the others of its cohort.
    """

    step: int = 0
    measured: int = 0
    kept: Row = field(default_factory=dict)
    best: float | None = None
    waited: int = 0
    stopped: bool = False
    diverged: bool = False
    seconds: float = 0.0
    since_row: float = 0.0
    weights: dict[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trainee:
    """A run while it is trained.

    Attributes:
        setup: what it trains with.
        progress: how far it has come.
    """

    setup: Setup
    progress: Progress = field(default_factory=Progress)

    @property
    def ended(self) -> bool:
        """Whether the run is at the end of its course, was stopped early, or has diverged."""
        progress = self.progress
        return progress.stopped or progress.diverged or progress.measured >= self.setup.pace.steps
