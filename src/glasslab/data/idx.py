"""Reading idx files, the format of MNIST and its kin, gzipped or not.

Source: LeCun, Cortes and Burges, "The MNIST database", section "File formats": two zero bytes, a byte for
the type (8 for unsigned bytes), a byte for the number of dimensions, each dimension as a big-endian
32-bit whole number, then the values.
"""

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glasslab.data.files import content, damaged

UNSIGNED_BYTE = 8


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """Returns the values of an idx file of unsigned bytes, as an array of its own.

    Args:
        path: the file; gzipped when its name ends in .gz.
        dimensions: how many dimensions it must have: 1 for labels, 3 for images.

    Raises:
        DataError: when the file cannot be read, is not of this kind, or has a byte too few or too many.
    """
    raw = content(path)
    header = 4 + 4 * dimensions
    if len(raw) < header:
        raise damaged(path, f"ends within its header ({len(raw)} of {header} bytes)")
    expected = bytes((0, 0, UNSIGNED_BYTE, dimensions))
    if raw[:4] != expected:
        raise damaged(path, f"begins with {raw[:4].hex()} where {expected.hex()} marks such a file")
    shape = tuple(int(n) for n in np.frombuffer(raw, dtype=">u4", count=dimensions, offset=4))
    if len(raw) - header != math.prod(shape):
        sides = " x ".join(str(n) for n in shape)
        raise damaged(path, f"has {len(raw) - header} bytes of values where {sides} makes {math.prod(shape)}")
    values = np.frombuffer(raw, dtype=np.uint8, offset=header).reshape(shape)
    return values if values.flags.writeable else values.copy()
