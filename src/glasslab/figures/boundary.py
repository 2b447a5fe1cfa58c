"""Decision boundaries: the class that a network gives every place of the plane, and the points it learned."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from glasslab.figures.classes import ClassStyle
from glasslab.figures.pixels import Picture, data_uri

GROUND = (
    246,
    246,
    244,
)  # where no class is more probable than another; the picture brings its own light ground
TINT = 0.62  # how much of its colour a certain class takes on
SIDE = 363  # pixels of the picture: three for each place of the usual grid
SMALL = 242  # of one among many: two for each place
SMOOTHING = 3  # points are drawn so much larger and reduced, which smooths their edges (not the map below)
CORNERS = {  # of a point of radius 1, chosen so that all shapes cover about the area of a circle
    "square": ((-0.88, -0.88), (0.88, -0.88), (0.88, 0.88), (-0.88, 0.88)),
    "triangle": ((0.0, -1.2), (1.15, 0.8), (-1.15, 0.8)),
    "diamond": ((0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)),
}


@dataclass(frozen=True, slots=True)
class Boundary:
    """What one picture shows.

    Attributes:
        probability: (rows, columns, classes), rows from low to high along the vertical axis.
        x: (low, high), the range across.
        y: (low, high), the range up.
        points: (N, 2), those it learned from.
        labels: (N,).
    """

    probability: NDArray[np.float32]
    x: tuple[float, float]
    y: tuple[float, float]
    points: NDArray[np.float32]
    labels: NDArray[np.int64]


def boundary(arrays: dict[str, NDArray[np.generic]]) -> Boundary:
    """Returns the numbers of a picture from the arrays that the probe kept."""
    x, y = (arrays[axis].astype(float) for axis in ("x", "y"))
    return Boundary(
        probability=arrays["probability"].astype(np.float32),
        x=(float(x[0]), float(x[-1])),
        y=(float(y[0]), float(y[-1])),
        points=arrays["points"].astype(np.float32),
        labels=arrays["labels"].astype(np.int64),
    )


def tints(probability: NDArray[np.float32], styles: tuple[ClassStyle, ...]) -> NDArray[np.uint8]:
    """Returns the colour of every place: neutral where classes are equally probable, tinted as one wins.

    Args:
        probability: (rows, columns, classes).
        styles: of the classes.

    Returns:
        (rows, columns, 3), 0 to 255.
    """
    classes = probability.shape[-1]
    winner = probability.argmax(axis=-1)
    certain = (probability.max(axis=-1) - 1 / classes) / (1 - 1 / classes)
    strength = TINT * np.clip(certain, 0, 1)[..., None]
    colours = np.array([style.channels for style in styles], dtype=float)[winner]
    mixed = (1 - strength) * np.array(GROUND, dtype=float) + strength * colours
    return np.asarray(np.round(mixed), dtype=np.uint8)


def borders(probability: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Returns where a place's class differs from its neighbour's to the right or above."""
    winner = probability.argmax(axis=-1)
    edge = np.zeros(winner.shape, dtype=bool)
    edge[:, :-1] |= winner[:, :-1] != winner[:, 1:]
    edge[:-1] |= winner[:-1] != winner[1:]
    return edge


def draw(numbers: Boundary, styles: tuple[ClassStyle, ...], side: int = SIDE) -> Picture:
    """Returns the picture: tinted ground, a line between the classes, the points on top.

    Args:
        numbers: what it shows.
        styles: of the classes.
        side: pixels across and down.
    """
    colours = tints(numbers.probability, styles)
    colours[borders(numbers.probability)] = (70, 74, 80)
    ground = Image.fromarray(colours[::-1].copy(), "RGB").resize((side, side), Image.Resampling.NEAREST)
    large = side * SMOOTHING
    layer = Image.new("RGBA", (large, large))
    pen = ImageDraw.Draw(layer)
    radius = SMOOTHING * side / SIDE * (9.0 if len(numbers.points) <= 20 else 3.2)
    across = (numbers.points[:, 0] - numbers.x[0]) / (numbers.x[1] - numbers.x[0]) * large
    down = (numbers.y[1] - numbers.points[:, 1]) / (numbers.y[1] - numbers.y[0]) * large
    for at, to, label in zip(across.tolist(), down.tolist(), numbers.labels.tolist(), strict=True):
        point(pen, (at, to), radius, styles[label])
    layer = layer.resize((side, side), Image.Resampling.LANCZOS)
    ground.paste(layer, (0, 0), layer)
    return Picture(data_uri(ground.quantize(128)), side, side)


def point(pen: ImageDraw.ImageDraw, at: tuple[float, float], radius: float, style: ClassStyle) -> None:
    """Draws a point in its class's shape and colour, with a light rim that parts it from its ground."""
    x, y = at
    rim = max(1, int(radius / 4))
    if style.shape == "circle":
        ends = (x - radius, y - radius, x + radius, y + radius)
        pen.ellipse(ends, fill=style.colour, outline="white", width=rim)
    else:
        corners = [(x + radius * right, y + radius * down) for right, down in CORNERS[style.shape]]
        pen.polygon(corners, fill=style.colour, outline="white", width=rim)
