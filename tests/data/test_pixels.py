import numpy as np
import pytest
from PIL import Image

from glasslab.data.dataset import Dataset, Split
from glasslab.data.pixels import repainted, resized, turned_grey

IMAGES = np.random.default_rng(3).integers(0, 256, (5, 3, 12, 10), dtype=np.uint8)


def test_grey_is_what_pillow_makes_of_it():
    expected = [np.asarray(Image.fromarray(image.transpose(1, 2, 0)).convert("L")) for image in IMAGES]
    assert turned_grey(IMAGES)[:, 0].tolist() == np.array(expected).tolist()


def test_grey_of_equal_channels_is_that_value():
    levels = np.arange(256, dtype=np.uint8).reshape(1, 1, 16, 16)
    assert np.array_equal(turned_grey(levels.repeat(3, axis=1)), levels)


def test_halving_size_antialiases_as_pillow_does():
    square = IMAGES[:, :, :10]
    expected = [
        np.asarray(Image.fromarray(image.transpose(1, 2, 0)).resize((5, 5), Image.Resampling.BILINEAR))
        for image in square
    ]
    difference = resized(square, 5).astype(int) - np.array(expected).transpose(0, 3, 1, 2)
    assert np.abs(difference).max() <= 1  # Pillow rounds after each direction


def test_a_flat_image_stays_flat_at_every_size():
    flat = np.full((2, 1, 8, 8), 131, dtype=np.uint8)
    for size in (3, 8, 20):
        out = resized(flat, size)
        assert (out.shape, out.dtype, set(out.ravel().tolist())) == ((2, 1, size, size), np.uint8, {131})


@pytest.mark.parametrize(
    "grey, size, shape", [(False, None, (3, 8, 8)), (True, 16, (1, 16, 16)), (False, 8, (3, 8, 8))]
)
def test_every_split_is_repainted_and_labels_stay(grey, size, shape):
    def split(start):
        return Split.whole(IMAGES[start : start + 2, :, :8, :8].copy(), np.array([start, 1]))

    dataset = Dataset(split(0), split(1), split(2), ("a", "b"), "by hand")
    got = repainted(dataset, grey, size)
    assert got.val is not None
    for new, old in ((got.train, dataset.train), (got.val, split(1)), (got.test, dataset.test)):
        assert new.x.shape[1:] == shape
        assert new.y.tolist() == old.y.tolist()
        assert (shape != (3, 8, 8)) or np.array_equal(new.x, old.x)
