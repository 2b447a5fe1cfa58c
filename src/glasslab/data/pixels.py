"""Turning photographs grey and changing their size."""

import numpy as np
from numpy.typing import NDArray

from glasslab.data.dataset import Dataset, Split

Images = NDArray[np.uint8]

AT_ONCE = 2000
"""Images worked on together; bounds the memory that wider numbers take."""


def repainted(dataset: Dataset, grey: bool, size: int | None) -> Dataset:
    """Returns the set with its photographs turned grey, then resized to `size` pixels a side."""

    def each(split: Split) -> Split:
        x = split.x.astype(np.uint8, copy=False)
        x = turned_grey(x) if grey else x
        x = resized(x, size) if size is not None and x.shape[2:] != (size, size) else x
        return Split(x, split.y, split.index)

    val = None if dataset.val is None else each(dataset.val)
    return Dataset(each(dataset.train), val, each(dataset.test), dataset.classes, dataset.origin)


def turned_grey(images: Images) -> Images:
    """Returns the luma of RGB images: 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), rounded.

    In whole numbers with weights in 65536ths (their sum is exactly 65536), so that every machine agrees.

    Args:
        images: (N, 3, H, W), uint8.

    Returns:
        (N, 1, H, W), uint8.
    """
    weights = np.array([19595, 38470, 7471], dtype=np.uint32)
    grey = np.empty((len(images), 1, *images.shape[2:]), dtype=np.uint8)
    for start in range(0, len(images), AT_ONCE):
        part = images[start : start + AT_ONCE].astype(np.uint32)
        luma = part[:, 0] * weights[0] + part[:, 1] * weights[1] + part[:, 2] * weights[2]
        grey[start : start + AT_ONCE, 0] = (luma + 32768) >> 16
    return grey


def resized(images: Images, size: int) -> Images:
    """Returns the images at `size` x `size` pixels, bilinear with antialiasing, rounded to whole values.

    Args:
        images: (N, C, H, W), uint8.
        size: pixels a side.

    Returns:
        (N, C, size, size), uint8.
    """
    import torch  # noqa: PLC0415  # takes a second to import, and only resizing needs it

    out = np.empty((*images.shape[:2], size, size), dtype=np.uint8)
    for start in range(0, len(images), AT_ONCE):
        part = torch.from_numpy(images[start : start + AT_ONCE].astype(np.float32))
        scaled = torch.nn.functional.interpolate(part, (size, size), mode="bilinear", antialias=True)
        out[start : start + AT_ONCE] = scaled.round_().clamp_(0, 255).to(torch.uint8).numpy()
    return out
