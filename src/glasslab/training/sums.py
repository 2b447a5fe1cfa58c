"""Running sums: what the steps since the last measurement showed, of one run or of many at once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

TOTALS = 2  # summed loss, right answers
TENSORS = ("totals", "norms", "gradients", "updates", "at_start")


def finite(value: float) -> float | None:
    """Returns a number, or None for NaN and infinity, which a log cannot hold."""
    return value if math.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class Found:
    """What a run's steps since the last measurement showed.

    Attributes:
        means: "gradient_norm" over sampled steps; "train/loss" in nats and "train/accuracy" over examples.
        by_layer: layer -> number, None where it was not finite. "gradients": the mean absolute gradient, and
            "updates": what a step moved the weights by, as a share of them, both means over the sampled
            steps; in a run's first measurement "gradients_at_start" too: of the first batch, before anything
            was learned. Empty for a network without weights of two axes or more.
    """

    means: dict[str, float | None]
    by_layer: dict[str, dict[str, float | None]]


class Sums:
    """Running sums of M runs that take the same steps, on the device that trains them.

    Attributes:
        totals: loss summed over examples, right answers (2, M).
        norms: lengths of the gradients, summed over the sampled steps (M,).
        gradients: mean absolute gradient of each of L layers' weights, summed over the sampled steps (L, M).
        updates: what the steps moved those weights by, as shares of them, likewise (L, M).
        at_start: the same of a run's very first step, until it is told of (L, M).
        counts: examples, sampled steps, and whether at_start is to be told of.
    """

    def __init__(self, runs: int, layers: Sequence[str], like: Tensor) -> None:
        """Makes empty sums.

        Args:
            runs: M.
            layers: names of the layers whose gradients are looked at.
            like: a tensor of the device and the type that sums are kept in.
        """
        self.layers = tuple(layers)
        self.totals = like.new_zeros(TOTALS, runs)
        self.norms = like.new_zeros(runs)
        self.gradients = like.new_zeros(len(layers), runs)
        self.updates = like.new_zeros(len(layers), runs)
        self.at_start = like.new_zeros(len(layers), runs)
        self.counts = [0, 0, 0]

    @property
    def examples(self) -> int:
        """How many examples each run was trained on since the last measurement."""
        return self.counts[0]

    def add(self, examples: int, losses: Tensor, right: Tensor) -> None:
        """Adds a step.

        Args:
            examples: each run's batch had.
            losses: mean over the batch (M,).
            right: right answers (M,).
        """
        self.totals += torch.stack((losses * examples, right.to(losses.dtype)))
        self.counts[0] += examples

    def look(self, step: int, norms: Tensor, means: Tensor, changes: Tensor) -> None:
        """Adds what a sampled 0-based step shows of the gradients and what it moved.

        Args:
            step: which it is.
            norms: lengths of the runs' gradients, before they are clipped (M,).
            means: the mean absolute gradient of each layer's weights (L, M).
            changes: what the step moved them by, as shares of them (L, M).
        """
        self.norms += norms
        self.gradients += means
        self.updates += changes
        self.counts[1] += 1
        if step == 0:
            self.at_start += means
            self.counts[2] = 1

    def take(self) -> list[Found]:
        """Returns what was summed up for each run, and empties the sums."""
        examples, sampled, start = self.counts
        sums = (self.totals.T, self.norms, self.gradients.T, self.updates.T, self.at_start.T)
        found = []
        for (nats, right), norms, ours, moved, first in zip(*(each.tolist() for each in sums), strict=True):
            means = {
                "gradient_norm": finite(norms / sampled),
                "train/loss": finite(nats / examples),
                "train/accuracy": right / examples,
            }
            looks = {"gradients_at_start": first} if start else {}
            looks["gradients"] = [total / sampled for total in ours]
            looks["updates"] = [total / sampled for total in moved]
            named = {
                key: dict(zip(self.layers, map(finite, values), strict=True)) for key, values in looks.items()
            }
            found.append(Found(means, named if self.layers else {}))
        self.empty()
        return found

    def empty(self) -> None:
        """Forgets everything."""
        for name in TENSORS:
            getattr(self, name).zero_()
        self.counts = [0, 0, 0]

    def select(self, places: Sequence[int]) -> None:
        """Keeps the runs at these places."""
        rows = torch.tensor(places, dtype=torch.int64, device=self.totals.device)
        for name in TENSORS:
            setattr(self, name, getattr(self, name).index_select(-1, rows))

    def state(self) -> dict[str, Any]:
        """Returns everything as tensors by name."""
        found = {name: getattr(self, name) for name in TENSORS}
        return found | {"counts": torch.tensor(self.counts)}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Takes up where `state` was."""
        for name in TENSORS:
            getattr(self, name).copy_(state[name])
        self.counts = state["counts"].tolist()
