"""Invariance as curves: a panel for each kind of change, a line a variant."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from glasslab.analysis.invariance import Course
from glasslab.figures.axis import Span
from glasslab.figures.colours import Colours
from glasslab.figures.curves import label_places
from glasslab.figures.figure import Figure, Panel
from glasslab.figures.rounding import rounded
from glasslab.figures.theme import at_x, dimmed, finished, inline, pointed_out

HEIGHT = 150  # of a panel's axes, pixels
AXES = {
    "right": ("shifted across", "pixels to the right"),
    "down": ("shifted down", "pixels down"),
    "scale": ("scaled", "times as large"),
    "turn": ("turned", "degrees anticlockwise"),
}
"""Kind of change -> the panel's title, and what stands under its axis."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is said around the figure.

    Attributes:
        name: of the figure, in links.
        title: what is shown, with the finding where there is one.
        caption: how to read it.
        alternative: the finding for who cannot see it.
        heading: what the vertical axis holds, for who points at a line.
    """

    name: str
    title: str
    caption: str
    alternative: str
    heading: str


def draw(
    courses: Mapping[str, Mapping[str, Course]],
    words: Words,
    colours: Colours,
    top: float,
    levels: Mapping[str, float] | None = None,
) -> Figure:
    """Returns the figure.

    Args:
        courses: by kind of change, then by variant; at least one.
        words: around it.
        colours: of the variants.
        top: where the vertical axes end; they begin at 0.
        levels: of a variant's dashed line across the panels.
    """
    axis = Span(0.0, top)
    panels = tuple(
        Panel(AXES[kind][0], finished(chart(kind, own, axis, words, colours, levels or {})), HEIGHT + 56)
        for kind, own in courses.items()
    )
    return Figure(words.name, words.title, words.caption, words.alternative, panels, min(2, len(panels)))


def chart(
    kind: str,
    courses: Mapping[str, Course],
    axis: Span,
    words: Words,
    colours: Colours,
    levels: Mapping[str, float],
) -> Any:
    """Returns one panel's chart: bands, medians, dashed lines, and names at the lines' ends."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    x = along(kind, next(iter(courses.values())))
    colour = alt.Color("colour:N", scale=None)
    data = alt.Chart(inline(rows(courses, colours)))
    told = [
        alt.Tooltip("variant:N"),
        alt.Tooltip("amount:Q", title=AXES[kind][1], format=".4~g"),
        alt.Tooltip("median:Q", title=words.heading, format=".3~f"),
    ]
    across = [
        {"variant": name, "level": rounded(level), "colour": colours.mark(name)}
        for name, level in levels.items()
        if name in courses
    ]
    layers = [
        data.mark_area(clip=True).encode(
            x=x, y=upright("low", axis), y2=alt.Y2("high:Q"), color=colour, opacity=dimmed(0.04, 0.16)
        ),
        data.mark_line(strokeWidth=2, clip=True).encode(
            x=x, y=upright("median", axis), color=colour, opacity=dimmed(0.2)
        ),
        data.mark_circle(size=70).encode(
            x=x, y=upright("median", axis), color=colour, opacity=alt.OpacityValue(0), tooltip=told
        ),
    ]
    if across:
        dashed = alt.Chart(inline(across)).mark_rule(strokeDash=[4, 4], clip=True)
        layers.append(dashed.encode(y=upright("level", axis), color=colour, opacity=dimmed(0.2)))
    if len(courses) > 1:
        layers.append(names_at_ends(courses, axis, colours))
    return alt.layer(*layers).add_params(pointed_out()).properties(height=HEIGHT)


def along(kind: str, course: Course) -> Any:
    """Returns the horizontal channel; sizes stand on a logarithmic axis, turns are marked at right angles."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    reach = [rounded(course.amount[0]), rounded(course.amount[-1])]
    ticks = {"scale": [0.6, 0.8, 1, 1.3, 1.8], "turn": [-180, -90, 0, 90, 180]}
    marked: dict[str, Any] = {"values": ticks[kind]} if kind in ticks else {"tickCount": 5, "tickMinStep": 1}
    return alt.X(
        "amount:Q",
        title=AXES[kind][1],
        scale=alt.Scale(type="log" if kind == "scale" else "linear", domain=reach, nice=False, zero=False),
        axis=alt.Axis(format=".3~g", labelAngle=0, **marked),
    )


def upright(field: str, axis: Span) -> Any:
    """Returns the vertical channel."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    scale = alt.Scale(domain=[axis.low, axis.high], nice=False, zero=False, clamp=True)
    return alt.Y(f"{field}:Q", title=None, scale=scale, axis=alt.Axis(tickCount=4, format=".2~g"))


def rows(courses: Mapping[str, Course], colours: Colours) -> list[dict[str, Any]]:
    """Returns the chart's data: a row for each variant and amount."""
    return [
        {
            "variant": variant,
            "amount": rounded(amount),
            "low": rounded(low),
            "median": rounded(median),
            "high": rounded(high),
            "colour": colours.mark(variant),
        }
        for variant, each in courses.items()
        for amount, low, median, high in zip(each.amount, each.low, each.median, each.high, strict=True)
    ]


def names_at_ends(courses: Mapping[str, Course], axis: Span, colours: Colours) -> Any:
    """Returns the variants' names at their lines' ends."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    places = label_places([each.median[-1] for each in courses.values()], axis, False, HEIGHT)
    ends = [
        {"variant": variant, "place": rounded(place), "ink": colours.text(variant)}
        for variant, place in zip(courses, places, strict=True)
    ]
    return (
        alt.Chart(inline(ends))
        .mark_text(align="left", dx=8)
        .encode(
            x=at_x("width"),
            y=upright("place", axis),
            text=alt.Text("variant:N"),
            color=alt.Color("ink:N", scale=None),
            opacity=dimmed(0.35),
        )
    )
