"""Learning-rate schedules: pure functions of the optimizer step, so that resuming needs no state."""

import math
from collections.abc import Callable

from glasslab.plan import recipe
from glasslab.plan.settings import builder

Factor = Callable[[int], float]


def make_schedule(settings: recipe.Schedule, steps: int, steps_per_epoch: int) -> Factor:
    """Returns the factor, between 0 and 1, that multiplies the learning rate at optimizer step i = 0, 1, ...

    Over the warm-up's w steps it is (i + 1) / w: above 0 at the first, 1 at the last. The schedule then
    runs over the steps that remain, as if training began there. A warm-up as long as the training leaves
    none, and the factor ends below or at 1.

    Args:
        settings: one of the schedules of a recipe.
        steps: optimizer steps of the whole training, 1 or more.
        steps_per_epoch: optimizer steps of one epoch, 1 or more; epochs are rounded to whole steps.
    """
    warmup = round(settings.warmup_epochs * steps_per_epoch)
    schedule: Factor = builder(recipe.SCHEDULES, settings)(settings, steps - warmup, steps_per_epoch)

    def factor(i: int) -> float:
        return (i + 1) / warmup if i < warmup else schedule(i - warmup)

    return factor


def constant(settings: recipe.Constant, steps: int, steps_per_epoch: int) -> Factor:
    """Returns 1 at every step."""
    return lambda i: 1.0


def step(settings: recipe.Step, steps: int, steps_per_epoch: int) -> Factor:
    """Returns decay^k after k periods of `decay_epochs`."""
    period = max(1, round(settings.decay_epochs * steps_per_epoch))
    return lambda i: float(settings.decay ** (i // period))


def cosine(settings: recipe.Cosine, steps: int, steps_per_epoch: int) -> Factor:
    """Returns half a cosine from 1 at the first step to `final_share` at the last.

    Loshchilov and Hutter (2017), equation 5, for one period without restarts.
    """
    last = max(1, steps - 1)
    return lambda i: between(1.0, settings.final_share, i / last)


def one_cycle(settings: recipe.OneCycle, steps: int, steps_per_epoch: int) -> Factor:
    """Returns a climb from 1/25 to 1 over `rise` of the steps, then a fall to 1/250,000 at the last.

    Smith and Topin (2019), both along half a cosine, with the turning point that PyTorch's OneCycleLR
    takes: at step rise * steps - 1, which need not be whole.
    """
    low, lowest = 1 / 25, 1 / 250_000
    turn, last = settings.rise * steps - 1, steps - 1

    def factor(i: int) -> float:
        if i <= turn:
            return between(low, 1.0, i / turn if turn > 0 else 1.0)
        return between(1.0, lowest, (i - turn) / (last - turn))

    return factor


def between(start: float, end: float, share: float) -> float:
    """Returns the value at a `share` of the way from `start` to `end` along half a cosine."""
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2
