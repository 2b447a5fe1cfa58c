"""Boxplots of activations: a box a filter, a panel a layer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glasslab.analysis.activations import LayerActivity
from glasslab.analysis.numbers import count, significant
from glasslab.figures.axis import Span
from glasslab.figures.colours import Colours
from glasslab.figures.curves import kept
from glasslab.figures.figure import Figure, Panel
from glasslab.figures.rounding import rounded
from glasslab.figures.theme import INK, finished, inline

HEIGHT = 190  # of a panel's axes, pixels
MOST_PANELS = 6
MOST_BOXES = 64  # in a panel
MOST_TICKS = 8  # numbers under a panel
READABLE = 0.04  # of a common axis that a layer's values must take up; else every layer has its own


@dataclass(frozen=True, slots=True)
class BoxPanel:
    """The filters of one layer.

    Attributes:
        layer: its name.
        filters: numbers of those drawn.
        boxes: their quantiles at 5, 25, 50, 75 and 95 per cent.
        count: how many filters the layer has.
        axis: of the values.
    """

    layer: str
    filters: tuple[int, ...]
    boxes: tuple[tuple[float, ...], ...]
    count: int
    axis: Span


def box_panels(layers: Sequence[LayerActivity]) -> tuple[list[BoxPanel], bool]:
    """Returns the panels' numbers, and whether they share one axis.

    Of many layers evenly chosen ones are shown, with the first and the last; of many filters likewise.
    """
    shown = [layers[place] for place in kept(len(layers), MOST_PANELS)]
    extents = [(float(each.quantiles.min()), float(each.quantiles.max())) for each in shown]
    low, high = min(low for low, _ in extents), max(high for _, high in extents)
    shared = min(top - bottom for bottom, top in extents) >= READABLE * (high - low)
    panels = []
    for layer, own in zip(shown, extents, strict=True):
        filters = kept(layer.count, MOST_BOXES)
        boxes = tuple(tuple(layer.quantiles[place].tolist()) for place in filters)
        axis = around(low, high) if shared else around(*own)
        panels.append(BoxPanel(layer.name, tuple(filters), boxes, layer.count, axis))
    return panels, shared


def around(low: float, high: float) -> Span:
    """Returns an axis that shows these values, and 0."""
    low, high = min(low, 0.0), max(high, 0.0)
    margin = 0.05 * (high - low) or 1.0
    return Span(low - margin, high + margin)


def draw(name: str, variant: str, layers: Sequence[LayerActivity], colours: Colours, title: str) -> Figure:
    """Returns the figure of one variant.

    Args:
        name: of the figure, in links.
        variant: whose layers they are.
        layers: from the input to the output.
        colours: of the variants.
        title: the finding.
    """
    numbers, shared = box_panels(layers)
    colour = colours.mark(variant)
    panels = tuple(
        Panel(each.layer, finished(chart(each, colour)), HEIGHT + 56, note=note(each)) for each in numbers
    )
    scale = "All layers share one scale." if shared else "Each layer has a scale of its own."
    most = max(layers, key=lambda layer: layer.values)
    drawn = "all" if most.sampled == most.values else f"{count(most.sampled)} randomly drawn"
    caption = (
        f"Box: the middle half of a filter's values, with the median; line: the central 90 %. Over {drawn} "
        f"values of each filter on the test set, before the activation function where the layer is a "
        f"convolution or dense. {scale}"
    )
    spans = ", ".join(f"{each.name} {significant(float(np.median(each.spans)), 2)}" for each in layers)
    alternative = f"Boxplots of {variant}'s activations by filter. Median span of the central 90 %: {spans}."
    return Figure(name, title, caption, alternative, panels, min(2, len(panels)))


def note(panel: BoxPanel) -> str:
    """Returns how many filters there are, and how many of them are drawn."""
    if len(panel.filters) == panel.count:
        return f"{panel.count} filters"
    return f"{len(panel.filters)} of {panel.count} filters"


def chart(panel: BoxPanel, colour: str) -> Any:
    """Returns one layer's boxes."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    width = max(2, min(14, round(300 / len(panel.filters))))
    base = alt.Chart(inline(rows(panel))).encode(
        x=alt.X(
            "place:Q",
            title="filter",
            scale=alt.Scale(domain=[-0.7, len(panel.filters) - 0.3], nice=False, zero=False),
            axis=axis_of(panel),
        ),
        tooltip=[alt.Tooltip("filter:N"), *(alt.Tooltip(f"{key}:Q", format=".3g") for key in KEYS)],
    )
    scale = alt.Scale(domain=[panel.axis.low, panel.axis.high], nice=False, zero=False)
    y = alt.Y("p5:Q", title=None, scale=scale, axis=alt.Axis(tickCount=5))
    at = {key: alt.Y(f"{key}:Q", scale=scale) for key in KEYS}
    layers = [
        base.mark_rule(color=colour, strokeWidth=1).encode(y=y, y2=alt.Y2("p95:Q")),
        base.mark_bar(color=colour, size=width).encode(y=at["p25"], y2=alt.Y2("p75:Q")),
        base.mark_tick(color=INK, thickness=1.5, size=width, orient="horizontal").encode(y=at["median"]),
    ]
    return alt.layer(*layers).properties(height=HEIGHT)


KEYS = ("p5", "p25", "median", "p75", "p95")


def axis_of(panel: BoxPanel) -> Any:
    """Returns the axis under the boxes, with as many of the filters' numbers as fit."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    places = list(range(0, len(panel.filters), -(-len(panel.filters) // MOST_TICKS)))
    return alt.Axis(values=places, labelExpr=f"{list(panel.filters)}[datum.value]", domain=False, ticks=False)


def rows(panel: BoxPanel) -> list[dict[str, Any]]:
    """Returns the chart's data: a row a filter."""
    return [
        {"filter": number, "place": place, **{key: rounded(v) for key, v in zip(KEYS, box, strict=True)}}
        for place, (number, box) in enumerate(zip(panel.filters, panel.boxes, strict=True))
    ]
