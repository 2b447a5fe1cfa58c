"""Drawing figures into a document: a still picture at once, and the specification that makes it live."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from glasslab.figures.figure import Figure, Panel, Specification

PAGE = 864  # pixels: how wide figures are on a wide page
GAP = 32  # between panels that stand side by side
NAMED = re.compile(r'(\bid="|url\(#)((?:clip|gradient)[^")]*)')
SIZE = re.compile(r'^<svg ([^>]*?)width="([\d.]+)" height="([\d.]+)"')


@dataclass(frozen=True, slots=True)
class Still:
    """One panel as it stands in the document.

    Attributes:
        name: of the chart, for the script.
        title: what stands over it.
        note: small print beside the title.
        height: pixels.
        svg: the still picture.
        has_log: whether there is a logarithmic form.
    """

    name: str
    title: str
    note: str
    height: int
    svg: Markup
    has_log: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure as it stands in the document.

    Attributes:
        figure: what is drawn.
        stills: its panels.
    """

    figure: Figure
    stills: tuple[Still, ...]


@dataclass(frozen=True, slots=True)
class Drawings:
    """Draws a report's figures, and gathers what makes them live.

    Attributes:
        charts: specifications by name and form ("plain", "log"), without the theme that they share.
        config: that theme; empty until something is drawn.
    """

    charts: dict[str, dict[str, Specification]] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)

    def draw(self, figure: Figure) -> Drawn:
        """Returns a figure ready for the document."""
        width = (PAGE - GAP * (figure.columns - 1)) // figure.columns
        stills = tuple(
            self.still(f"{figure.name}-{number}", panel, width)
            for number, panel in enumerate(figure.panels, start=1)
        )
        return Drawn(figure, stills)

    def still(self, name: str, panel: Panel, width: int) -> Still:
        """Returns one panel's picture, and keeps its specification."""
        forms = {"plain": panel.specification}
        if panel.logarithmic is not None:
            forms["log"] = panel.logarithmic
        self.config.update(panel.specification.get("config", {}))
        self.charts[name] = {form: without_theme(each) for form, each in forms.items()}
        svg = still_svg(panel.specification, name, width)
        return Still(name, panel.title, panel.note, panel.height, svg, "log" in forms)

    def script(self) -> Markup:
        """Returns everything that the page's script draws from, as JSON that may stand inside an element."""
        kept = {"charts": self.charts, "config": self.config}
        text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return Markup(inside_script(text))


def inside_script(text: str) -> str:
    """Returns JSON that cannot end the element it stands in, nor begin another."""
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def without_theme(specification: Specification) -> Specification:
    """Returns a specification without the theme, which the document holds once."""
    return {key: value for key, value in specification.items() if key != "config"}


def still_svg(specification: Specification, name: str, width: int) -> Markup:
    """Returns the picture of a chart at a width, without what only shows when one points at it."""
    import vl_convert  # noqa: PLC0415 starts a JavaScript engine; only drawing needs it

    still = dict(specification) | {"width": width}
    if "layer" in still:
        still["layer"] = [
            each for each in still["layer"] if not str(each.get("name", "")).startswith("pointing")
        ]
    return Markup(own_names(vl_convert.vegalite_to_svg(still), name))


def own_names(svg: str, name: str) -> str:
    """Returns a picture whose inner names no other picture of the document has, and that fits its place."""
    numbers: dict[str, int] = {}  # Vega counts names through the whole process; here they begin anew

    def own(found: re.Match[str]) -> str:
        return f"{found[1]}{name}-part{numbers.setdefault(found[2], len(numbers))}"

    svg = NAMED.sub(own, svg)
    return SIZE.sub(
        r'<svg aria-hidden="true" focusable="false" \g<1>width="\g<2>" height="\g<3>"', svg, count=1
    )
