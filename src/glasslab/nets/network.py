"""From settings to a network, ready to train."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from glasslab.nets import user
from glasslab.nets.initialise import initialise
from glasslab.plan.net import NETS, Net, UserNet
from glasslab.plan.settings import builder


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
    build = builder(NETS, net)
    # Stock layers draw a start of their own from PyTorch's generator; it is overwritten below.
    with torch.random.fork_rng(devices=[]):
        module: nn.Module = build(net, input_shape, outputs)
    initialise(module, net, rng)
    return module
