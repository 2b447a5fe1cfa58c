"""The stacked engine: the runs of a cohort in step, their weights stacked, every step taken by all at once.

Every run keeps its own streams of randomness, its own learning rate and its own end, and so means the same
as alone; only the last bits of its numbers may differ from the solo engine's.
"""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from glasslab.nets.dense_passes import DensePasses
from glasslab.nets.stack import Stack
from glasslab.nets.stack_layers import Dropout
from glasslab.training.batches import Batches
from glasslab.training.checkpoint import under
from glasslab.training.gradients import (
    clip,
    is_sampled,
    layer_weights,
    lengths,
    mean_absolutes,
    relative_changes,
)
from glasslab.training.graphed import Graphed, Seen
from glasslab.training.progress import Trainee
from glasslab.training.scoring import Score, outputs_of, score_stack, wide
from glasslab.training.stacked_optimizer import StackedOptimizer, stepping
from glasslab.training.sums import Sums


class Cohort:
    """Trains runs whose networks have one structure; see `glasslab.training.loop.Engine`."""

    def __init__(self, trainees: Sequence[Trainee]) -> None:
        """Begins with the runs' own networks.

        Args:
            trainees: runs of one structure, course, loss and kind of data.
        """
        self.active = in_order(trainees)
        setups = [trainee.setup for trainee in self.active]
        self.setup = first = setups[0]
        self.device = first.tensors.train.x.device
        self.stack = Stack([setup.net for setup in setups]).train()
        recipes = [setup.settings.recipe for setup in setups]
        self.optimizer = StackedOptimizer(recipes, self.stack.values, self.stack.slopes)
        like = torch.empty(0, dtype=wide(self.device), device=self.device)
        names = list(layer_weights(first.net))
        self.sums = Sums(len(setups), names, like)
        self.prepare()

    def prepare(self) -> None:
        """Makes what depends on which runs are active."""
        setups = [trainee.setup for trainee in self.active]
        self.batches = Batches(setups)
        mixed = self.setup.course.precision == "bfloat16"
        self.passes = None if mixed else DensePasses.through(self.stack)
        draws = any(isinstance(layer, Dropout) for layer in self.stack)
        self.generators = [torch.Generator(self.device) for _ in setups if draws]
        self.stack.draw_dropout_from(self.generators)
        self.splits = {split: together(self.active, split) for split in ("val", "test")}
        parameters, full = list(self.stack.parameters()), self.setup.pace.batch_size
        self.graphed = Graphed(self.backward, parameters, full, self.generators)
        self.looking = Graphed(partial(self.backward, look=True), parameters, full, self.generators)
        named = dict(self.stack.named_parameters())
        looked_at = [name for name in named if name.removesuffix(".weight") in self.sums.layers]
        self.weights_by_layer = [named[name].detach() for name in looked_at]
        self.gradients_by_layer = [self.stack.slopes_of[name] for name in looked_at]

    def step(self, step: int) -> None:
        """Trains every run on its batch of a 0-based step, and adds what it showed to the sums."""
        x, y = self.batches.at(step)
        for generator, key in zip(self.generators, self.batches.dropout_keys(step), strict=False):
            generator.manual_seed(key)  # there are none without dropout
        sampled = is_sampled(step, self.setup.pace)
        losses, right, *looks = (self.looking if sampled else self.graphed)(x, y)
        before = [weights.clone() for weights in self.weights_by_layer] if sampled else []
        self.optimizer.step([trainee.setup.rate(step) for trainee in self.active])
        self.sums.add(y.shape[1], losses, right)
        if sampled:
            norms, means = looks
            self.sums.look(step, norms, means, relative_changes(before, self.weights_by_layer, losses))

    def backward(self, x: Tensor, y: Tensor, look: bool = False) -> Seen:
        """Works out every run's gradient, clipped where asked; returns losses and right answers (M,).

        Args:
            x: inputs (M, B, ...).
            y: labels (M, B).
            look: whether to return the gradients' lengths (M,) and means by layer (L, M) too.
        """
        passes = self.passes
        losses, right = self.by_autograd(x, y) if passes is None else self.by_hand(passes, x, y)
        limit = self.setup.course.clip_norm
        norms = lengths([self.stack.slopes]) if look or limit is not None else losses
        looks = (norms, mean_absolutes(self.gradients_by_layer, norms)) if look else ()
        if limit is not None:
            clip([self.stack.slopes], norms, limit)
        return losses, right, *looks

    def by_autograd(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Works out the gradients of any stack; returns losses and right answers (M,)."""
        outputs = outputs_of(self.setup, self.stack, x).flatten(0, 1)
        losses = self.setup.loss.training(outputs, y.flatten()).view(y.shape).mean(1)
        losses.sum().backward()  # type: ignore[no-untyped-call]
        self.stack.collect()
        right = self.setup.loss.correct(outputs.detach(), y.flatten()).view(y.shape).sum(1)
        return losses.detach(), right

    @torch.no_grad()
    def by_hand(self, passes: DensePasses, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Works out the gradients of a stack of dense layers; returns losses and right answers (M,)."""
        losses, right, slope = self.setup.loss.slopes(passes.forward(x), y)
        passes.backward(slope)
        return losses, right

    def score(self, split: str) -> list[Score] | None:
        """Returns how each run does on a split; None where there is no such split."""
        examples = self.splits[split]
        return None if examples is None else score_stack(self.setup, self.stack, *examples)

    def weights(self, place: int) -> dict[str, Tensor]:
        """Returns a copy of one run's parameters and buffers by name."""
        return self.stack.weights_of(place)

    def go_on_with(self, places: Sequence[int]) -> None:
        """Goes on with the runs at these places alone."""
        self.active = [self.active[place] for place in places]
        if self.active:
            self.stack.select(places)
            self.optimizer = self.optimizer.select(places, self.stack.values, self.stack.slopes)
            self.sums.select(places)
            self.prepare()

    def state(self) -> dict[str, Tensor]:
        """Returns the active runs' weights, optimizers and sums as tensors by name."""
        found = {f"net/{name}": value for name, value in self.stack.state_dict().items()}
        found |= {f"optimizer/{name}": value for name, value in self.optimizer.state().items()}
        return found | {f"sums/{name}": value for name, value in self.sums.state().items()}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Takes up where `state` was, with the same runs active."""
        self.stack.load_state_dict(under(state, "net/"))
        self.optimizer.restore(under(state, "optimizer/"))
        self.sums.restore(under(state, "sums/"))


def in_order(trainees: Sequence[Trainee]) -> list[Trainee]:
    """Returns runs in an order in which those that are stepped alike lie side by side."""
    return sorted(trainees, key=lambda trainee: stepping(trainee.setup.settings.recipe))


def together(trainees: Sequence[Trainee], split: str) -> tuple[Tensor, Tensor] | None:
    """Returns the inputs (M, N, ...) and labels (M, N) of each run's split; None where there is none."""
    examples = [trainee.setup.tensors.split(split) for trainee in trainees]
    found = [each for each in examples if each is not None]
    if not found:
        return None
    first, runs = found[0], len(found)
    if all(each is first for each in found):
        return first.x.expand(runs, *first.x.shape), first.y.expand(runs, -1)
    return torch.stack([each.x for each in found]), torch.stack([each.y for each in found])
