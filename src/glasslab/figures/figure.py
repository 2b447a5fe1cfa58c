"""A figure: panels side by side, with the title, caption and text alternative that they share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Specification = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart of a figure.

    Attributes:
        title: what stands over it; empty where the figure's title says it.
        specification: in Vega-Lite, as wide as its container.
        height: of the whole chart, pixels, about; keeps its place free until it is drawn.
        logarithmic: the same chart on a logarithmic scale, where it makes sense.
        note: small print beside the title, such as "not used for choosing".
    """

    title: str
    specification: Specification
    height: int
    logarithmic: Specification | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """What a reader meets as one figure.

    Attributes:
        name: in links and file names: letters, digits, hyphens.
        title: the finding, where one can be stated, else what is shown.
        caption: how to read it: what band, what n, which axis.
        alternative: the finding again, for who cannot see it.
        panels: its charts, in reading order.
        columns: so many of them stand side by side on a wide page.
    """

    name: str
    title: str
    caption: str
    alternative: str
    panels: tuple[Panel, ...]
    columns: int = 1
