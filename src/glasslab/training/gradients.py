"""Gradient measurements: how long the gradient is, and how large it is in each layer."""

import math

import torch
from torch import Tensor, nn

from glasslab.training.pace import Pace
from glasslab.training.progress import Progress

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


def sample(weights: dict[str, Tensor], progress: Progress) -> None:
    """Adds each layer's mean absolute gradient of this step to the running sums."""
    if not weights:
        return
    dtype = progress.sums.dtype
    means = [mean_absolute(weight) for weight in weights.values()]
    found = torch.stack([*means, means[0].new_ones(())]).to(dtype)
    if progress.step == 0:
        progress.at_start = found
    progress.gradients = found if len(progress.gradients) == 0 else progress.gradients + found


def mean_absolute(weight: Tensor) -> Tensor:
    """Returns the mean of a weight's absolute gradients, (), in one pass; 0 where it has none."""
    if weight.grad is None:
        return weight.new_zeros(())
    total: Tensor = torch.linalg.vector_norm(weight.grad, 1)
    return total / weight.numel()


def summed_up(weights: dict[str, Tensor], progress: Progress) -> dict[str, dict[str, float | None]]:
    """Returns the part of a row that tells of gradients by layer, and empties the running sums.

    Returns:
        `gradients`: layer -> mean over the sampled steps of the mean absolute gradient, None where it was
        not finite; in a run's first row `gradients_at_start` too: of the first batch, before anything was
        learned. Nothing for a network without weights of two axes or more.
    """
    found = {}
    for key, sums in (("gradients_at_start", progress.at_start), ("gradients", progress.gradients)):
        if len(sums):
            *totals, steps = sums.tolist()
            means = (total / steps for total in totals)
            values = [mean if math.isfinite(mean) else None for mean in means]
            found[key] = dict(zip(weights, values, strict=True))
    progress.at_start, progress.gradients = torch.zeros(0), torch.zeros(0)
    return found


def clipped_norm(parameters: tuple[Tensor, ...], limit: float | None) -> Tensor:
    """Returns the L2 norm of the gradient over all parameters, and then scales it down to the limit."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = torch.nn.utils.get_total_norm(gradients)
    if limit is not None:
        torch.nn.utils.clip_grads_with_norm_(parameters, limit, norm)
    return norm
