"""Batches: the examples of each step, of one run or of many at once, gathered by index on the device."""

from collections.abc import Sequence

import torch
from torch import Tensor

from glasslab.data.augment import AugmentPlan, apply, draw
from glasslab.training import streams
from glasslab.training.setup import Setup


class Batches:
    """The batches of M runs: which examples, in what order, how augmented, is a function of the step."""

    def __init__(self, setups: Sequence[Setup]) -> None:
        """Prepares batches over the training examples of runs with equally many of the same shape."""
        first = setups[0]
        self.seeds = [setup.settings.seed for setup in setups]
        self.pace, self.augment = first.pace, first.course.augment
        self.shared = all(setup.tensors is first.tensors for setup in setups)
        own = [first.tensors] if self.shared else [setup.tensors for setup in setups]
        self.x = own[0].train.x if self.shared else torch.cat([tensors.train.x for tensors in own])
        self.y = own[0].train.y if self.shared else torch.cat([tensors.train.y for tensors in own])
        self.black = self.x.new_tensor(first.tensors.scaling.black)
        self.whole = self.pace.steps_per_epoch == 1 and not self.augment
        self.epoch = -1
        self.order = torch.empty(0, dtype=torch.int64)
        self.keys: list[list[int]] = []
        self.changes: AugmentPlan | None = None

    def at(self, step: int) -> tuple[Tensor, Tensor]:
        """Returns the inputs (M, batch, ...) and labels (M, batch) of a 0-based step."""
        within = self.turn_to(step)
        runs = len(self.seeds)
        if self.whole:
            shape = (1 if self.shared else runs, self.pace.examples)
            x, y = self.x.view(*shape, *self.x.shape[1:]), self.y.view(shape)
            return x.expand(runs, *x.shape[1:]), y.expand(runs, -1)
        some = slice(within * self.pace.batch_size, (within + 1) * self.pace.batch_size)
        places = self.order[:, some]
        rows = (places if self.shared else places + self.firsts()).flatten()
        x, y = self.x.index_select(0, rows), self.y.index_select(0, rows)
        if self.changes is not None:
            x = apply(self.changes, (places + self.firsts()).flatten(), x, self.black)
        return x.view(*places.shape, *x.shape[1:]), y.view(places.shape)

    def dropout_keys(self, step: int) -> list[int]:
        """Returns the key of each run's dropout at a 0-based step."""
        within = self.turn_to(step)
        return [keys[within] for keys in self.keys]

    def firsts(self) -> Tensor:
        """Returns where each run's examples begin when those of all runs lie one after another (M, 1)."""
        return torch.arange(len(self.seeds), device=self.x.device)[:, None] * self.pace.examples

    def turn_to(self, step: int) -> int:
        """Draws what belongs to a step's epoch, if that has just begun; returns the step's place in it."""
        epoch, within = divmod(step, self.pace.steps_per_epoch)
        if epoch != self.epoch:
            self.begin(epoch)
        return within

    def begin(self, epoch: int) -> None:
        """Draws each run's order, dropout keys and augmentation for an epoch."""
        self.epoch = epoch
        pace, device = self.pace, self.x.device
        self.keys = [streams.dropout_keys(seed, epoch, pace.steps_per_epoch) for seed in self.seeds]
        if self.whole:
            return
        orders = [torch.from_numpy(streams.order(seed, epoch, pace.examples)) for seed in self.seeds]
        self.order = torch.stack(orders).to(device)
        if self.augment:
            generators = [streams.generator(seed, "augment", epoch) for seed in self.seeds]
            plans = [draw(self.augment, pace.examples, rng) for rng in generators]
            self.changes = AugmentPlan.together(plans).to(device)
