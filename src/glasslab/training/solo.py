"""The solo engine: one run, any network, one training loop, whoever works out the gradients.

Three levels, each on one screen: `train` goes from measurement to measurement, `train_period` from step to
step, `take_step` through one batch. Everything that is observed goes to the journal.
"""

import math

import torch

from glasslab.training.gradients import clipped_norm, is_sampled, sample, summed_up
from glasslab.training.journal import Journal
from glasslab.training.progress import Progress, Row
from glasslab.training.scoring import score
from glasslab.training.setup import Setup


def train(setup: Setup, progress: Progress, journal: Journal) -> None:
    """Trains from where progress stands to the end of the course, to early stopping, or to divergence."""
    while progress.measured < setup.pace.steps and not progress.stopped and not progress.diverged:
        train_period(setup, progress, journal)
        images = round(progress.sums[2].item())
        row = measure(setup, progress)
        judge(setup, progress, row)
        journal.measured(row, setup.net, setup.optimizer, progress, images)
    if progress.best_weights and not progress.diverged:
        setup.net.load_state_dict(progress.best_weights)


def train_period(setup: Setup, progress: Progress, journal: Journal) -> None:
    """Trains up to the next measurement."""
    end = setup.pace.next_measurement(progress.measured)
    while progress.step < end:
        take_step(setup, progress)
        progress.step += 1
        journal.step(setup.net, setup.optimizer, progress)


def take_step(setup: Setup, progress: Progress) -> None:
    """Trains on one batch and adds what it showed to the running sums."""
    x, y = setup.batches.at(progress.step)
    rate = setup.lr * setup.schedule(progress.step)
    for group in setup.optimizer.param_groups:
        group["lr"] = rate
    setup.optimizer.zero_grad()
    outputs, loss = setup.backward(x, y)
    if is_sampled(progress.step, setup.pace):
        sample(setup.weights, progress)
    norm = clipped_norm(setup.parameters, setup.course.clip_norm)
    setup.optimizer.step()
    with torch.no_grad():
        right = setup.loss.correct(outputs, y).sum()
        progress.sums += torch.stack(
            (loss * len(y), right, right.new_tensor(len(y)), norm, right.new_ones(()))
        )


def measure(setup: Setup, progress: Progress) -> Row:
    """Returns the row of the steps since the last measurement, and empties the running sums.

    train/loss and train/accuracy are means over the batches as they were trained on (with dropout and
    augmentation, while the weights moved); the other splits are scored with the weights as they are now.
    """
    nats, right, examples, norms, steps = progress.sums.tolist()
    progress.sums = torch.zeros_like(progress.sums)
    progress.measured = progress.step
    row: Row = {
        "epoch": setup.pace.epochs_after(progress.step),
        "step": progress.step,
        "lr": setup.lr * setup.schedule(progress.step - 1),
        "gradient_norm": finite(norms / steps),
        "train/loss": finite(nats / examples),
        "train/accuracy": right / examples,
    }
    for name, examples_of in (("val", setup.tensors.val), ("test", setup.tensors.test)):
        if examples_of is not None:
            found = score(setup.net, setup.loss, examples_of)
            row |= {f"{name}/loss": finite(found.loss), f"{name}/accuracy": found.accuracy}
    return row | summed_up(setup.weights, progress)


def judge(setup: Setup, progress: Progress, row: Row) -> None:
    """Decides from a measurement whether the run has diverged, whose weights to keep, and when to stop."""
    if row["train/loss"] is None:
        progress.diverged = True
        return
    monitored = row.get(setup.course.monitor)
    better = monitored is not None and is_better(setup.course.monitor, monitored, progress.best)
    if better:
        progress.best, progress.waited = monitored, 0
    else:
        progress.waited += 1
    if setup.course.keep == "last" or better:
        progress.kept = row
    if setup.course.keep == "best" and better:
        progress.best_weights = {k: v.detach().clone() for k, v in setup.net.state_dict().items()}
    progress.stopped = setup.course.patience is not None and progress.waited >= setup.course.patience


def is_better(monitor: str, value: float, best: float | None) -> bool:
    """Returns whether a monitored value is strictly better than the best so far."""
    if best is None:
        return True
    return value < best if monitor.endswith("loss") else value > best


def finite(value: float) -> float | None:
    """Returns a number, or None for NaN and infinity, which a log cannot hold."""
    return value if math.isfinite(value) else None
