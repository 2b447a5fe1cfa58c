"""How weights start: drawn with NumPy on the CPU, so that they are equal on every device."""

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from glasslab.nets.elman import Recurrence
from glasslab.plan.net import Elman, NetSettings, Rnn

Draw = Callable[[tuple[int, ...]], NDArray[np.float64]]

NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)  # they start at scale 1 and shift 0, without randomness


@torch.no_grad()
def initialise(module: nn.Module, settings: NetSettings, rng: np.random.Generator) -> None:
    """Draws the weights and biases of every linear, convolutional and recurrent layer anew, in place.

    Layers are taken in the order of their registration, each layer's parameters in theirs. Values are
    drawn in float64 and rounded to the parameter's own type. The schemes are those of
    `NetSettings.init`: U(+-1/sqrt(fan_in)) for weights and biases (what PyTorch's own layers do), Glorot
    and Bengio (2010), He et al. (2015), or N(0, init_std). See `recurrent` for recurrent layers.

    Args:
        module: the network, on the CPU.
        settings: names the scheme.
        rng: the run's `init` stream.

    Raises:
        TypeError: a layer has parameters and no rule here: its family needs one.
    """
    for name, layer in module.named_modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            weights, biases = draws(settings, layer.weight, rng)
            fill(layer.weight, weights)
            if layer.bias is not None:
                fill(layer.bias, biases)
        elif isinstance(layer, nn.RNNBase | Recurrence):
            recurrent(layer, settings, rng)
        elif any(True for _ in layer.parameters(recurse=False)) and not isinstance(layer, NORMS):
            raise TypeError(f"no rule to initialise {name} ({type(layer).__name__})")


def recurrent(layer: nn.RNNBase | Recurrence, settings: NetSettings, rng: np.random.Generator) -> None:
    """Draws a recurrent layer's parameters.

    With init = "pytorch" all are from U(+-1/sqrt(hidden)), as PyTorch's recurrent layers draw them. With the
    other schemes each gate's matrix (hidden, in) is drawn as a linear layer's, and biases are 0.
    `recurrent_init` then overrules the start of the hidden-to-hidden matrices.

    Args:
        layer: its parameters are named as PyTorch names them; a matrix stacks those of its gates.
        settings: name the scheme.
        rng: where every value comes from.
    """
    hidden = layer.hidden_size
    overruled = settings.recurrent_init if isinstance(settings, Rnn | Elman) else None
    for name, parameter in layer.named_parameters():
        if name.startswith("weight_hh") and overruled is not None:
            for gate in parameter.chunk(len(parameter) // hidden):
                fill(gate, SQUARES[overruled](rng))
        elif settings.init == "pytorch":
            fill(parameter, uniform(1 / math.sqrt(hidden), rng))
        elif parameter.ndim == 1:
            fill(parameter, np.zeros)
        else:
            for gate in parameter.chunk(len(parameter) // hidden):
                fill(gate, draws(settings, gate, rng)[0])


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


def orthogonal(rng: np.random.Generator) -> Draw:
    """Returns what draws square orthogonal matrices, all of them equally likely (Mezzadri, 2007)."""

    def draw(shape: tuple[int, ...]) -> NDArray[np.float64]:
        q, r = np.linalg.qr(rng.normal(size=shape))
        return q * np.sign(np.diag(r))

    return draw


def identity(rng: np.random.Generator) -> Draw:
    """Returns what makes identity matrices."""
    return lambda shape: np.eye(shape[0])


SQUARES: dict[str, Callable[[np.random.Generator], Draw]] = {"orthogonal": orthogonal, "identity": identity}


def fill(parameter: torch.Tensor, draw: Draw) -> None:
    """Overwrites a parameter with drawn values, rounded to its type."""
    parameter.copy_(torch.from_numpy(draw(tuple(parameter.shape))))
