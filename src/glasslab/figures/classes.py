"""Classes of points in the plane: a colour and a shape each, the same in every picture of a report."""

from dataclasses import dataclass

from glasslab.figures.colours import Pair, rgb

# Apart from the variants' first colours, so that a class is not taken for a variant; shapes tell classes
# apart in black and white. Each stands out from its ground by 3:1: one for a light, one for a dark ground.
COLOURS: tuple[Pair, ...] = (
    ("#4b5fa5", "#93a5ea"),
    ("#a15c00", "#eab067"),
    ("#157a55", "#63cfa3"),
    ("#a1306f", "#ea86bd"),
    ("#3d7d92", "#82c8de"),
    ("#6b6400", "#d3ca55"),
    ("#7a4fa8", "#c09eea"),
    ("#555b63", "#aeb5bf"),
)
SHAPES = ("circle", "square", "triangle", "diamond")


@dataclass(frozen=True, slots=True)
class ClassStyle:
    """How one class is drawn.

    Attributes:
        name: of the class.
        place: of its colour, from 1: the CSS variable "--c<place>".
        colour: "#rrggbb", on the light ground that pictures bring along.
        shape: circle, square, triangle or diamond.
    """

    name: str
    place: int
    colour: str
    shape: str

    @property
    def channels(self) -> tuple[int, int, int]:
        """The colour's channels, 0 to 255."""
        return rgb(self.colour)


def class_styles(classes: tuple[str, ...]) -> tuple[ClassStyle, ...]:
    """Returns a style for each class; after eight the colours come again, with another shape."""
    found = []
    for number, name in enumerate(classes):
        place, again = number % len(COLOURS), number // len(COLOURS)
        found.append(ClassStyle(name, place + 1, COLOURS[place][0], SHAPES[(number + again) % len(SHAPES)]))
    return tuple(found)
