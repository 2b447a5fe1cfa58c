"""What a run trains with: net, optimizer, schedule, loss and data, put together from its settings."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from glasslab.data.augment import check_augment
from glasslab.data.tensors import Tensors
from glasslab.errors import StudyError
from glasslab.nets.network import make
from glasslab.nets.numpy_layers import Network
from glasslab.plan.identity import RunSettings
from glasslab.plan.recipe import Course, Optimizer, Sgd
from glasslab.recipes.losses import Loss, make_loss
from glasslab.recipes.optimizers import make_optimizer
from glasslab.recipes.schedules import make_schedule
from glasslab.training import streams
from glasslab.training.batches import Batches
from glasslab.training.by_hand import Descent, by_hand
from glasslab.training.gradients import layer_weights
from glasslab.training.pace import Pace

Backward = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]

DTYPES = {"float32": torch.float32, "float64": torch.float64}


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that a run's steps use; what changes while training is inside net and optimizer.

    Attributes:
        course: how long, and when to stop.
        pace: the same in steps.
        net: in training mode.
        optimizer: over the net's parameters.
        lr: the learning rate at its highest.
        schedule: step -> factor on the learning rate.
        loss: training loss, scores and predictions.
        backward: inputs (B, ...) and labels (B,) -> the net's outputs and the training loss, detached; leaves
            the gradient in every parameter's `grad`.
        tensors: the examples, on the device.
        batches: the examples of each step.
        parameters: the net's parameters that learn.
        weights: those of them that gradients are told of, by layer.
    """

    course: Course
    pace: Pace
    net: nn.Module
    optimizer: torch.optim.Optimizer
    lr: float
    schedule: Callable[[int], float]
    loss: Loss
    backward: Backward
    tensors: Tensors
    batches: Batches
    parameters: tuple[Tensor, ...]
    weights: dict[str, Tensor]


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
    backward, optimizer = learning(net, loss, recipe.optimizer)
    return Setup(
        course=course,
        pace=pace,
        net=net,
        optimizer=optimizer,
        lr=recipe.optimizer.lr,
        schedule=make_schedule(recipe.schedule, pace.steps, pace.steps_per_epoch),
        loss=loss,
        backward=backward,
        tensors=tensors,
        batches=Batches(tensors, pace, course.augment, settings.seed),
        parameters=tuple(p for p in net.parameters() if p.requires_grad),
        weights=layer_weights(net),
    )


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


def require_validation(tensors: Tensors) -> None:
    """Refuses to choose weights or a time to stop without examples held out for it.

    Raises:
        StudyError: when there is no validation split.
    """
    if tensors.val is None:
        raise StudyError(["[recipe] patience, keep: choosing needs a validation set; set data.validation"])
