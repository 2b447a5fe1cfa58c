"""Outlines of the nine kinds of objects in `shapes`, and of what is none of them, as distances in pixels.

Only additions, products, quotients, roots and comparisons, one pixel at a time: IEEE 754 gives these the same
bits on every machine, which sines, sums over an axis and matrix products do not promise.

Source of the form: Quilez, "2D distance functions".
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
"""One number for every pixel of several pictures (N, 32, 32), or what goes with them (N, 1, 1)."""
Outline = Callable[[Plane, Plane], Plane]

HALF_ROOT_3 = np.float32(0.8660254)
"""Sine of 60 degrees."""

FIFTHS = tuple(
    (np.float32(x), np.float32(y))
    for x, y in (
        (0.0, 1.0),
        (0.95105652, 0.30901699),
        (0.58778525, -0.80901699),
        (-0.58778525, -0.80901699),
        (-0.95105652, 0.30901699),
    )
)
"""Cosines and sines of the five directions of a regular pentagon."""


def distance(x: Plane, y: Plane) -> Plane:
    """Returns how far points lie from the origin."""
    found: Plane = np.sqrt(x * x + y * y)
    return found


def disc(x: Plane, y: Plane) -> Plane:
    """Returns the distance to a filled circle of radius 0.85."""
    return distance(x, y) - np.float32(0.85)


def ring(x: Plane, y: Plane) -> Plane:
    """Returns the distance to a circle's line of width 0.4."""
    found: Plane = np.abs(distance(x, y) - np.float32(0.75)) - np.float32(0.2)
    return found


def square(x: Plane, y: Plane) -> Plane:
    """Returns the distance to a filled square of side 1.5."""
    found: Plane = np.maximum(np.abs(x), np.abs(y)) - np.float32(0.75)
    return found


def frame(x: Plane, y: Plane) -> Plane:
    """Returns the distance to a square's line of width 0.4."""
    found: Plane = np.abs(np.maximum(np.abs(x), np.abs(y)) - np.float32(0.65)) - np.float32(0.2)
    return found


def triangle(x: Plane, y: Plane) -> Plane:
    """Returns the distance to a filled equilateral triangle whose corners lie 1.1 from the middle."""
    slanted = HALF_ROOT_3 * np.abs(x) + np.float32(0.5) * y
    found: Plane = np.maximum(slanted, -y) - np.float32(0.55)
    return found


def cross(x: Plane, y: Plane) -> Plane:
    """Returns the distance to two bars of 2 by 0.56 that cross in their middles."""
    a, b = np.abs(x), np.abs(y)
    found: Plane = np.maximum(np.maximum(a, b) - np.float32(1.0), np.minimum(a, b) - np.float32(0.28))
    return found


def star(x: Plane, y: Plane) -> Plane:
    """Returns the distance to a pentagram: all points that lie beyond one of its five lines at most."""
    most, second = np.full_like(x, -np.inf), np.full_like(x, -np.inf)
    for across, up in FIFTHS:
        beyond = across * x + up * y
        second = np.maximum(second, np.minimum(most, beyond))
        most = np.maximum(most, beyond)
    found: Plane = second - np.float32(0.36)
    return found


def crescent(x: Plane, y: Plane) -> Plane:
    """Returns the distance to a disc of radius 0.95 without another whose middle lies 0.5 aside."""
    outer, inner = distance(x, y) - np.float32(0.95), np.float32(0.75) - distance(x - np.float32(0.5), y)
    found: Plane = np.maximum(outer, inner)
    return found


def bow(x: Plane, y: Plane) -> Plane:
    """Returns the distance to two triangles that touch with a corner each."""
    a, b = np.abs(x), np.abs(y)
    found: Plane = np.maximum(a - np.float32(0.87), np.float32(0.8) * (b - a) - np.float32(0.08))
    return found


OUTLINES: dict[str, Outline] = {
    "disc": disc,
    "ring": ring,
    "square": square,
    "frame": frame,
    "triangle": triangle,
    "cross": cross,
    "star": star,
    "crescent": crescent,
    "bow": bow,
}
"""Signed distances to outlines of about the unit circle's size: below 0 inside, above outside."""


def stroke(x: Plane, y: Plane, length: Plane, radius: Plane) -> Plane:
    """Returns the distance to a straight stroke with round ends, half `length` to either side."""
    return distance(np.maximum(np.abs(x) - length, np.float32(0)), y) - radius


def blob(x: Plane, y: Plane, radius: Plane) -> Plane:
    """Returns the distance to a disc with a smaller one grown out of its side."""
    smaller = distance(x - np.float32(1.35) * radius, y) - np.float32(0.65) * radius
    found: Plane = np.minimum(distance(x, y) - radius, smaller)
    return found
