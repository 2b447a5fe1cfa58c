"""Randomised copies of a network: what it would be had some of its layers never learned."""

import math
from collections.abc import Iterator
from copy import deepcopy

import numpy as np
import torch
from torch import nn

from glasslab.probes.layers import layers_of

OUTPUT, UPPER, ALL = "output layer", "upper half", "all layers"


def randomised(
    net: nn.Module, input_shape: tuple[int, ...], seed: int
) -> Iterator[tuple[str, int, nn.Module]]:
    """Yields copies of a network with ever more of its layers randomised, from the top down.

    A layer is randomised by shuffling the values of each of its parameters: their sizes stay, so the signals
    do not die out, and what was learned is gone. The network itself is not touched.

    Yields:
        which layers are random in words, how many those are, and the copy. A stage that is the same as the
        one before it is left out.

    Source: the cascading randomisation of Adebayo et al., "Sanity checks for saliency maps", 2018, who draw
    initial weights anew where this shuffles.
    """
    owners = owners_top_down(net, input_shape)
    copy = deepcopy(net)
    done, every = 0, len(owners)
    for words, count in ((OUTPUT, 1), (UPPER, math.ceil(every / 2)), (ALL, every)):
        if words != ALL and not done < count < every:
            continue
        for place in range(done, count):
            random = np.random.Generator(np.random.Philox(key=[seed, place]))
            shuffle(copy.get_submodule(owners[place]), random)
        done = count
        yield words, count, copy


def owners_top_down(net: nn.Module, input_shape: tuple[int, ...]) -> list[str]:
    """Returns the names of all modules that own parameters, those nearest to the output first.

    Modules that a forward pass does not meet as layers come last.
    """
    owning = [name for name, each in net.named_modules() if list(each.parameters(recurse=False))]
    met = [each.name for each in layers_of(net, input_shape) if each.name in owning]
    return [*reversed(met), *(name for name in reversed(owning) if name not in met)]


@torch.no_grad()
def shuffle(module: nn.Module, random: np.random.Generator) -> None:
    """Shuffles the values of each parameter that a module itself owns."""
    for parameter in module.parameters(recurse=False):
        order = torch.from_numpy(random.permutation(parameter.numel())).to(parameter.device)
        parameter.copy_(parameter.reshape(-1)[order].view_as(parameter))
