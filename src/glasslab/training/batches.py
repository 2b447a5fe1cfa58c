"""Batches: the examples of each step, gathered by index from tensors on the device."""

import torch
from torch import Tensor

from glasslab.data.augment import AugmentPlan, apply, draw
from glasslab.data.tensors import Tensors
from glasslab.training import streams
from glasslab.training.pace import Pace


class Batches:
    """The batches of one run: which examples, in what order, how augmented, is a function of the step."""

    def __init__(self, tensors: Tensors, pace: Pace, augment: tuple[str, ...], seed: int) -> None:
        """Prepares batches over the training examples."""
        self.x, self.y = tensors.train.x, tensors.train.y
        self.black = self.x.new_tensor(tensors.scaling.black)
        self.pace, self.augment, self.seed = pace, augment, seed
        self.whole = pace.steps_per_epoch == 1 and not augment
        self.epoch = -1
        self.order: Tensor = torch.empty(0, dtype=torch.int64)
        self.dropout: list[int] = []
        self.changes: AugmentPlan | None = None

    def at(self, step: int) -> tuple[Tensor, Tensor]:
        """Returns the inputs (batch, ...) and labels (batch,) of a 0-based step, and seeds its dropout."""
        epoch, within = divmod(step, self.pace.steps_per_epoch)
        if epoch != self.epoch:
            self.begin(epoch)
        streams.seed_dropout(self.dropout[within], self.x.device)
        if self.whole:
            return self.x, self.y
        rows = self.order[within * self.pace.batch_size : (within + 1) * self.pace.batch_size]
        x, y = self.x.index_select(0, rows), self.y.index_select(0, rows)
        return (apply(self.changes, rows, x, self.black) if self.changes is not None else x), y

    def begin(self, epoch: int) -> None:
        """Draws an epoch's order, dropout keys and augmentation."""
        self.epoch = epoch
        self.dropout = streams.dropout_keys(self.seed, epoch, self.pace.steps_per_epoch)
        if self.whole:
            return
        self.order = torch.from_numpy(streams.order(self.seed, epoch, self.pace.examples)).to(self.x.device)
        if self.augment:
            rng = streams.generator(self.seed, "augment", epoch)
            self.changes = draw(self.augment, self.pace.examples, rng).to(self.x.device)
