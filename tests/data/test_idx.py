import gzip
import struct

import numpy as np
import pytest

from glasslab.data.idx import read_idx
from glasslab.errors import DataError

IMAGES = struct.pack(">4B3I", 0, 0, 8, 3, 2, 1, 3) + bytes([1, 2, 3, 4, 5, 255])
LABELS = struct.pack(">4BI", 0, 0, 8, 1, 4) + bytes([3, 1, 0, 2])


def written(folder, raw, name="some-idx"):
    path = folder / name
    path.write_bytes(raw)
    return path


def test_values_and_shape_are_read_gzipped_or_not(tmp_path):
    for path in (
        written(tmp_path, IMAGES),
        written(tmp_path, gzip.compress(IMAGES), "some-idx.gz"),
    ):
        values = read_idx(path, 3)
        assert values.dtype == np.uint8
        assert values.tolist() == [[[1, 2, 3]], [[4, 5, 255]]]
    assert read_idx(written(tmp_path, LABELS), 1).tolist() == [3, 1, 0, 2]


def test_the_array_can_be_written_to(tmp_path):
    values = read_idx(written(tmp_path, LABELS), 1)
    values[0] = 9
    assert values.tolist() == [9, 1, 0, 2]


@pytest.mark.parametrize(
    "raw, message",
    [
        (b"", r"ends within its header \(0 of 16 bytes\)"),
        (IMAGES[:15], r"ends within its header \(15 of 16 bytes\)"),
        (LABELS + bytes(9), "begins with 00000801 where 00000803 marks such a file"),
        (b"\0\0\x0d" + IMAGES[3:], "begins with 00000d03 where 00000803 marks"),
        (b"\x1f\x8b" + IMAGES[2:], "begins with 1f8b0803 where 00000803 marks"),
        (IMAGES[:-1], "has 5 bytes of values where 2 x 1 x 3 makes 6"),
        (IMAGES + b"\0", "has 7 bytes of values where 2 x 1 x 3 makes 6"),
        (
            IMAGES[:4] + b"\xff" * 12 + IMAGES[16:],
            "has 6 bytes of values where 4294967295 x 4294967295 x 4294967295 makes",
        ),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, raw, message):
    with pytest.raises(DataError, match="^some-idx: " + message):
        read_idx(written(tmp_path, raw), 3)
