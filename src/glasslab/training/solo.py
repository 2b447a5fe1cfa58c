"""The solo engine: one run, any network, whoever works out the gradients."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from glasslab.nets.numpy_layers import Network
from glasslab.plan.recipe import Sgd
from glasslab.recipes.optimizers import make_optimizer, optimizer_tensors, restore_tensors, stepper
from glasslab.training import streams
from glasslab.training.batches import Batches
from glasslab.training.by_hand import Descent, by_hand
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
from glasslab.training.scoring import Score, outputs_of, score, wide
from glasslab.training.setup import Setup
from glasslab.training.sums import Sums

Differentiate = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


class Solo:
    """Trains one run; see `glasslab.training.loop.Engine`.

    Attributes:
        differentiate: inputs (B, ...) and labels (B,) -> the net's outputs and the training loss, detached;
            leaves the gradient in every parameter's `grad`.
        optimizer: over the net's parameters.
    """

    def __init__(self, trainee: Trainee) -> None:
        """Begins with the run's own network."""
        self.active = [trainee]
        self.setup = setup = trainee.setup
        self.differentiate, self.optimizer = learning(setup)
        self.move = stepper(self.optimizer)
        self.batches = Batches([setup])
        self.parameters = [p for p in setup.net.parameters() if p.requires_grad]
        full = setup.pace.batch_size
        self.graphed = Graphed(self.backward, self.parameters, full)
        self.looking = Graphed(partial(self.backward, look=True), self.parameters, full)
        self.layers = layer_weights(setup.net)
        device = setup.tensors.train.x.device
        self.sums = Sums(1, list(self.layers), torch.empty(0, dtype=wide(device), device=device))

    def step(self, step: int) -> None:
        """Trains on the batch of a 0-based step, and adds what it showed to the sums."""
        (x,), (y,) = self.batches.at(step)
        streams.seed_dropout(self.batches.dropout_keys(step)[0], x.device)
        sampled = is_sampled(step, self.setup.pace)
        losses, right, *looks = (self.looking if sampled else self.graphed)(x, y)
        for group in self.optimizer.param_groups:
            group["lr"] = self.setup.rate(step)
        weights = [weight.detach()[None] for weight in self.layers.values()] if sampled else []
        before = [weight.clone() for weight in weights]
        self.move()
        self.sums.add(len(y), losses, right)
        if sampled:
            norms, means = looks
            self.sums.look(step, norms, means, relative_changes(before, weights, losses))

    def backward(self, x: Tensor, y: Tensor, look: bool = False) -> Seen:
        """Works out the gradient, clipped where asked; returns loss and right answers, each (1,).

        Args:
            x: inputs (B, ...).
            y: labels (B,).
            look: whether to return the gradient's length (1,) and its means by layer (L, 1) too.
        """
        self.optimizer.zero_grad()
        outputs, loss = self.differentiate(x, y)
        losses, limit = loss[None], self.setup.course.clip_norm
        gradients = [p.grad[None] for p in self.parameters if p.grad is not None]
        norms = lengths(gradients) if look or limit is not None else losses
        weights = [None if w.grad is None else w.grad[None] for w in self.layers.values()] if look else []
        looks = (norms, mean_absolutes(weights, norms)) if look else ()
        if limit is not None:
            clip(gradients, norms, limit)
        return losses, self.setup.loss.correct(outputs, y).sum()[None], *looks

    def score(self, split: str) -> list[Score] | None:
        """Returns how the run does on a split; None where there is no such split."""
        examples = self.setup.tensors.split(split)
        return None if examples is None else [score(self.setup, examples)]

    def weights(self, place: int) -> dict[str, Tensor]:
        """Returns a copy of the network's parameters and buffers by name."""
        return {name: value.detach().clone() for name, value in self.setup.net.state_dict().items()}

    def go_on_with(self, places: Sequence[int]) -> None:
        """Goes on, or not."""
        self.active = [self.active[place] for place in places]

    def state(self) -> dict[str, Tensor]:
        """Returns weights, optimizer and sums as tensors by name."""
        weights = {f"net/{name}": value for name, value in self.setup.net.state_dict().items()}
        optimizer = {f"optimizer/{name}": value for name, value in optimizer_tensors(self.optimizer).items()}
        return weights | optimizer | {f"sums/{name}": value for name, value in self.sums.state().items()}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Takes up where `state` was."""
        self.setup.net.load_state_dict(under(state, "net/"))
        restore_tensors(self.optimizer, under(state, "optimizer/"))
        self.sums.restore(under(state, "sums/"))


def learning(setup: Setup) -> tuple[Differentiate, torch.optim.Optimizer]:
    """Returns what works out a network's gradients and what steps along them: by hand, or PyTorch's."""
    net, settings = setup.net, setup.settings.recipe.optimizer
    if isinstance(net, Network) and isinstance(settings, Sgd):
        return by_hand(net), Descent(net.parameters(), settings)
    return by_autograd(setup), make_optimizer(settings, net.parameters())


def by_autograd(setup: Setup) -> Differentiate:
    """Returns the backward pass that PyTorch works out."""

    def differentiate(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        outputs = outputs_of(setup, setup.net, x)
        value = setup.loss.mean(outputs, y)
        value.backward()  # type: ignore[no-untyped-call]
        return outputs.detach(), value.detach()

    return differentiate
