"""Maps as pictures: signed numbers around mid-grey, heat from low to high, heat over an image, categories."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from glasslab.figures.colours import rgb, viridis
from glasslab.figures.pixels import Picture, picture

Numbers = NDArray[np.floating] | NDArray[np.integer]

# From the most negative to the most positive number. Lightness rises evenly, so that the sign is seen in
# black and white too, and zero is neutral; blue against orange is told apart by the colour-blind.
SIGNED = ("#14245c", "#2f4f8f", "#808080", "#d6a54e", "#fbe9b0")
ABOVE, BELOW = "#ff8a1f", "#2b7bff"  # laid over a grey image: what speaks for, and what against
STEPS = 256  # colours of a scale
FAINTEST, PALEST = 40, 215  # greys of an image below a map, so that colours stand out from black and white
STRONGEST = 0.85  # share that a colour takes of the pixel below it, at the most


def signed(z: Numbers, largest: float) -> Picture:
    """Returns a map whose zero is mid-grey: light and warm above it, dark and blue below it.

    Args:
        z: (H, W) or (1, H, W); with (C, H, W) the picture is 0.5 + z / (2 largest) in red, green and blue.
            What is not finite is mid-grey.
        largest: size of the numbers that have the outermost colours; the picture is mid-grey for 0 or less.
    """
    return picture(signed_pixels(z, largest))


def signed_pixels(z: Numbers, largest: float) -> NDArray[np.uint8]:
    """Returns the pixels of a signed map (3, H, W), as `signed` draws it."""
    scaled = finite(z) / largest if largest > 0 else np.zeros(np.shape(z))
    levels = np.rint((0.5 + np.clip(scaled, -1, 1) / 2) * (STEPS - 1)).astype(np.uint8)
    if levels.ndim == 3 and len(levels) > 1:
        return np.pad(levels[:3], ((0, max(0, 3 - len(levels))), (0, 0), (0, 0)), constant_values=STEPS // 2)
    return signed_scale()[levels.reshape(levels.shape[-2:])].transpose(2, 0, 1)


def heat(z: Numbers, low: float, high: float) -> Picture:
    """Returns a map from dark for `low` to light for `high`, on a perceptually even scale (viridis).

    Args:
        z: (H, W) or (1, H, W). What is not finite counts as `low`.
        low: number that has the darkest colour; so have those below it.
        high: number that has the lightest colour; where it is not above `low` all is dark.
    """
    values = finite(z, instead=low).reshape(np.shape(z)[-2:])
    share = (values - low) / (high - low) if high > low else np.zeros(values.shape)
    return coloured(np.rint(np.clip(share, 0, 1) * (STEPS - 1)).astype(np.uint8), heat_scale())


def laid_over(z: Numbers, image: NDArray[np.uint8], largest: float) -> Picture:
    """Returns a map over the grey version of the image that it is of: orange above zero, blue below it.

    Args:
        z: (h, w) or (1, h, w); a coarser map than the image is enlarged without smoothing.
        image: (C, H, W) with 1 or 3 channels, 0 to 255.
        largest: size of the numbers that have the strongest colour; no colour at all for 0 or less.
    """
    grey = FAINTEST + (PALEST - FAINTEST) / 255 * luminance(image)
    values = enlarged(finite(z).reshape(np.shape(z)[-2:]), grey.shape[0], grey.shape[1])
    strength = np.clip(np.abs(values) / largest, 0, 1) if largest > 0 else np.zeros(grey.shape)
    colour = np.where(values[..., None] >= 0, np.array(rgb(ABOVE)), np.array(rgb(BELOW)))
    share = STRONGEST * strength[..., None]
    return of_rows(np.rint((1 - share) * grey[..., None] + share * colour).astype(np.uint8))


def categories(index: NDArray[np.integer], colours: Sequence[tuple[int, int, int]]) -> Picture:
    """Returns a map of classes, each in its colour.

    Args:
        index: (H, W), places in `colours`.
        colours: red, green and blue, 0 to 255, of each class.
    """
    return coloured(index, np.array(colours, dtype=np.uint8))


def largest_of(*maps: Numbers) -> float:
    """Returns the size of the largest finite number in these maps, 0 where there is none."""
    return max((float(np.abs(finite(each)).max()) for each in maps if np.size(each)), default=0.0)


def finite(z: Numbers, instead: float = 0.0) -> NDArray[np.float64]:
    """Returns numbers as they are, but for those that are not finite."""
    values = np.asarray(z, dtype=np.float64)
    return np.asarray(np.where(np.isfinite(values), values, instead))


def luminance(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Returns how light each pixel is (H, W), 0 to 255, by the weights of ITU-R BT.601."""
    red, green, blue = image[:3].astype(np.float64) if len(image) >= 3 else (image[0].astype(np.float64),) * 3
    grey: NDArray[np.float64] = 0.299 * red + 0.587 * green + 0.114 * blue
    return grey


def enlarged(values: NDArray[np.float64], height: int, width: int) -> NDArray[np.float64]:
    """Returns a map of another size, each place the number of the nearest one of the old."""
    rows = np.arange(height) * values.shape[0] // height
    columns = np.arange(width) * values.shape[1] // width
    found: NDArray[np.float64] = values[rows][:, columns]
    return found


def coloured(levels: NDArray[np.integer], scale: NDArray[np.uint8]) -> Picture:
    """Returns a picture of places (H, W) on a scale (steps, 3)."""
    return of_rows(scale[levels])


def of_rows(pixels: NDArray[np.uint8]) -> Picture:
    """Returns a picture of pixels (H, W, 3)."""
    return picture(pixels.transpose(2, 0, 1))


@cache
def signed_scale() -> NDArray[np.uint8]:
    """Returns the 256 colours of signed maps; number 128 is zero."""
    known = np.array([rgb(each) for each in SIGNED], dtype=np.float64)
    half = STEPS // 2
    places = np.array([0, half / 2, half, (half + STEPS - 1) / 2, STEPS - 1])
    channels = [np.interp(np.arange(STEPS), places, known[:, k]) for k in range(3)]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)


@cache
def heat_scale() -> NDArray[np.uint8]:
    """Returns the 256 colours of heat maps."""
    return np.array([rgb(viridis(step / (STEPS - 1))) for step in range(STEPS)], dtype=np.uint8)
