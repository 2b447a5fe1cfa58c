import base64
import io

import numpy as np
from PIL import Image

from glasslab.figures.class_maps import MANY, class_map, swatch
from glasslab.figures.pixels import Picture


def pixels(found: Picture) -> np.ndarray:
    with Image.open(io.BytesIO(base64.b64decode(found.png.partition(",")[2]))) as image:
        return np.asarray(image.convert("RGB"))


def test_each_of_sixteen_classes_has_a_colour_of_its_own() -> None:
    assert len(set(MANY)) == 16
    found = pixels(class_map(np.arange(16).reshape(4, 4)))
    assert [tuple(each) for each in found.reshape(16, 3).tolist()] == MANY


def test_a_swatch_has_the_classs_colour_and_colours_come_again() -> None:
    assert pixels(swatch(9)).tolist() == [[list(MANY[9])] * 4]
    assert swatch(3) == swatch(19)
