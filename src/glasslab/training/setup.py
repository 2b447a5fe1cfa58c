"""What a run trains with: net, schedule, loss and data, put together from its settings."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from glasslab.data.augment import check_augment
from glasslab.data.tensors import Tensors
from glasslab.errors import StudyError
from glasslab.nets.network import make
from glasslab.plan.identity import RunSettings
from glasslab.plan.recipe import Course
from glasslab.recipes.losses import Loss, make_loss
from glasslab.recipes.schedules import make_schedule
from glasslab.training import streams
from glasslab.training.pace import Pace

DTYPES = {
    "float32": torch.float32,
    "float64": torch.float64,
    "tf32": torch.float32,
    "bfloat16": torch.float32,
}
"""What weights and inputs are kept in, for every precision of a recipe."""


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that a run trains with, whichever engine trains it.

    Attributes:
        settings: the run's.
        pace: its course in steps.
        net: in training mode, with the weights that the run begins with.
        schedule: step -> factor on the learning rate.
        loss: training loss, scores and predictions.
        tensors: the examples, on the device.
    """

    settings: RunSettings
    pace: Pace
    net: nn.Module
    schedule: Callable[[int], float]
    loss: Loss
    tensors: Tensors

    @property
    def course(self) -> Course:
        """How long, and when to stop."""
        return self.settings.recipe.course

    def rounding(self) -> AbstractContextManager[object]:
        """Returns what a forward pass is done in: with bfloat16, PyTorch's automatic mixed precision."""
        if self.course.precision != "bfloat16":
            return nullcontext()
        return torch.autocast(self.tensors.train.x.device.type, torch.bfloat16)

    def rate(self, step: int) -> float:
        """Returns the learning rate of a 0-based step."""
        return self.settings.recipe.optimizer.lr * self.schedule(step)


def make_setup(settings: RunSettings, tensors: Tensors, folder: Path = Path()) -> Setup:
    """Returns what a run trains with, at its start.

    Args:
        settings: the run's.
        tensors: its data, on the device that it trains on and in the recipe's precision.
        folder: where a user's own module is looked for.

    Raises:
        StudyError: when net, data and recipe do not go together.
    """
    recipe, course = settings.recipe, settings.recipe.course
    device, dtype = tensors.train.x.device, DTYPES[course.precision]
    shape = tuple(tensors.train.x.shape[1:])
    check_augment(course.augment, shape)
    if course.patience is not None or course.keep == "best":
        require_validation(tensors)
    loss = make_loss(recipe.loss)
    outputs = loss.outputs(len(tensors.classes))
    rng = streams.generator(settings.seed, "init")
    net = make(settings.net, shape, outputs, rng, folder=folder).to(device=device, dtype=dtype).train()
    if any(isinstance(module, nn.Conv2d) for module in net.modules()):
        # a quarter faster on the CPU (benchmarks/layer_forms.py): no reordering before every convolution
        net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    pace = Pace.of(course, len(tensors.train.x))
    schedule = make_schedule(recipe.schedule, pace.steps, pace.steps_per_epoch)
    return Setup(settings, pace, net, schedule, loss, tensors)


def require_validation(tensors: Tensors) -> None:
    """Refuses to choose weights or a time to stop without examples held out for it.

    Raises:
        StudyError: when there is no validation split.
    """
    if tensors.val is None:
        raise StudyError(["[recipe] patience, keep: choosing needs a validation set; set data.validation"])
