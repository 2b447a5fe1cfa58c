"""Memory: gradients through time on a logarithmic axis, a line a network, and states as maps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from glasslab.analysis.gradients import Gradient
from glasslab.analysis.memory import ThroughTime
from glasslab.figures.axis import Span, ticks
from glasslab.figures.colours import Colours
from glasslab.figures.curves import label_places
from glasslab.figures.figure import Figure, Panel
from glasslab.figures.gradients import HEIGHT, LABEL, Words, decades, log_y
from glasslab.figures.rounding import rounded
from glasslab.figures.theme import at_x, dimmed, finished, inline, pointed_out


@dataclass(frozen=True, slots=True)
class TimePanel:
    """Gradients through time of one kind of state.

    Attributes:
        title: which state.
        lines: one a variant.
    """

    title: str
    lines: tuple[tuple[str, ThroughTime], ...]


def draw(panels: Sequence[TimePanel], colours: Colours, words: Words) -> Figure | None:
    """Returns the figure; None where every gradient is 0."""
    axis = decades(
        Gradient({0: mean}, mean, low, high)
        for panel in panels
        for _, line in panel.lines
        for mean, low, high in zip(line.mean, line.low, line.high, strict=True)
        if mean is not None
    )
    if axis is None:
        return None
    drawn = tuple(Panel(each.title, finished(chart(each, colours, axis)), HEIGHT + 64) for each in panels)
    return Figure("memory", words.title, words.caption, words.alternative, drawn, min(2, len(drawn)))


def chart(panel: TimePanel, colours: Colours, axis: Span) -> Any:
    """Returns a panel's chart: bands, lines, and names at the lines' ends."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    longest = max(line.steps for _, line in panel.lines)
    reach = [0, max(1, longest - 1)]
    x = alt.X(
        "back:Q",
        title="steps back from the last one",
        scale=alt.Scale(domain=reach, nice=False, zero=False),
        axis=alt.Axis(format="d", tickCount=ticks(reach, 7)),
    )
    colour = alt.Color("colour:N", scale=None)
    base = alt.Chart(inline(rows(panel, colours)))
    layers = [
        base.mark_area(clip=True).encode(
            x=x,
            y=log_y("low", axis),
            y2=alt.Y2("high:Q"),
            color=colour,
            detail=alt.Detail("variant:N"),
            opacity=dimmed(0.04, 0.14),
        ),
        base.mark_line(strokeWidth=2, clip=True).encode(
            x=x, y=log_y("mean", axis), color=colour, detail=alt.Detail("variant:N"), opacity=dimmed(0.2)
        ),
        base.mark_circle(size=90, opacity=0)
        .encode(
            x=x,
            y=log_y("mean", axis),
            tooltip=[
                alt.Tooltip("variant:N"),
                alt.Tooltip("back:Q", title="steps back"),
                alt.Tooltip("mean:Q", title="norm of the gradient", format=".2g"),
            ],
        )
        .properties(name="pointing_mean"),
        alt.Chart(inline(ends(panel, colours, axis)))
        .mark_text(align="left", dx=8, limit=LABEL)
        .encode(
            x=at_x("width"),
            y=log_y("place", axis),
            text=alt.Text("variant:N"),
            color=alt.Color("ink:N", scale=None),
            opacity=dimmed(0.35),
        ),
    ]
    return alt.layer(*layers).add_params(pointed_out()).properties(height=HEIGHT)


def rows(panel: TimePanel, colours: Colours) -> list[dict[str, Any]]:
    """Returns the chart's data: a row for each variant and step."""
    return [
        {
            "variant": variant,
            "back": back,
            "mean": rounded(mean),
            "low": rounded(low),
            "high": rounded(high),
            "colour": colours.mark(variant),
        }
        for variant, line in panel.lines
        for back, (mean, low, high) in enumerate(zip(line.mean, line.low, line.high, strict=True))
        if mean is not None
    ]


def ends(panel: TimePanel, colours: Colours, axis: Span) -> list[dict[str, Any]]:
    """Returns the chart's data for the names at the lines' ends."""
    last = {
        variant: known[-1]
        for variant, line in panel.lines
        if (known := [mean for mean in line.mean if mean is not None])
    }
    places = label_places(list(last.values()), axis, logarithmic=True)
    return [
        {"variant": variant, "place": rounded(place), "ink": colours.text(variant)}
        for variant, place in zip(last, places, strict=True)
    ]
