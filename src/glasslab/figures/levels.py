"""Levels of a factor: their colours and shapes, which are never a variant's own."""

from glasslab.analysis.factors import Factor
from glasslab.figures.classes import COLOURS
from glasslab.figures.colours import Colours

SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "stroke")


def level_marks(factor: Factor, colours: Colours) -> tuple[str, ...]:
    """Returns a colour for each level.

    Numbers go along the variants' scale from end to end, so that order is seen, where the report has one;
    words, and numbers in a report without a scale, have the colours of classes.
    """
    count, steps = len(factor.labels), len(set(colours.places.values()))
    if factor.is_numeric and colours.sequential:
        return tuple(
            f"var(--v{round(place * (steps - 1) / max(1, count - 1)) + 1})" for place in range(count)
        )
    return tuple(f"var(--c{place % len(COLOURS) + 1})" for place in range(count))


def level_shape(place: int) -> str:
    """Returns the shape of a level's marks."""
    return SHAPES[place % len(SHAPES)]
