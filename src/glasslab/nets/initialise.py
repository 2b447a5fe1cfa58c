"""How weights start: drawn with NumPy on the CPU, so that they are equal on every device."""

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from glasslab.plan.net import NetSettings

Draw = Callable[[tuple[int, ...]], NDArray[np.float64]]


@torch.no_grad()
def initialise(module: nn.Module, settings: NetSettings, rng: np.random.Generator) -> None:
    """Draws the weights and biases of every Linear and Conv2d anew, in place.

    Layers are taken in the order of their registration, each layer's weights before its bias. Values are
    drawn in float64 and rounded to the parameter's own type. The schemes are those of
    `NetSettings.init`: U(+-1/sqrt(fan_in)) for weights and biases (what PyTorch's own layers do), Glorot
    and Bengio (2010), He et al. (2015), or N(0, init_std).

    Args:
        module: the network, on the CPU.
        settings: names the scheme.
        rng: the run's `init` stream.

    Raises:
        TypeError: a layer has parameters and is neither Linear nor Conv2d: its family needs a rule here.
    """
    for name, layer in module.named_modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            weights, biases = draws(settings, layer.weight, rng)
            fill(layer.weight, weights)
            if layer.bias is not None:
                fill(layer.bias, biases)
        elif any(True for _ in layer.parameters(recurse=False)):
            raise TypeError(f"no rule to initialise {name} ({type(layer).__name__})")


def draws(settings: NetSettings, weight: torch.Tensor, rng: np.random.Generator) -> tuple[Draw, Draw]:
    """Returns what draws a layer's weights and its biases of a given shape.

    Args:
        settings: names the scheme.
        weight: the layer's weights, (out, in) or (out, in, height, width).
        rng: where every value comes from.
    """
    fan_in = weight[0].numel()
    fan_out = weight.shape[0] * weight[0, 0].numel()
    match settings.init:
        case "pytorch":
            bound = 1 / math.sqrt(fan_in)
            return uniform(bound, rng), uniform(bound, rng)
        case "xavier":
            return uniform(math.sqrt(6 / (fan_in + fan_out)), rng), np.zeros
        case "he":
            return normal(math.sqrt(2 / fan_in), rng), np.zeros
        case "normal":
            if settings.init_std is None:
                raise ValueError("init = 'normal' without init_std")
            return normal(settings.init_std, rng), np.zeros


def uniform(bound: float, rng: np.random.Generator) -> Draw:
    """Returns what draws from U(-bound, bound)."""
    return lambda shape: rng.uniform(-bound, bound, shape)


def normal(deviation: float, rng: np.random.Generator) -> Draw:
    """Returns what draws from N(0, deviation^2)."""
    return lambda shape: rng.normal(0.0, deviation, shape)


def fill(parameter: torch.Tensor, draw: Draw) -> None:
    """Overwrites a parameter with drawn values, rounded to its type."""
    parameter.copy_(torch.from_numpy(draw(tuple(parameter.shape))))
