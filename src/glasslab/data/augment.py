"""Augmenting batches of images: a random crop after padding, a random mirror image.

Padding by 4 and cropping: He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2016,
section 4.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from glasslab.errors import DataError

PAD = 4


@dataclass(frozen=True, slots=True, eq=False)
class AugmentPlan:
    """How each example is augmented in one epoch.

    Attributes:
        offsets: first row and column of each crop within the padded image, 0 to 8, int64 (N, 2); None
            without crops.
        flips: whether each image is mirrored left to right, bool (N,); None without mirroring.
    """

    offsets: Tensor | None
    flips: Tensor | None

    @classmethod
    def together(cls, plans: Sequence["AugmentPlan"]) -> "AugmentPlan":
        """Returns one plan for the examples of several, one after another."""
        offsets = [plan.offsets for plan in plans if plan.offsets is not None]
        flips = [plan.flips for plan in plans if plan.flips is not None]
        return cls(torch.cat(offsets) if offsets else None, torch.cat(flips) if flips else None)

    def to(self, device: torch.device | str) -> "AugmentPlan":
        """Returns the plan on a device, so that batches are augmented without waiting for the CPU."""
        moved = (None if each is None else each.to(device) for each in (self.offsets, self.flips))
        return AugmentPlan(*moved)


def check_augment(augment: tuple[str, ...], input_shape: tuple[int, ...]) -> None:
    """Raises DataError when augmentation is asked for inputs that are not images (C, H, W)."""
    if augment and len(input_shape) != 3:
        raise DataError(
            f"[recipe] augment: '{augment[0]}' needs images, and this set has inputs of shape "
            f"{input_shape}; leave augment out"
        )


def draw(augment: tuple[str, ...], examples: int, rng: np.random.Generator) -> AugmentPlan:
    """Returns one epoch's augmentation, on the CPU.

    Both kinds are drawn whichever is asked for, so that mirroring is the same with and without crops.

    Args:
        augment: any of "crop" and "flip".
        examples: how many examples an epoch has.
        rng: the epoch's own generator.
    """
    offsets = torch.from_numpy(rng.integers(0, 2 * PAD + 1, size=(examples, 2)))
    flips = torch.from_numpy(rng.integers(0, 2, size=examples).astype(np.bool_))
    return AugmentPlan(offsets if "crop" in augment else None, flips if "flip" in augment else None)


def apply(plan: AugmentPlan, rows: Tensor, x: Tensor, fill: Tensor) -> Tensor:
    """Returns a batch of images cropped, then mirrored, as the plan says; made of gathers alone.

    Args:
        plan: the epoch's plan, on the batch's device.
        rows: which line of the plan each image of the batch follows, int64 (B,).
        x: images (B, C, H, W).
        fill: what is padded with, for each channel (C,): a black pixel after scaling.

    Returns:
        Images (B, C, H, W); `x` itself when the plan asks for nothing.
    """
    if plan.offsets is None:
        return x if plan.flips is None else mirrored(x, plan.flips[rows])
    count, channels, height, width = x.shape
    wide = width + 2 * PAD
    padded = fill.view(1, -1, 1, 1).expand(count, channels, height + 2 * PAD, wide).clone()
    padded[:, :, PAD:-PAD, PAD:-PAD] = x
    columns = torch.arange(width, device=x.device).expand(count, width)
    if plan.flips is not None:
        columns = torch.where(plan.flips[rows, None], width - 1 - columns, columns)
    top, left = plan.offsets[rows].unsqueeze(2).unbind(1)
    lines = torch.arange(height, device=x.device) + top
    pixels = (lines[:, :, None] * wide + (columns + left)[:, None, :]).view(count, 1, -1)
    return padded.flatten(2).gather(2, pixels.expand(-1, channels, -1)).view(x.shape)


def mirrored(x: Tensor, flips: Tensor) -> Tensor:
    """Returns images (B, C, H, W), those that `flips` (B,) marks mirrored left to right."""
    return torch.where(flips[:, None, None, None], x.flip(3), x)
