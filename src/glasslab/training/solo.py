"""The solo engine: one run, any network, whoever works out the gradients."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from glasslab.nets.numpy_layers import Network
from glasslab.plan.recipe import Optimizer, Sgd
from glasslab.recipes.losses import Loss
from glasslab.recipes.optimizers import make_optimizer, optimizer_tensors, restore_tensors
from glasslab.training import streams
from glasslab.training.batches import Batches
from glasslab.training.by_hand import Descent, by_hand
from glasslab.training.checkpoint import under
from glasslab.training.gradients import clip, is_sampled, layer_weights, lengths, mean_absolutes
from glasslab.training.progress import Trainee
from glasslab.training.scoring import Score, score, wide
from glasslab.training.sums import Sums

Backward = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


class Solo:
    """Trains one run; see `glasslab.training.loop.Engine`.

    Attributes:
        backward: inputs (B, ...) and labels (B,) -> the net's outputs and the training loss, detached; leaves
            the gradient in every parameter's `grad`.
        optimizer: over the net's parameters.
    """

    def __init__(self, trainee: Trainee) -> None:
        """Begins with the run's own network."""
        self.active = [trainee]
        self.setup = setup = trainee.setup
        self.backward, self.optimizer = learning(setup.net, setup.loss, setup.settings.recipe.optimizer)
        self.batches = Batches([setup])
        self.parameters = [p for p in setup.net.parameters() if p.requires_grad]
        self.layers = layer_weights(setup.net)
        device = setup.tensors.train.x.device
        self.sums = Sums(1, list(self.layers), torch.empty(0, dtype=wide(device), device=device))

    def step(self, step: int) -> None:
        """Trains on the batch of a 0-based step, and adds what it showed to the sums."""
        setup = self.setup
        (x,), (y,) = self.batches.at(step)
        streams.seed_dropout(self.batches.dropout_keys(step)[0], x.device)
        for group in self.optimizer.param_groups:
            group["lr"] = setup.rate(step)
        self.optimizer.zero_grad()
        outputs, loss = self.backward(x, y)
        if is_sampled(step, setup.pace):
            means = mean_absolutes([of_one(w.grad) for w in self.layers.values()], runs=1)
            if means is not None:
                self.sums.look(step, means)
        gradients = [p.grad[None] for p in self.parameters if p.grad is not None]
        norms = lengths(gradients)
        clip(gradients, norms, setup.course.clip_norm)
        self.optimizer.step()
        with torch.no_grad():
            right = setup.loss.correct(outputs, y).sum()
            self.sums.add(len(y), loss[None], right[None], norms)

    def score(self, split: str) -> list[Score] | None:
        """Returns how the run does on a split; None where there is no such split."""
        examples = self.setup.tensors.split(split)
        return None if examples is None else [score(self.setup.net, self.setup.loss, examples)]

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


def of_one(gradient: Tensor | None) -> Tensor | None:
    """Returns a gradient as that of a stack of one run."""
    return None if gradient is None else gradient[None]


def learning(net: nn.Module, loss: Loss, settings: Optimizer) -> tuple[Backward, torch.optim.Optimizer]:
    """Returns what works out a network's gradients and what steps along them: by hand, or PyTorch's."""
    if isinstance(net, Network) and isinstance(settings, Sgd):
        return by_hand(net), Descent(net.parameters(), settings)
    return by_autograd(net, loss), make_optimizer(settings, net.parameters())


def by_autograd(net: nn.Module, loss: Loss) -> Backward:
    """Returns the backward pass that PyTorch works out."""

    def backward(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        outputs = net(x)
        value = loss.mean(outputs, y)
        value.backward()  # type: ignore[no-untyped-call]
        return outputs.detach(), value.detach()

    return backward
