import base64
import io

import numpy as np
import pytest
from PIL import Image

from glasslab.figures.maps import signed, signed_pixels
from glasslab.figures.mosaic import drawn, enlarged, framed, mosaic, times


def flat(value: int, height: int, width: int) -> np.ndarray:
    return np.full((1, height, width), value, dtype=np.uint8)


def test_tiles_stand_in_rows_with_clear_gaps() -> None:
    found = mosaic([flat(10, 2, 3), flat(20, 2, 3), flat(30, 2, 3)], columns=2, gap=1)
    assert found.shape == (4, 5, 7)
    assert found[0].tolist() == [
        [10, 10, 10, 0, 20, 20, 20],
        [10, 10, 10, 0, 20, 20, 20],
        [0] * 7,
        [30, 30, 30, 0, 0, 0, 0],
        [30, 30, 30, 0, 0, 0, 0],
    ]
    assert np.array_equal(found[3] == 255, found[0] > 0)


def test_a_smaller_tile_lies_in_the_middle_of_its_cell() -> None:
    found = mosaic([flat(10, 4, 4), flat(20, 2, 2)], columns=2, gap=0)
    assert found[3, :, 4:].tolist() == [[0, 0, 0, 0], [0, 255, 255, 0], [0, 255, 255, 0], [0, 0, 0, 0]]


def test_mosaics_can_be_put_together_and_stay_clear_between() -> None:
    inner = mosaic([flat(10, 1, 1), flat(20, 1, 1)], columns=2)
    found = mosaic([inner, inner], columns=1, gap=2)
    assert found[3].tolist() == [[255, 0, 255], [0, 0, 0], [0, 0, 0], [255, 0, 255]]


@pytest.mark.parametrize("channels", [1, 3])
def test_signed_pixels_are_those_of_a_signed_map(channels: int) -> None:
    z = np.random.default_rng(0).uniform(-2, 2, (channels, 5, 6))
    picture = signed(z, 1.5)
    image = Image.open(io.BytesIO(base64.b64decode(picture.png.partition(",")[2]))).convert("RGB")
    assert np.array_equal(signed_pixels(z, 1.5), np.asarray(image).transpose(2, 0, 1))
    assert (signed_pixels(0 * z, 0.0) == 128).all()


def test_two_channels_stand_for_red_and_green() -> None:
    found = mosaic([np.stack([np.full((1, 1), 200), np.full((1, 1), 30)]).astype(np.uint8)], columns=1)
    assert found[:, 0, 0].tolist() == [200, 30, 0, 255]
    assert signed_pixels(np.array([[[1.0]], [[-1.0]]]), 1.0)[:, 0, 0].tolist() == [255, 0, 128]


def test_pixels_are_enlarged_to_squares_and_framed() -> None:
    found = framed(enlarged(np.array([[[1, 2]]], dtype=np.uint8), 2))
    assert found[0].tolist() == [
        [128] * 6,
        [128, 1, 1, 2, 2, 128],
        [128, 1, 1, 2, 2, 128],
        [128] * 6,
    ]


def test_a_drawn_mosaic_keeps_its_pixels() -> None:
    canvas = mosaic([flat(10, 2, 2), flat(200, 2, 2)], columns=2)
    picture = drawn(canvas)
    image = Image.open(io.BytesIO(base64.b64decode(picture.png.partition(",")[2]))).convert("RGBA")
    assert np.array_equal(np.asarray(image).transpose(2, 0, 1), canvas)
    assert (picture.width, picture.height) == (5, 2)


def test_pictures_stand_at_whole_multiples_of_their_width() -> None:
    assert [times(width, 84) for width in (28, 32, 8, 100, 200)] == [84, 96, 80, 100, 200]
