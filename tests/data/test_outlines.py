import math

import numpy as np
import pytest

from glasslab.data.outlines import OUTLINES, blob, stroke

AXIS = (np.arange(-200, 200) + 0.5) / 100
X, Y = (each.astype(np.float32)[None] for each in np.meshgrid(AXIS, AXIS))

AREAS = {
    "disc": math.pi * 0.85**2,
    "ring": math.pi * (0.95**2 - 0.55**2),
    "square": 1.5**2,
    "frame": 1.7**2 - 0.9**2,
    "triangle": 3 * math.sqrt(3) * 0.55**2,
    "cross": 2 * 2 * 0.56 - 0.56**2,
}
"""Of the outlines whose area has a formula, in squares of the unit."""


def area(distance):
    return float((distance <= 0).mean()) * 16


@pytest.mark.parametrize("name", AREAS)
def test_what_lies_inside_an_outline_has_the_area_that_geometry_gives(name):
    assert area(OUTLINES[name](X, Y)) == pytest.approx(AREAS[name], rel=0.01)


def test_a_pentagram_has_five_points_and_the_area_that_geometry_gives():
    distance = OUTLINES["star"](X, Y)[0]
    turns = np.linspace(0, 2 * math.pi, 720, endpoint=False)
    rows, columns = (((each * 0.7 + 2) * 100).astype(int) for each in (np.sin(turns), np.cos(turns)))
    inside = distance[rows, columns] <= 0
    assert np.count_nonzero(np.diff(np.append(inside, inside[0]).astype(int)) == 1) == 5
    pentagon = 5 * 0.36**2 * math.tan(math.pi / 5)
    side = 2 * 0.36 * math.tan(math.pi / 5)
    points = 5 * side / 2 * (side / 2 * math.tan(2 * math.pi / 5))
    assert area(distance) == pytest.approx(pentagon + points, rel=0.01)


def test_a_crescent_lacks_its_middle_to_the_right_and_a_bow_its_top():
    crescent, bow = (OUTLINES[name](X, Y)[0] <= 0 for name in ("crescent", "bow"))
    assert crescent[200, 120]
    assert not crescent[200, 230]
    assert bow[200, 270]
    assert bow[200, 130]
    assert not bow[130, 200]


@pytest.mark.parametrize("name", OUTLINES)
def test_an_outline_stays_within_reach_of_its_radius(name):
    inside = OUTLINES[name](X, Y) <= 0
    assert 0.8 < np.hypot(X, Y)[inside].max() < 1.4


def test_strokes_and_blobs_are_as_long_and_thick_as_they_are_told():
    length, radius = np.float32(0.9), np.float32(0.2)
    assert area(stroke(X, Y, length, radius)) == pytest.approx(4 * 0.9 * 0.2 + math.pi * 0.2**2, rel=0.01)
    inside = blob(X, Y, np.float32(0.5)) <= 0
    assert X[inside].min() == pytest.approx(-0.5, abs=0.02)
    assert X[inside].max() == pytest.approx(1.35 * 0.5 + 0.65 * 0.5, abs=0.02)
