"""Pictures made of pixels: digits, photographs, maps, as PNG files that are never smoothed."""

import base64
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

PICTURES = 24  # of worst mistakes shown


@dataclass(frozen=True, slots=True)
class Picture:
    """One image with what is said of it.

    Attributes:
        png: the file as a data URI, one pixel of it for each of the data.
        width: pixels across.
        height: pixels down.
    """

    png: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Mistake:
    """A test image that was taken for another class.

    Attributes:
        picture: the image.
        true: its class.
        predicted: the class that it was taken for.
        probability: that the network gave to the latter, 0 to 1.
        probability_true: that it gave to the true class.
        index: its place in the original test set.
    """

    picture: Picture
    true: str
    predicted: str
    probability: float
    probability_true: float
    index: int


@dataclass(frozen=True, slots=True)
class ClassRow:
    """Samples of one class.

    Attributes:
        name: of the class.
        pictures: as the network was given them, normalisation undone.
    """

    name: str
    pictures: tuple[Picture, ...]


def picture(pixels: NDArray[np.uint8]) -> Picture:
    """Returns an image as a picture.

    Args:
        pixels: (C, H, W), 0 to 255; of more than three channels the first three are red, green and blue, and
            two are drawn as red and green.
    """
    if pixels.shape[0] == 1:
        image = Image.fromarray(np.ascontiguousarray(pixels[0]), "L")
    else:
        image = Image.fromarray(np.ascontiguousarray(three(pixels).transpose(1, 2, 0)), "RGB")
    return Picture(data_uri(image), image.width, image.height)


def three(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Returns the first three channels of an image (C, H, W), black ones where there are fewer."""
    return np.pad(pixels[:3], ((0, max(0, 3 - len(pixels))), (0, 0), (0, 0)))


def data_uri(image: Image.Image) -> str:
    """Returns an image as a PNG file within an address."""
    file = io.BytesIO()
    image.save(file, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def mistakes(arrays: dict[str, NDArray[np.generic]], classes: tuple[str, ...]) -> tuple[Mistake, ...]:
    """Returns a run's worst mistakes, most confident first, from the arrays that its probe kept."""
    keys = ("labels", "predicted", "probability", "probability_true", "index")
    labels, predicted, probability, probability_true, index = (arrays[key].tolist() for key in keys)
    return tuple(
        Mistake(
            picture=picture(np.asarray(arrays["pixels"][place], dtype=np.uint8)),
            true=classes[labels[place]],
            predicted=classes[predicted[place]],
            probability=probability[place],
            probability_true=probability_true[place],
            index=index[place],
        )
        for place in range(min(len(labels), PICTURES))
    )


def class_rows(
    pixels: NDArray[np.uint8], labels: NDArray[np.int64], classes: tuple[str, ...]
) -> tuple[ClassRow, ...]:
    """Returns samples by class, in the order of the classes; one without samples is left out.

    Args:
        pixels: (N, C, H, W), 0 to 255.
        labels: (N,), places in `classes`.
        classes: their names.
    """
    found = []
    for place, name in enumerate(classes):
        own = np.flatnonzero(labels == place)
        if len(own):
            found.append(ClassRow(name, tuple(picture(pixels[row]) for row in own)))
    return tuple(found)
