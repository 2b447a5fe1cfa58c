"""Losses: what training makes small, and how well outputs meet the labels."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from glasslab.errors import StudyError
from glasslab.plan import recipe
from glasslab.plan.settings import builder


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss with all that is measured by it; B examples, K outputs of the net, labels y (B,) of int64.

    Attributes:
        outputs: from the number of classes, 2 or more, to K; a StudyError where it cannot be.
        mean: (logits (B, K), y) -> (): the training loss in nats, with label smoothing if set.
        training: (logits (B, K), y) -> (B,): the same of each example.
        per_example: (logits (B, K), y) -> (B,): the negative log-probability of the label in nats, the
            evaluation loss. It is never smoothed, and so comparable between recipes.
        correct: (logits (B, K), y) -> (B,) of bool: whether the most probable class is the label; the
            first of equally probable ones is taken.
        probabilities: logits (B, K) -> (B, classes), each row summing to 1.
        slopes: what a step needs of M nets at once without autograd, from (logits (M, K, B), y (M, B)): the
            mean of `training` (M,), how many are `correct` (M,), and the gradients of the means by the logits
            (M, K, B).
    """

    outputs: Callable[[int], int]
    mean: Callable[[Tensor, Tensor], Tensor]
    training: Callable[[Tensor, Tensor], Tensor]
    per_example: Callable[[Tensor, Tensor], Tensor]
    correct: Callable[[Tensor, Tensor], Tensor]
    probabilities: Callable[[Tensor], Tensor]
    slopes: Callable[[Tensor, Tensor], tuple[Tensor, Tensor, Tensor]]


def make_loss(settings: recipe.Loss) -> Loss:
    """Returns the loss that these settings describe."""
    loss: Loss = builder(recipe.LOSSES, settings)(settings)
    return loss


def cross_entropy(settings: recipe.CrossEntropy) -> Loss:
    """Returns softmax cross-entropy, one output a class.

    Label smoothing s (Szegedy et al., 2016, section 7) trains towards 1 - s + s/K for the label and s/K
    for every other class.
    """

    def slopes(logits: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        wanted = y.unsqueeze(1)
        logs, slope = logits.log_softmax(1), logits.softmax(1)
        losses = -logs.gather(1, wanted).squeeze(1).mean(1)
        right = (logits.max(1).indices == y).sum(1)  # argmax takes ten times as long along this axis
        smoothing = settings.label_smoothing
        slope.scatter_add_(1, wanted, logs.new_full(wanted.shape, smoothing - 1))
        if smoothing:
            losses = (1 - smoothing) * losses - smoothing * logs.mean((1, 2))
            slope -= smoothing / logits.shape[1]
        return losses, right, slope.div_(y.shape[1])

    return Loss(
        outputs=lambda classes: classes,
        mean=lambda logits, y: F.cross_entropy(logits, y, label_smoothing=settings.label_smoothing),
        training=lambda logits, y: F.cross_entropy(
            logits, y, reduction="none", label_smoothing=settings.label_smoothing
        ),
        per_example=lambda logits, y: F.cross_entropy(logits, y, reduction="none"),
        correct=lambda logits, y: logits.argmax(1) == y,
        probabilities=lambda logits: logits.softmax(1),
        slopes=slopes,
    )


def binary_cross_entropy(settings: recipe.BinaryCrossEntropy) -> Loss:
    """Returns sigmoid cross-entropy on one output z: class 1 has probability 1 / (1 + exp(-z))."""

    def per_example(logits: Tensor, y: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(logits[:, 0], y.to(logits.dtype), reduction="none")

    def slopes(logits: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z, wanted = logits[:, 0], y.to(logits.dtype)
        losses = F.binary_cross_entropy_with_logits(z, wanted, reduction="none").mean(1)
        right = ((z > 0) == (y == 1)).sum(1)
        return losses, right, ((z.sigmoid() - wanted) / y.shape[1]).unsqueeze(1)

    return Loss(
        outputs=one_output,
        mean=lambda logits, y: F.binary_cross_entropy_with_logits(logits[:, 0], y.to(logits.dtype)),
        training=per_example,
        per_example=per_example,
        correct=lambda logits, y: (logits[:, 0] > 0) == (y == 1),
        probabilities=lambda logits: torch.cat((-logits, logits), 1).sigmoid(),
        slopes=slopes,
    )


def one_output(classes: int) -> int:
    """Returns 1, the outputs that two classes need here."""
    if classes != 2:
        raise StudyError(
            [
                f"[recipe] loss: 'binary-cross-entropy' is for exactly 2 classes, the data has {classes}; "
                "choose 'cross-entropy'"
            ]
        )
    return 1
