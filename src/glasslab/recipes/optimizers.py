"""The optimizers, as PyTorch's own.

On the CPU and on CUDA they take PyTorch's fused kernels where there are some (SGD, Adam, AdamW, Adagrad):
one call for all parameters instead of a dozen for each. RMSprop has none; PyTorch goes through its
parameters one by one on the CPU and all at once ("foreach") on CUDA.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch.nn import Parameter
from torch.optim import Optimizer

from glasslab.errors import StudyError
from glasslab.plan import recipe
from glasslab.plan.settings import builder

Parameters = Sequence[Parameter]


def leave_the_compiler_out() -> None:
    """Has PyTorch's optimizers do without its compiler, which they import to ask whether they are compiled.

    That import takes as long as PyTorch's own. It is asked for where these methods are called for the first
    time, unless the mark of that first time is there already. Nothing happens where PyTorch has no such mark.
    """
    for name in ("zero_grad", "add_param_group", "state_dict", "load_state_dict"):
        inner = getattr(getattr(Optimizer, name), "__wrapped__", None)
        if inner is not None:
            inner.__dynamo_disable = inner


leave_the_compiler_out()


def stepper(optimizer: Optimizer) -> Callable[[], None]:
    """Returns an optimizer's step without what PyTorch wraps around it: hooks, profiling, its compiler.

    That is as much work as a small network's whole fused step.
    """
    step = inspect.unwrap(type(optimizer).step)

    def take() -> None:
        with torch.no_grad():
            step(optimizer)

    return take


def make_optimizer(settings: recipe.Optimizer, parameters: Iterable[Parameter]) -> Optimizer:
    """Returns a new optimizer over `parameters`, which lie on the device where they will be trained.

    Its learning rate is a plain number, to be set before a step: `group["lr"] = settings.lr * factor(i)`.

    Args:
        settings: one of the optimizers of a recipe.
        parameters: at least one; those that need no gradient are left out.

    Raises:
        StudyError: settings that contradict each other.
    """
    trained = [parameter for parameter in parameters if parameter.requires_grad]
    optimizer: Optimizer = builder(recipe.OPTIMIZERS, settings)(settings, trained)
    return optimizer


def optimizer_tensors(optimizer: Optimizer) -> dict[str, torch.Tensor]:
    """Returns the tensors of an optimizer's state as "<parameter's index>/<name>"."""
    state = optimizer.state_dict()["state"]
    return {
        f"{index}/{name}": value
        for index, values in state.items()
        for name, value in values.items()
        if isinstance(value, torch.Tensor)
    }


def restore_tensors(optimizer: Optimizer, tensors: Mapping[str, torch.Tensor]) -> None:
    """Puts what `optimizer_tensors` gave into an optimizer of the same kind over the same parameters.

    Every tensor of the state takes the memory layout of its parameter. On the CPU the fused kernels walk
    both as flat memory and check no strides: channels-last weights with a state that was read back from a
    file as contiguous would silently be trained wrong.

    Args:
        optimizer: as `make_optimizer` gives it.
        tensors: of any layout.
    """
    state: dict[int, dict[str, Any]] = {}
    for key, value in tensors.items():
        index, _, name = key.partition("/")
        state.setdefault(int(index), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    for parameter, values in optimizer.state.items():
        for name, value in values.items():
            same_shape = isinstance(value, torch.Tensor) and value.shape == parameter.shape
            if same_shape and value.stride() != parameter.stride():
                values[name] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)


def sgd(settings: recipe.Sgd, parameters: Parameters) -> Optimizer:
    """Returns stochastic gradient descent, with momentum or Nesterov's."""
    if settings.nesterov and settings.momentum == 0:
        raise StudyError(["[recipe] nesterov: needs momentum above 0, got momentum = 0; set momentum = 0.9"])
    return torch.optim.SGD(
        parameters,
        lr=settings.lr,
        momentum=settings.momentum,
        nesterov=settings.nesterov,
        weight_decay=settings.weight_decay,
        fused=has_fused_kernels(parameters),
    )


def adam(settings: recipe.Adam, parameters: Parameters) -> Optimizer:
    """Returns Adam; weight decay is added to the gradient."""
    return torch.optim.Adam(
        parameters,
        lr=settings.lr,
        betas=settings.betas,
        eps=settings.eps,
        weight_decay=settings.weight_decay,
        fused=has_fused_kernels(parameters),
    )


def adamw(settings: recipe.AdamW, parameters: Parameters) -> Optimizer:
    """Returns AdamW; weight decay shrinks the weights by lr * weight_decay of themselves."""
    return torch.optim.AdamW(
        parameters,
        lr=settings.lr,
        betas=settings.betas,
        eps=settings.eps,
        weight_decay=settings.weight_decay,
        fused=has_fused_kernels(parameters),
    )


def rmsprop(settings: recipe.RmsProp, parameters: Parameters) -> Optimizer:
    """Returns RMSprop, its eps added outside of the square root."""
    return torch.optim.RMSprop(
        parameters,
        lr=settings.lr,
        alpha=settings.smoothing,
        eps=settings.eps,
        momentum=settings.momentum,
        weight_decay=settings.weight_decay,
    )


def adagrad(settings: recipe.Adagrad, parameters: Parameters) -> Optimizer:
    """Returns Adagrad, its eps added outside of the square root."""
    return torch.optim.Adagrad(
        parameters,
        lr=settings.lr,
        eps=settings.eps,
        initial_accumulator_value=settings.initial_accumulator,
        weight_decay=settings.weight_decay,
        fused=has_fused_kernels(parameters),
    )


def has_fused_kernels(parameters: Parameters) -> bool:
    """Returns whether all parameters lie where each of the four optimizers has a fused kernel."""
    return all(parameter.device.type in ("cpu", "cuda") for parameter in parameters)
