"""Evolution as lines: how like its end each layer is along the training, a panel a variant."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glasslab.analysis.evolution import SETTLED, LayerOverTime
from glasslab.figures.axis import Span
from glasslab.figures.curves import kept, label_places
from glasslab.figures.figure import Figure, Panel
from glasslab.figures.gradients import LABEL, MOST_LINES, ramp
from glasslab.figures.rounding import rounded
from glasslab.figures.theme import INK, LINE, at_x, finished, inline

HEIGHT = 200  # of a panel's axes, pixels
AXIS = Span(0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Words:
    """What is said around the figure.

    Attributes:
        title: what is shown.
        caption: how to read it.
        alternative: the finding for who cannot see it.
    """

    title: str
    caption: str
    alternative: str


def draw(
    found: Mapping[str, Sequence[LayerOverTime]], stages: Mapping[str, Sequence[str]], words: Words
) -> Figure:
    """Returns the figure.

    Args:
        found: each variant's layers, from the input to the output.
        stages: when each variant's weights were kept, in words.
        words: around it.
    """
    panels = tuple(
        Panel(variant, finished(chart(layers, stages[variant])), HEIGHT + 70)
        for variant, layers in found.items()
    )
    return Figure("evolution", words.title, words.caption, words.alternative, panels, min(2, len(panels)))


def chart(layers: Sequence[LayerOverTime], stages: Sequence[str]) -> Any:
    """Returns a variant's chart: a line with dots for each layer, its name at the end."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    shown = [layers[place] for place in kept(len(layers), MOST_LINES)]
    colours = {each.layer: f"var(--l{1 + ramp(place, len(shown))})" for place, each in enumerate(shown)}
    colour = alt.Color(
        "layer:N",
        legend=None,
        scale=alt.Scale(domain=list(colours), range=list(colours.values())),
    )
    x = alt.X("stage:O", title=None, sort=[*stages, "end"], axis=alt.Axis(labelAngle=0))
    scale = alt.Scale(domain=[AXIS.low, AXIS.high], nice=False, clamp=True)
    y = alt.Y(
        "alike:Q",
        title=None,
        scale=scale,
        axis=alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format=".2~f"),
    )
    rows = alt.Chart(inline(points(shown, stages)))
    told = [alt.Tooltip(each) for each in ("layer:N", "stage:N", "alike:Q")]
    last = {each.layer: each.alike[-1] for each in shown if not math.isnan(each.alike[-1])}
    places = label_places(list(last.values()), AXIS, False, HEIGHT)
    ends = [{"layer": layer, "place": rounded(place)} for layer, place in zip(last, places, strict=True)]
    at_end = {"x": at_x("width"), "y": alt.Y("place:Q", scale=scale)}
    named = alt.Chart(inline(ends))
    threshold = alt.Chart(inline([{"place": SETTLED}]))
    layers_drawn = [
        threshold.mark_rule(color=LINE, strokeDash=[5, 4]).encode(y=at_end["y"]),
        rows.mark_line(strokeWidth=2).encode(x=x, y=y, color=colour),
        rows.mark_circle(size=58, opacity=1).encode(x=x, y=y, color=colour, tooltip=told),
        named.mark_circle(size=46, opacity=1, xOffset=10).encode(**at_end, color=colour),
        named.mark_text(align="left", dx=18, color=INK, limit=LABEL).encode(**at_end, text="layer:N"),
    ]
    return alt.layer(*layers_drawn).properties(height=HEIGHT)


def points(layers: Sequence[LayerOverTime], stages: Sequence[str]) -> list[dict[str, Any]]:
    """Returns the chart's data: a row for each layer and stage at which it is known."""
    return [
        {"layer": each.layer, "stage": stage, "alike": rounded(value)}
        for each in layers
        for stage, value in zip(stages, each.alike, strict=True)
        if not math.isnan(value)
    ]
