"""A data set in memory: inputs, labels, and where each example stood in the original set."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from glasslab.errors import DataError

Inputs = NDArray[np.uint8] | NDArray[np.float32]
Labels = NDArray[np.int64]
Positions = NDArray[np.int64]
Regions = NDArray[np.uint8]

OBJECT, DECOY = 1, 2
"""What a pixel of an image can be known to belong to; 0 is all else."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Some examples of a data set, in a fixed order.

    Attributes:
        x: images (N, C, H, W) as uint8 from 0 to 255, or any float32 inputs: (N, C, H, W), sequences
            (N, T, F) or (N, F).
        y: class of each example (N,), int64 from 0.
        index: position of each example in the original set (N,), int64.
        regions: what each pixel belongs to (N, H, W), uint8: OBJECT is what the class is about, DECOY what
            only goes with it, 0 all else; None for a set of which that is not known.

    Raises:
        DataError: when the arrays disagree in length or are not of these types.
    """

    x: Inputs
    y: Labels
    index: Positions
    regions: Regions | None = None

    def __post_init__(self) -> None:
        if not len(self.x) == len(self.y) == len(self.index):
            lengths = f"{len(self.x)}, {len(self.y)} and {len(self.index)}"
            raise DataError(f"a split needs as many inputs as labels and positions, got {lengths}")
        images = self.x.dtype == np.uint8 and self.x.ndim == 4
        floats = self.x.dtype == np.float32 and self.x.ndim in (2, 3, 4)
        if not (images or floats) or self.y.dtype != np.int64 or self.index.dtype != np.int64:
            got = f"{self.x.dtype} {self.x.shape} with labels {self.y.dtype} and positions {self.index.dtype}"
            raise DataError(
                "a split needs uint8 (N, C, H, W) or float32 (N, C, H, W), (N, T, F) or (N, F) inputs "
                f"with int64 labels and positions, got {got}"
            )
        if self.regions is not None:
            require_regions(self.regions, self.x)

    @classmethod
    def whole(cls, x: Inputs, y: Labels) -> Self:
        """Returns all examples of an original set, each at its own position."""
        return cls(x, y, np.arange(len(y), dtype=np.int64))

    def __len__(self) -> int:
        return len(self.y)

    def take(self, rows: Positions) -> "Split":
        """Returns the examples at these rows of the split, in this order, copied."""
        regions = None if self.regions is None else self.regions[rows]
        return Split(self.x[rows], self.y[rows], self.index[rows], regions)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Examples to train on, to choose by, and to test on.

    Attributes:
        train: what is trained on.
        val: examples held out of the training set for choosing, or None.
        test: examples that nothing is chosen by.
        classes: the name of each class.
        origin: one phrase saying where it was read from, such as "mnist (idx files)".
    """

    train: Split
    val: Split | None
    test: Split
    classes: tuple[str, ...]
    origin: str

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one example: (C, H, W) for images, (T, F) for sequences, (F,) for points."""
        return tuple(self.train.x.shape[1:])

    @cached_property
    def fingerprint(self) -> str:
        """First 16 hex digits of SHA-256 over name, type, shape and bytes of every x and y, and of regions.

        Bytes are taken little-endian, so that the fingerprint is the same on every machine.
        """
        digest = hashlib.sha256()
        for name, split in (("train", self.train), ("val", self.val), ("test", self.test)):
            if split is None:
                continue
            for part, array in (("x", split.x), ("y", split.y), ("regions", split.regions)):
                if array is None:
                    continue
                plain = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
                digest.update(f"{name}/{part} {plain.dtype.str} {plain.shape};".encode())
                digest.update(plain.data)
        return digest.hexdigest()[:16]


def require_regions(regions: Regions, x: Inputs) -> None:
    """Raises DataError where regions are not one uint8 for every pixel of every image."""
    expected = (len(x), *x.shape[2:])
    if x.ndim != 4 or regions.dtype != np.uint8 or regions.shape != expected:
        raise DataError(
            f"a split's regions need uint8 {expected} beside inputs {x.shape}, "
            f"got {regions.dtype} {regions.shape}"
        )
