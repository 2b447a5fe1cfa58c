"""The training loop: whichever engine takes the steps, of one run or of many at once.

Three levels, each on one screen: `train` goes from measurement to measurement, `train_period` from step to
step, and an engine's `step` through one batch. Everything that is observed goes to the journal.
"""

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from torch import Tensor

from glasslab.training.journal import Journal
from glasslab.training.progress import Row, Trainee
from glasslab.training.scoring import Score
from glasslab.training.sums import Sums, finite


class Engine(Protocol):
    """What trains runs in step with one another: all of them take the same steps at the same time.

    Attributes:
        active: the runs that it trains now.
        sums: what their steps showed since the last measurement.
    """

    active: list[Trainee]
    sums: Sums

    def step(self, step: int) -> None:
        """Trains every active run on its batch of a 0-based step, and adds what it showed to the sums."""

    def score(self, split: str) -> list[Score] | None:
        """Returns how each active run does on a split, as it is used; None where there is no such split."""

    def weights(self, place: int) -> dict[str, Tensor]:
        """Returns a copy of the parameters and buffers of the active run at this place, by name."""

    def state(self) -> dict[str, Tensor]:
        """Returns all that the active runs' next step depends on, and their sums, as tensors by name."""

    def restore(self, state: dict[str, Tensor]) -> None:
        """Takes up where `state` was, with the same runs active."""

    def go_on_with(self, places: Sequence[int]) -> None:
        """Leaves all but the active runs at these places as they are from now on."""


def train(engine: Engine, journal: Journal) -> None:
    """Trains an engine's runs, each to the end of its course, to early stopping, or to divergence."""
    while engine.active:
        train_period(engine, journal)
        measured, examples = list(engine.active), engine.sums.examples
        rows = measure(engine)
        for place, row in enumerate(rows):
            judge(engine, place, row)
            journal.keep(engine.active[place], partial(engine.weights, place))
        leave_behind(engine)
        journal.measured(measured, rows, examples)


def train_period(engine: Engine, journal: Journal) -> None:
    """Trains up to the next measurement."""
    first = engine.active[0]
    for step in range(first.progress.step, first.setup.pace.next_measurement(first.progress.measured)):
        engine.step(step)
        for trainee in engine.active:
            trainee.progress.step = step + 1
        journal.step(engine.active)


def measure(engine: Engine) -> list[Row]:
    """Returns a row for each active run about the steps since the last measurement; empties the sums.

    train/loss and train/accuracy are means over the batches as they were trained on (with dropout and
    augmentation, while the weights moved); the other splits are scored with the weights as they are now.
    """
    scores = {split: engine.score(split) for split in ("val", "test")}
    rows = []
    for place, (trainee, found) in enumerate(zip(engine.active, engine.sums.take(), strict=True)):
        setup, progress = trainee.setup, trainee.progress
        progress.measured = progress.step
        row: Row = {
            "epoch": setup.pace.epochs_after(progress.step),
            "step": progress.step,
            "lr": setup.rate(progress.step - 1),
            **found.means,
        }
        for split, scored in scores.items():
            if scored is not None:
                of_run = scored[place]
                row |= {f"{split}/loss": finite(of_run.loss), f"{split}/accuracy": of_run.accuracy}
        rows.append(row | found.by_layer)
    return rows


def judge(engine: Engine, place: int, row: Row) -> None:
    """Decides from a measurement whether a run has diverged, whose weights to keep, and when to stop."""
    course, progress = engine.active[place].setup.course, engine.active[place].progress
    if row["train/loss"] is None:
        progress.diverged = True
        return
    monitored = row.get(course.monitor)
    better = monitored is not None and is_better(course.monitor, monitored, progress.best)
    if better:
        progress.best, progress.waited = monitored, 0
    else:
        progress.waited += 1
    if course.keep == "last" or better:
        progress.kept = row
    if course.keep == "best" and better:
        progress.weights = engine.weights(place)
    progress.stopped = course.patience is not None and progress.waited >= course.patience


def is_better(monitor: str, value: float, best: float | None) -> bool:
    """Returns whether a monitored value is strictly better than the best so far."""
    if best is None:
        return True
    return value < best if monitor.endswith("loss") else value > best


def leave_behind(engine: Engine) -> None:
    """Lets the engine go on without the runs that have ended, whose weights are kept."""
    for place, trainee in enumerate(engine.active):
        if trainee.ended and not trainee.progress.weights:
            trainee.progress.weights = engine.weights(place)
    places = [place for place, trainee in enumerate(engine.active) if not trainee.ended]
    if len(places) < len(engine.active):
        engine.go_on_with(places)
