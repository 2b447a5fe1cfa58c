"""Measurements of a step: how large each run's gradient is, whole and in each layer, and what it moves."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from glasslab.training.pace import Pace

SAMPLES = 16  # steps between two measurements whose gradients are looked at layer by layer, about


def layer_weights(net: nn.Module) -> dict[str, Tensor]:
    """Returns the weights that learn by layer, in the order of registration; biases and norms are left out.

    A layer is named as its module is ("hidden1"), or as the parameter where a module has several
    ("rnn.weight_hh_l0").
    """
    named = ((name, weight) for name, weight in net.named_parameters() if weight.requires_grad)
    return {name.removesuffix(".weight"): weight for name, weight in named if weight.ndim > 1}


def is_sampled(step: int, pace: Pace) -> bool:
    """Returns whether a 0-based step's gradients are looked at: about 16 of them to a measurement, evenly."""
    return step % pace.period % max(1, pace.period // SAMPLES) == 0


def of_each_run(tensor: Tensor) -> tuple[int, ...]:
    """Returns the axes of (M, ...) that belong to one run: all but the first."""
    return tuple(range(1, tensor.ndim))


def mean_absolutes(gradients: Sequence[Tensor | None], like: Tensor) -> Tensor:
    """Returns the mean absolute value of each of L gradients (M, ...) for each run, (L, M), in one pass.

    Args:
        gradients: None where a weight has none, which counts as 0.
        like: numbers of the runs (M,).
    """
    found = [
        torch.zeros_like(like)
        if each is None
        else torch.linalg.vector_norm(each, 1, of_each_run(each)) / each[0].numel()
        for each in gradients
    ]
    return torch.stack(found) if found else like.new_zeros(0, len(like))


def relative_changes(before: Sequence[Tensor], after: Sequence[Tensor], like: Tensor) -> Tensor:
    """Returns how far each run's step moved the weights of L layers, as shares of them, (L, M).

    That is ||W_after - W_before|| / ||W_before||, with the L2 norm over a layer's weights; not finite where
    they were all 0.

    Args:
        before: weights (M, ...) before the step.
        after: the same after it.
        like: numbers of the runs (M,).
    """
    norm = torch.linalg.vector_norm
    found = [
        norm(now - old, 2, of_each_run(old)) / norm(old, 2, of_each_run(old))
        for old, now in zip(before, after, strict=True)
    ]
    return torch.stack(found) if found else like.new_zeros(0, len(like))


def lengths(gradients: Sequence[Tensor]) -> Tensor:
    """Returns the L2 norm of each run's gradient over all parameters: tensors (M, ...) to (M,)."""
    each = [torch.linalg.vector_norm(gradient, 2, of_each_run(gradient)) for gradient in gradients]
    of_all: Tensor = torch.linalg.vector_norm(torch.stack(each), 2, 0)
    return of_all


def clip(gradients: Sequence[Tensor], norms: Tensor, limit: float) -> None:
    """Scales the gradient of every run that is longer than the limit down to it, in place.

    The factor is limit / (norm + 1e-6), as PyTorch's `clip_grad_norm_` takes it.
    """
    shares = (limit / (norms + 1e-6)).clamp(max=1.0)
    for gradient in gradients:
        gradient.mul_(shares.view(-1, *(1,) * (gradient.ndim - 1)))
