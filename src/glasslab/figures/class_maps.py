"""Maps of classes over an image: a colour for each class, and a swatch of it for the key."""

import numpy as np
from numpy.typing import NDArray

from glasslab.figures.classes import COLOURS
from glasslab.figures.colours import rgb
from glasslab.figures.maps import categories
from glasslab.figures.pixels import Picture

MANY = [rgb(light) for light, _ in COLOURS] + [rgb(dark) for _, dark in COLOURS]
"""Sixteen colours: those of classes in the plane, then their counterparts for a dark ground."""


def class_map(index: NDArray[np.integer]) -> Picture:
    """Returns a map of classes (H, W); after sixteen the colours come again."""
    return categories(index % len(MANY), MANY)


def swatch(place: int) -> Picture:
    """Returns a class's colour, four times as wide as high, so that a name has room below it."""
    return class_map(np.full((1, 4), place))
