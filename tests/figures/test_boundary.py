import base64
import io

import numpy as np
from PIL import Image

from glasslab.figures.boundary import GROUND, SMALL, Boundary, borders, boundary, draw, tints
from glasslab.figures.classes import class_styles

STYLES = class_styles(("left", "right"))


def plane(right: np.ndarray) -> np.ndarray:
    return np.stack([1 - right, right], axis=-1).astype(np.float32)


def test_equal_probabilities_are_neutral_and_certainty_takes_on_a_colour() -> None:
    colours = tints(plane(np.array([[0.5, 1.0, 0.0]])), STYLES)
    assert colours[0, 0].tolist() == list(GROUND)
    assert colours[0, 1].tolist() != colours[0, 2].tolist() != list(GROUND)


def test_the_border_runs_where_the_class_changes() -> None:
    assert borders(plane(np.array([[0.1, 0.2, 0.9], [0.1, 0.8, 0.9]]))).tolist() == [
        [False, True, False],
        [True, False, False],
    ]


def test_arrays_of_the_probe_are_read_with_their_ranges() -> None:
    found = boundary(
        {
            "x": np.linspace(-1, 2, 5),
            "y": np.linspace(0, 3, 5),
            "probability": np.full((5, 5, 2), 0.5),
            "points": np.zeros((1, 2)),
            "labels": np.array([1]),
        }
    )
    assert (found.x, found.y) == ((-1.0, 2.0), (0.0, 3.0))


def test_up_is_up_in_the_picture() -> None:
    upper = np.zeros((11, 11))
    upper[6:] = 1.0  # rows run from low to high, so the class "right" lies above
    shown = draw(Boundary(plane(upper), (0, 1), (0, 1), np.empty((0, 2)), np.empty(0, dtype=int)), STYLES)
    image = np.asarray(Image.open(io.BytesIO(base64.b64decode(shown.png.partition(",")[2]))).convert("RGB"))
    expected = tints(plane(np.array([[1.0, 0.0]])), STYLES)[0].astype(int)
    assert np.abs(image[20, 20].astype(int) - expected[0]).max() < 12
    assert np.abs(image[-20, 20].astype(int) - expected[1]).max() < 12


def test_a_small_picture_shows_the_same_in_fewer_pixels() -> None:
    numbers = Boundary(plane(np.eye(4)), (0, 1), (0, 1), np.array([[0.5, 0.5]]), np.array([1]))
    small, usual = draw(numbers, STYLES, SMALL), draw(numbers, STYLES)
    assert (small.width, small.height) == (SMALL, SMALL)
    assert len(small.png) < len(usual.png)
