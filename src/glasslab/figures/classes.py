"""Classes of points in the plane: a colour and a shape each, the same in every picture of a report."""

from dataclasses import dataclass

from glasslab.figures.colours import rgb

# Apart from the variants' blue and vermillion, so that a class is not taken for a variant. Each stands out
# from a light ground by 3:1; the shapes tell them apart in black and white.
COLOURS = ("#8a4f00", "#4b5fa5", "#157a55", "#a1306f", "#3d7d92", "#6b6400", "#7a4fa8", "#555b63")
SHAPES = ("circle", "square", "triangle", "diamond")


@dataclass(frozen=True, slots=True)
class ClassStyle:
    """How one class is drawn.

    Attributes:
        name: of the class.
        colour: "#rrggbb".
        shape: circle, square, triangle or diamond.
    """

    name: str
    colour: str
    shape: str

    @property
    def channels(self) -> tuple[int, int, int]:
        """The colour's channels, 0 to 255."""
        return rgb(self.colour)


def class_styles(classes: tuple[str, ...]) -> tuple[ClassStyle, ...]:
    """Returns a style for each class; after eight the colours come again, with another shape."""
    return tuple(
        ClassStyle(name, COLOURS[place % len(COLOURS)], SHAPES[(place + place // len(COLOURS)) % len(SHAPES)])
        for place, name in enumerate(classes)
    )
