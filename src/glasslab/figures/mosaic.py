"""Mosaics: several small pictures as one, with clear gaps between them."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glasslab.figures.pixels import Picture, data_uri, three

Pixels = NDArray[np.uint8]
FRAME = 128  # grey


def mosaic(tiles: Sequence[Pixels], columns: int, gap: int = 1) -> Pixels:
    """Returns pictures in rows, left to right, as one with an opacity (4, H, W); what lies between is clear.

    Each lies in the middle of its cell; all cells are as large as the largest picture.

    Args:
        tiles: (C, h, w) with 1, 3 or 4 channels, 0 to 255; at least one.
        columns: in a row.
        gap: clear pixels between cells.
    """
    height, width = (max(each.shape[axis] for each in tiles) for axis in (1, 2))
    rows = math.ceil(len(tiles) / columns)
    canvas = np.zeros((4, rows * (height + gap) - gap, columns * (width + gap) - gap), dtype=np.uint8)
    for place, tile in enumerate(tiles):
        top = place // columns * (height + gap) + (height - tile.shape[1]) // 2
        left = place % columns * (width + gap) + (width - tile.shape[2]) // 2
        canvas[:, top : top + tile.shape[1], left : left + tile.shape[2]] = opaque(tile)
    return canvas


def enlarged(pixels: Pixels, by: int) -> Pixels:
    """Returns pixels (C, H, W) with each of them a square of `by` x `by`."""
    return pixels.repeat(by, axis=1).repeat(by, axis=2)


def framed(pixels: Pixels) -> Pixels:
    """Returns pixels (C, H, W) with a grey line around them, which shows white ones on white paper."""
    return np.pad(pixels, ((0, 0), (1, 1), (1, 1)), constant_values=FRAME)


def opaque(pixels: Pixels) -> Pixels:
    """Returns pixels (C, H, W) as red, green, blue and opacity (4, H, W)."""
    if pixels.shape[0] == 4:
        return pixels
    colours = pixels.repeat(3, axis=0) if len(pixels) == 1 else three(pixels)
    return np.concatenate([colours, np.full((1, *pixels.shape[1:]), 255, dtype=np.uint8)])


def drawn(pixels: Pixels) -> Picture:
    """Returns a mosaic (4, H, W) as a picture, with as few colours in its file as it has."""
    image = Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0)), "RGBA")
    return Picture(data_uri(image), image.width, image.height)


def times(width: int, wanted: int) -> int:
    """Returns how wide a picture stands on the page: a whole multiple of its own width, about `wanted`."""
    return width * max(1, round(wanted / width))
