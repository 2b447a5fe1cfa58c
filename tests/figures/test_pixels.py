import base64
import io

import numpy as np
from PIL import Image

from glasslab.figures.pixels import class_rows, mistakes, picture


def read(uri: str) -> np.ndarray:
    head, _, body = uri.partition(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(body))))


def test_a_picture_has_one_pixel_for_each_of_the_data() -> None:
    pixels = np.arange(12, dtype=np.uint8).reshape(1, 3, 4)
    found = picture(pixels)
    assert (found.width, found.height) == (4, 3)
    assert np.array_equal(read(found.png), pixels[0])


def test_channels_keep_their_colours() -> None:
    pixels = np.zeros((3, 2, 2), dtype=np.uint8)
    pixels[0, 0, 0], pixels[2, 1, 1] = 255, 200
    shown = read(picture(pixels).png)
    assert shown[0, 0].tolist() == [255, 0, 0]
    assert shown[1, 1].tolist() == [0, 0, 200]


def test_two_channels_are_drawn_as_red_and_green() -> None:
    pixels = np.stack([np.full((2, 2), 250), np.full((2, 2), 90)]).astype(np.uint8)
    assert read(picture(pixels).png)[1, 1].tolist() == [250, 90, 0]


def test_mistakes_have_class_names_and_both_probabilities() -> None:
    arrays = {
        "pixels": np.zeros((2, 1, 4, 4), dtype=np.uint8),
        "labels": np.array([0, 1]),
        "predicted": np.array([1, 0]),
        "probability": np.array([0.75, 0.5], dtype=np.float32),
        "probability_true": np.array([0.25, 0.5], dtype=np.float32),
        "index": np.array([7, 9]),
    }
    first = mistakes(arrays, ("cat", "dog"))[0]
    assert (first.true, first.predicted, first.index) == ("cat", "dog", 7)
    assert (first.probability, first.probability_true) == (0.75, 0.25)


def test_samples_come_in_the_order_of_the_classes_and_absent_ones_are_left_out() -> None:
    pixels = np.zeros((3, 1, 2, 2), dtype=np.uint8)
    rows = class_rows(pixels, np.array([2, 0, 2]), ("a", "b", "c"))
    assert [(row.name, len(row.pictures)) for row in rows] == [("a", 1), ("c", 2)]
