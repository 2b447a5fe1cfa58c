"""Fillings: what stands in an image where something has been taken out of it."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from glasslab.data.tensors import Tensors, along_channels
from glasslab.plan.probe import Filling

BLUR_REACH = 5  # pixels to each side, that is a kernel of 11, as in RISE (Petsiuk et al., 2018)
BLUR_DEVIATION = 5.0  # pixels


@dataclass(frozen=True, slots=True)
class Fillings:
    """The values, as the network is given them, that say nothing.

    Attributes:
        mean: of each channel over the training images; 0 where inputs are normalised channel by channel.
        black: the least value of each channel in the training images; the background of MNIST.
    """

    mean: tuple[float, ...]
    black: tuple[float, ...]

    def like(self, x: Tensor, filling: Filling) -> Tensor:
        """Returns images that hold nothing but a filling.

        Args:
            x: images (B, C, H, W).
            filling: "mean" or "black", one value a channel, or "blur", the images themselves blurred.

        Returns:
            (B, C, H, W), of the type and on the device of `x`.
        """
        if filling == "blur":
            return blurred(x)
        return along_channels(self.mean if filling == "mean" else self.black, x).expand_as(x)


ZERO = Fillings((0.0,), (0.0,))
"""For inputs of which nothing is known: 0 in every channel."""


def fillings_of(tensors: Tensors) -> Fillings:
    """Returns the fillings for a data set of images."""
    x = tensors.train.x
    mean, black = x.mean((0, 2, 3), dtype=torch.float64), x.amin((0, 2, 3))
    return Fillings(tuple(mean.tolist()), tuple(black.tolist()))


def blurred(x: Tensor) -> Tensor:
    """Returns images blurred by a Gaussian, their borders repeated outwards.

    Args:
        x: (B, C, H, W).
    """
    places = torch.arange(-BLUR_REACH, BLUR_REACH + 1, device=x.device, dtype=x.dtype)
    weights = torch.exp(-((places / BLUR_DEVIATION) ** 2) / 2)
    weights = (weights / weights.sum()).expand(x.shape[1], 1, 1, -1)
    across = F.conv2d(F.pad(x, (BLUR_REACH, BLUR_REACH, 0, 0), mode="replicate"), weights, groups=x.shape[1])
    down = F.pad(across, (0, 0, BLUR_REACH, BLUR_REACH), mode="replicate")
    return F.conv2d(down, weights.transpose(2, 3), groups=x.shape[1])
