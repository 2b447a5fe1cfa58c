"""Maps: numbers become the colours that are said to stand for them."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from glasslab.figures.maps import categories, heat, laid_over, largest_of, signed, signed_scale
from glasslab.figures.pixels import Picture

GREY = (128, 128, 128)


def pixels(shown: Picture) -> np.ndarray:
    file = base64.b64decode(shown.png.removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))


def lightness(colours: np.ndarray) -> np.ndarray:
    """CIE L* of sRGB colours (N, 3), 0 to 100, by the definition of the CIE."""
    share = colours / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    y = linear @ np.array([0.2126, 0.7152, 0.0722])
    return np.asarray(np.where(y > (6 / 29) ** 3, 116 * np.cbrt(y) - 16, y * (29 / 3) ** 3))


def test_zero_is_mid_grey_with_one_channel_and_with_three() -> None:
    assert tuple(pixels(signed(np.array([[0.0, 2.0]]), 2.0))[0, 0]) == GREY
    assert tuple(pixels(signed(np.zeros((1, 1, 1)), 2.0))[0, 0]) == GREY
    assert tuple(pixels(signed(np.zeros((3, 1, 1)), 2.0))[0, 0]) == GREY


def test_signs_are_told_apart_by_lightness_alone() -> None:
    light = lightness(signed_scale().astype(float))
    assert (np.diff(light) > -0.35).all()
    assert light[0] < 20
    assert light[-1] > 90
    assert light[128] == pytest.approx(53.6, abs=0.1)


def test_signs_are_told_apart_by_colour_below_blue_above_warm() -> None:
    below, above = pixels(signed(np.array([[-1.0, 1.0]]), 1.0))[0].astype(int)
    assert below[2] > below[0]
    assert above[0] > above[2]


def test_three_channels_are_half_plus_the_number_over_twice_the_largest() -> None:
    z = np.array([-4.0, 2.0, 4.0]).reshape(3, 1, 1)
    assert tuple(pixels(signed(z, 4.0))[0, 0]) == (0, 191, 255)


def test_numbers_beyond_the_largest_have_the_outermost_colours() -> None:
    shown = pixels(signed(np.array([[-9.0, -1.0, 1.0, 9.0]]), 1.0))[0]
    assert (shown[0] == shown[1]).all()
    assert (shown[2] == shown[3]).all()


@pytest.mark.parametrize("largest", [0.0, -1.0])
@pytest.mark.parametrize("shape", [(2, 3), (1, 2, 3), (3, 2, 3)])
def test_without_a_scale_a_signed_map_is_uniformly_mid_grey(shape: tuple[int, ...], largest: float) -> None:
    shown = signed(np.ones(shape), largest)
    assert (shown.width, shown.height) == (3, 2)
    assert (pixels(shown) == 128).all()


def test_what_is_not_finite_is_mid_grey() -> None:
    assert (pixels(signed(np.array([[np.nan, np.inf, -np.inf]]), 1.0)) == 128).all()


def test_heat_rises_evenly_in_lightness() -> None:
    shown = pixels(heat(np.linspace(0, 10, 101)[None], 0, 10))[0]
    steps = np.diff(lightness(shown.astype(float)))
    assert (steps > 0).all()
    assert steps.max() < 3 * steps.mean()


def test_heat_without_a_range_is_all_dark() -> None:
    shown = pixels(heat(np.array([[0.0, 5.0, np.nan]]), 1.0, 1.0))
    assert (shown == shown[0, 0]).all()
    assert lightness(shown[0].astype(float))[0] < 20


def test_a_map_over_an_image_is_grey_where_it_is_zero() -> None:
    image = np.array([[[0, 255]], [[0, 255]], [[0, 255]]], dtype=np.uint8)
    shown = pixels(laid_over(np.zeros((1, 2)), image, 1.0))[0].astype(int)
    assert (shown.max(axis=1) == shown.min(axis=1)).all()
    assert shown[0, 0] < shown[1, 0]


def test_a_map_over_an_image_is_orange_above_zero_and_blue_below() -> None:
    image = np.full((1, 1, 2), 128, dtype=np.uint8)
    above, below = pixels(laid_over(np.array([[1.0, -1.0]]), image, 1.0))[0].astype(int)
    assert above[0] > 200 > above[2]
    assert below[2] > 200 > below[0]


def test_a_map_over_an_image_without_a_scale_has_no_colour() -> None:
    shown = pixels(laid_over(np.ones((2, 2)), np.zeros((1, 2, 2), dtype=np.uint8), 0.0))
    assert (shown == shown[0, 0, 0]).all()


def test_a_coarser_map_is_enlarged_without_smoothing() -> None:
    shown = pixels(laid_over(np.array([[0.0, 1.0]]), np.zeros((1, 4, 4), dtype=np.uint8), 1.0))
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) == 2
    assert (shown[:, 0] == shown[:, 1]).all()
    assert (shown[:, 2] == shown[:, 3]).all()


def test_categories_have_their_colours() -> None:
    colours = ((1, 2, 3), (40, 50, 60))
    shown = pixels(categories(np.array([[0, 1], [1, 0]]), colours))
    assert shown.tolist() == [[[1, 2, 3], [40, 50, 60]], [[40, 50, 60], [1, 2, 3]]]


def test_largest_of_maps_leaves_out_what_is_not_finite() -> None:
    assert largest_of(np.array([1.0, -3.0, np.nan]), np.array([2.0, -np.inf])) == 3.0
    assert largest_of(np.array([])) == 0.0
    assert largest_of() == 0.0
