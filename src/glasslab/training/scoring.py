"""Scoring: a network's loss and accuracy on a split, as it is used and not as it is trained."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from glasslab.data.tensors import Examples
from glasslab.recipes.losses import Loss
from glasslab.training.progress import wide

VALUES_PER_CHUNK = 2**21  # so many input values are scored at a time: they and a layer's output fit the cache


@dataclass(frozen=True, slots=True)
class Score:
    """How a network does on a split.

    Attributes:
        loss: mean over examples, nats, without label smoothing.
        accuracy: share of examples whose most probable class is the true one.
    """

    loss: float
    accuracy: float


def chunks(examples: Examples) -> list[slice]:
    """Returns the slices in which a split is scored, always the same for the same split."""
    values = max(1, examples.x[0].numel())
    size = max(64, min(2000, VALUES_PER_CHUNK // values))
    return [slice(start, start + size) for start in range(0, len(examples.x), size)]


def score(net: nn.Module, loss: Loss, examples: Examples) -> Score:
    """Returns the score of a network on a split, in evaluation mode, without augmentation."""
    was_training = net.training
    net.eval()
    sums = wide(examples.y.device)
    total = torch.zeros(2, dtype=sums, device=examples.y.device)
    with torch.inference_mode():
        for part in chunks(examples):
            logits, y = net(examples.x[part]), examples.y[part]
            total[0] += loss.per_example(logits, y).sum(dtype=sums)
            total[1] += loss.correct(logits, y).sum()
    net.train(was_training)
    nats, right = (total / len(examples.y)).tolist()
    return Score(nats, right)


def logits_of(net: nn.Module, examples: Examples) -> Tensor:
    """Returns the network's outputs on a split (examples, outputs), on the CPU, in evaluation mode."""
    net.eval()
    with torch.inference_mode():
        return torch.cat([net(examples.x[part]).cpu() for part in chunks(examples)])
