"""Occluders: a square that wanders over an image, and what the network gives for each of its places."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

Seen = TypeVar("Seen")

AT_ONCE = 32
"""Hidden images that pass through the network together: a LeNet takes longer with more, or with far fewer."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where an occluder stands, from the top left, row by row.

    Attributes:
        tops: of its rows of places, in pixels; below 0 where it is cut off by the image's border.
        lefts: likewise.
        size: of its sides, in pixels.
    """

    tops: tuple[int, ...]
    lefts: tuple[int, ...]
    size: int

    def covered(self, height: int, width: int) -> Tensor:
        """Returns which pixels each place hides, (places, 1, height, width) of bool."""
        rows = self.along(self.tops, height)
        columns = self.along(self.lefts, width)
        return (rows[:, None, :, None] & columns[None, :, None, :]).flatten(0, 1)[:, None]

    def along(self, starts: tuple[int, ...], length: int) -> Tensor:
        """Returns which pixels along one side each start hides, (starts, length) of bool."""
        first, pixels = torch.tensor(starts)[:, None], torch.arange(length)
        return (pixels >= first) & (pixels < first + self.size)


def centred(height: int, width: int, size: int, stride: int) -> Places:
    """Returns the places of an occluder whose middle is on every pixel, or on every `stride`th.

    It is cut off at the border, so that a map of the places is of the image's size for stride 1. The middle
    of an even side is the pixel right of it and below.
    """
    tops, lefts = (tuple(range(-(size // 2), side - size // 2, stride)) for side in (height, width))
    return Places(tops, lefts, size)


def inside(height: int, width: int, size: int, stride: int) -> Places:
    """Returns the places of an occluder that begins at the top left corner, until it meets the border.

    Where the strides do not come out even, the last place is cut off by the border.
    """
    tops, lefts = (
        tuple(stride * step for step in range(-(-(side - size) // stride) + 1)) for side in (height, width)
    )
    return Places(tops, lefts, size)


def each_hidden(
    look: Callable[[Tensor], Seen], x: Tensor, filling: Tensor, covered: Tensor
) -> Iterator[tuple[slice, Seen]]:
    """Yields what is seen of an image with the occluder in some of its places, in order.

    Args:
        look: images (B, C, H, W) -> what is kept of each (B, ...).
        x: one image (C, H, W).
        filling: what stands in the occluder, (C, H, W).
        covered: the places (P, 1, H, W), from `Places.covered`, on the image's device.
    """
    for start in range(0, len(covered), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        yield some, look(torch.where(covered[some], filling, x))
