"""Motions: small shifts, turns and changes of size of images, with a gradient that is the same every time."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Motion:
    """How an image is moved, about its middle.

    Attributes:
        right: pixels that what is seen moves to the left, and
        down: upwards.
        zoom: how many pixels of the image lie along one of the moved one; above 1 makes things smaller.
        turn: radians.
    """

    right: float = 0.0
    down: float = 0.0
    zoom: float = 1.0
    turn: float = 0.0


def drawn(generator: torch.Generator, jitter: float, zoom: float, rotate: float) -> Motion:
    """Returns a motion drawn evenly.

    Args:
        generator: on the CPU.
        jitter: pixels to each side at the most.
        zoom: share of the size at the most.
        rotate: degrees to each side at the most.
    """
    right, down, larger, turn = (2 * torch.rand(4, generator=generator, dtype=torch.float64) - 1).tolist()
    return Motion(jitter * right, jitter * down, 1 + zoom * larger, math.radians(rotate) * turn)


def moved(x: Tensor, motion: Motion) -> Tensor:
    """Returns images moved, what lies outside being the nearest pixel of the border.

    Bilinear, first along the rows and then along the columns (Catmull and Smith, 1980): matrix products,
    whose gradient does not depend on the order in which a device adds up, as that of `grid_sample` does.

    Args:
        x: images (B, C, H, W).
        motion: of all of them.
    """
    across = motion.zoom * math.cos(motion.turn)
    slant = motion.zoom * math.sin(motion.turn)
    rows, columns = (middles(side, x) for side in x.shape[2:])
    # an output pixel (v, u) shows (slant u + across v + down, across u - slant v + right); as the rows have
    # been chosen last, v is what makes the first of these the row at hand
    along = (across + slant**2 / across) * columns - slant / across * (rows[:, None] - motion.down)
    half = resampled(x, along + motion.right)
    along = across * rows + slant * columns[:, None] + motion.down
    return resampled(half.transpose(2, 3), along).transpose(2, 3)


def middles(side: int, like: Tensor) -> Tensor:
    """Returns how far each of `side` pixels is from the middle of all, (side,)."""
    return torch.arange(side, dtype=like.dtype, device=like.device) - (side - 1) / 2


def resampled(x: Tensor, places: Tensor) -> Tensor:
    """Returns images whose rows are read at other places, between two pixels in proportion.

    Args:
        x: (B, C, H, W).
        places: for each row and new pixel, where in that row, counted from its middle (H, W).
    """
    width = x.shape[3]
    at = (places + (width - 1) / 2).clamp(0, width - 1)
    pixels = torch.arange(width, dtype=x.dtype, device=x.device)
    weights = (1 - (at[..., None] - pixels).abs()).clamp_min(0)  # (H, new, W)
    return torch.einsum("bchw,hnw->bchn", x, weights)
