"""From settings to a network, ready to train."""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from glasslab.nets import user
from glasslab.nets.initialise import initialise
from glasslab.plan.net import NETS, Net, UserNet


def make(
    net: Net,
    input_shape: tuple[int, ...],
    outputs: int,
    rng: np.random.Generator,
    *,
    folder: Path = Path(),
) -> nn.Module:
    """Returns a new network on the CPU whose weights are a function of `rng`.

    The global generators of random numbers are left as they were.

    Args:
        net: the family's settings, or a user's own network.
        input_shape: one example's shape, such as (1, 28, 28).
        outputs: numbers the network gives for an example, as the loss asks.
        rng: the run's `init` stream.
        folder: where a user's module is looked for first.

    Returns:
        A module from (B, *input_shape) to (B, outputs).

    Raises:
        StudyError: the settings do not fit the input, or a user's module cannot be imported or built, or
            does not give (B, outputs).
    """
    if isinstance(net, UserNet):
        return user.build(net, input_shape, outputs, rng, folder=folder)
    build = builder(type(net).__struct_config__.tag)
    # Stock layers draw a start of their own from PyTorch's generator; it is overwritten below.
    with torch.random.fork_rng(devices=[]):
        module: nn.Module = build(net, input_shape, outputs)
    initialise(module, net, rng)
    return module


def builder(name: Any) -> Any:
    """Returns the function that builds the family of this name, importing its file."""
    place, function = NETS[name].builder.split(":")
    return getattr(import_module(place), function)
