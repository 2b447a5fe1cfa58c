"""Scoring: networks' loss and accuracy on a split, as they are used and not as they are trained."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from glasslab.data.tensors import Examples
from glasslab.training.setup import Setup

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


def wide(device: torch.device) -> torch.dtype:
    """Returns the type that sums over many examples are kept in: float64, on MPS float32 for want of it."""
    return torch.float32 if device.type == "mps" else torch.float64


def chunks(examples: int, values: int) -> list[slice]:
    """Returns the slices in which a split is scored, always the same for the same split.

    Args:
        examples: in the split.
        values: input values that one example brings.
    """
    size = max(64, min(2000, VALUES_PER_CHUNK // max(1, values)))
    return [slice(start, start + size) for start in range(0, examples, size)]


@contextmanager
def in_use(net: nn.Module) -> Iterator[None]:
    """Has a network, inside a with statement, in evaluation mode and without gradients."""
    was_training = net.training
    net.eval()
    with torch.inference_mode():
        yield
    net.train(was_training)


def score(setup: Setup, examples: Examples) -> Score:
    """Returns the score of a run's network on a split, in evaluation mode, without augmentation."""
    sums = wide(examples.y.device)
    total = torch.zeros(2, dtype=sums, device=examples.y.device)
    with in_use(setup.net):
        for part in chunks(len(examples.y), examples.x[0].numel()):
            logits, y = outputs_of(setup, setup.net, examples.x[part]), examples.y[part]
            total[0] += setup.loss.per_example(logits, y).sum(dtype=sums)
            total[1] += setup.loss.correct(logits, y).sum()
    nats, right = (total / len(examples.y)).tolist()
    return Score(nats, right)


def score_stack(setup: Setup, stack: nn.Module, x: Tensor, y: Tensor) -> list[Score]:
    """Returns the score of each of M stacked networks, in evaluation mode, without augmentation.

    Args:
        setup: of any of their runs; says what scores are taken by, and in what precision.
        stack: from (M, B, ...) to (M, B, outputs).
        x: each network's examples (M, N, ...).
        y: their labels (M, N).
    """
    runs, examples = y.shape
    sums = wide(y.device)
    total = torch.zeros(2, runs, dtype=sums, device=y.device)
    with in_use(stack):
        # on a CPU in the chunks in which each would be scored alone; elsewhere memory is dearer
        at_once = 1 if y.device.type == "cpu" else runs
        for part in chunks(examples, at_once * x[0, 0].numel()):
            logits = outputs_of(setup, stack, x[:, part]).flatten(0, 1)
            labels = y[:, part].flatten()
            total[0] += setup.loss.per_example(logits, labels).view(runs, -1).sum(1, dtype=sums)
            total[1] += setup.loss.correct(logits, labels).view(runs, -1).sum(1)
    return [Score(nats, right) for nats, right in (total / examples).T.tolist()]


def logits_of(setup: Setup, examples: Examples) -> Tensor:
    """Returns the network's outputs on a split (examples, outputs), on the CPU, in evaluation mode."""
    setup.net.eval()
    parts = chunks(len(examples.y), examples.x[0].numel())
    with torch.inference_mode():
        return torch.cat([outputs_of(setup, setup.net, examples.x[part]).cpu() for part in parts])


def outputs_of(setup: Setup, net: nn.Module, x: Tensor) -> Tensor:
    """Returns a network's outputs in the run's precision, as numbers of the inputs' type."""
    with setup.rounding():
        outputs: Tensor = net(x)
    return outputs.to(x.dtype)
