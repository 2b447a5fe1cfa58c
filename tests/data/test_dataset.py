import hashlib

import numpy as np
import pytest

from glasslab.data.dataset import Dataset, Split
from glasslab.errors import DataError

REGIONS = (np.arange(12) % 2).astype(np.uint8).reshape(2, 2, 3)


def points(values, labels):
    return Split.whole(np.array(values, dtype=np.float32), np.array(labels, dtype=np.int64))


def small(**changes):
    parts = {
        "train": points([[0, 1], [2, 3]], [0, 1]),
        "val": None,
        "test": points([[4, 5]], [1]),
        "classes": ("a", "b"),
        "origin": "by hand",
    }
    return Dataset(**{**parts, **changes})


def test_fingerprint_is_sha256_over_names_types_shapes_and_bytes():
    text = b"train/x <f4 (2, 2);" + np.array([0, 1, 2, 3], "<f4").tobytes()
    text += b"train/y <i8 (2,);" + np.array([0, 1], "<i8").tobytes()
    text += b"test/x <f4 (1, 2);" + np.array([4, 5], "<f4").tobytes()
    text += b"test/y <i8 (1,);" + np.array([1], "<i8").tobytes()
    assert small().fingerprint == hashlib.sha256(text).hexdigest()[:16]


def test_fingerprint_does_not_depend_on_names_of_classes_or_memory_layout():
    turned = Split(np.asfortranarray(small().train.x), small().train.y, small().train.index)
    assert small(train=turned, classes=("x", "y"), origin="elsewhere").fingerprint == small().fingerprint


@pytest.mark.parametrize(
    "changes",
    [
        {"train": points([[0, 1], [2, 4]], [0, 1])},
        {"train": points([[0, 1], [2, 3]], [1, 0])},
        {"test": points([[4, 6]], [1])},
        {"val": points([[4, 5]], [1])},
    ],
)
def test_fingerprint_tells_any_change_of_content(changes):
    assert small(**changes).fingerprint != small().fingerprint


def test_input_shape_is_that_of_one_example():
    images = Split.whole(np.zeros((3, 1, 5, 7), np.uint8), np.zeros(3, np.int64))
    assert small(train=images).input_shape == (1, 5, 7)
    assert small().input_shape == (2,)


def test_taking_rows_keeps_inputs_labels_and_positions_together():
    split = points([[0, 0], [1, 1], [2, 2], [3, 3]], [0, 1, 2, 3]).take(np.array([3, 1]))
    again = split.take(np.array([1]))
    assert len(split) == 2
    assert split.index.tolist() == [3, 1]
    assert (again.x.tolist(), again.y.tolist(), again.index.tolist()) == ([[1, 1]], [1], [1])


def images(count, regions=None):
    x = np.arange(count * 6, dtype=np.uint8).reshape(count, 1, 2, 3)
    return Split(x, np.arange(count), np.arange(count), regions)


def test_taking_rows_takes_their_regions_along():
    regions = np.arange(24, dtype=np.uint8).reshape(4, 2, 3)
    split = images(4, regions).take(np.array([3, 1])).take(np.array([1]))
    assert split.regions is not None
    assert split.regions.tolist() == [[[6, 7, 8], [9, 10, 11]]]
    assert images(4).take(np.array([1])).regions is None


def test_regions_count_in_the_fingerprint_only_where_there_are_some():
    none, some, other = (
        small(train=images(2, each), test=images(2)) for each in (None, REGIONS, 1 - REGIONS)
    )
    text = b"train/x |u1 (2, 1, 2, 3);" + bytes(range(12)) + b"train/y <i8 (2,);"
    text += np.arange(2, dtype="<i8").tobytes() + b"train/regions |u1 (2, 2, 3);" + REGIONS.tobytes()
    text += b"test/x |u1 (2, 1, 2, 3);" + bytes(range(12)) + b"test/y <i8 (2,);"
    text += np.arange(2, dtype="<i8").tobytes()
    assert some.fingerprint == hashlib.sha256(text).hexdigest()[:16]
    assert len({none.fingerprint, some.fingerprint, other.fingerprint}) == 3


@pytest.mark.parametrize("regions", [REGIONS[:1], REGIONS.astype(bool), REGIONS[:, :1], REGIONS[:, None]])
def test_regions_that_are_not_one_byte_for_every_pixel_are_refused(regions):
    with pytest.raises(DataError, match=r"regions need uint8 \(2, 2, 3\) beside inputs \(2, 1, 2, 3\), got"):
        images(2, regions)


def test_points_have_no_regions():
    with pytest.raises(DataError, match=r"regions need uint8 \(2,\) beside inputs \(2, 2\)"):
        Split(small().train.x, small().train.y, small().train.index, np.zeros(2, np.uint8))


def test_a_split_of_unequal_lengths_is_refused():
    with pytest.raises(DataError, match="as many inputs as labels and positions, got 2, 1 and 1"):
        points([[0, 1], [2, 3]], [0])


@pytest.mark.parametrize(
    "x",
    [np.zeros((1, 2)), np.zeros((1, 2), np.uint8), np.zeros((1, 2, 3), np.uint8), np.zeros(1, np.uint8)],
)
def test_a_split_of_other_types_is_refused(x):
    with pytest.raises(DataError, match=r"needs uint8 \(N, C, H, W\) or float32"):
        Split.whole(x, np.zeros(1, np.int64))
