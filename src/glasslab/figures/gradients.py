"""Gradients on a logarithmic axis: over the layers, a line a variant; over training, a line a layer."""

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glasslab.analysis.gradients import Gradient, Moment, Profile
from glasslab.analysis.numbers import counted, ten_to
from glasslab.figures.axis import Span, ticks
from glasslab.figures.colours import Colours
from glasslab.figures.curves import kept, label_places
from glasslab.figures.figure import Figure, Panel
from glasslab.figures.rounding import rounded
from glasslab.figures.theme import INK, at_x, at_y, dimmed, finished, inline, pointed_out

HEIGHT = 230  # of a panel's axes, pixels
MOST_LINES = 8  # in a panel; more cannot be followed
MOST_POINTS = 60  # a line
MOST_TICKS = 10  # names of layers under an axis
TILTED_FROM = 30  # signs that the layers' names have together; fewer stand side by side
LABEL = 120  # pixels that a name at a line's end may take


@dataclass(frozen=True, slots=True)
class LayerPanel:
    """Gradients over the layers, at one time.

    Attributes:
        title: when.
        profiles: one a variant.
    """

    title: str
    profiles: tuple[Profile, ...]


@dataclass(frozen=True, slots=True)
class LayerLine:
    """One layer's gradient during training.

    Attributes:
        layer: its name.
        colour: its place on the ordered scale, from 1 for the first layer to 8 for the last.
        along: where it was measured: epochs or steps.
        gradients: at each of them.
    """

    layer: str
    colour: int
    along: tuple[float, ...]
    gradients: tuple[Gradient, ...]


@dataclass(frozen=True, slots=True)
class HistoryPanel:
    """One variant's gradients during training.

    Attributes:
        variant: its name.
        lines: one a layer, from the input to the output.
        left_out: layers between them that are not drawn.
    """

    variant: str
    lines: tuple[LayerLine, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Words:
    """What is said around a figure.

    Attributes:
        title: the finding, or what is shown.
        caption: how to read it.
        alternative: the finding for who cannot see it.
        along: what stands under the axes of training: "epoch" or "step".
    """

    title: str
    caption: str
    alternative: str
    along: str = "epoch"


def history_panel(variant: str, found: Mapping[str, Sequence[Moment]], by_steps: bool) -> HistoryPanel:
    """Returns the numbers of a variant's panel; of more than eight layers evenly chosen ones."""
    names = list(found)
    chosen = kept(len(names), MOST_LINES)
    lines = tuple(
        layer_line(names[place], found[names[place]], 1 + ramp(place, len(names)), by_steps)
        for place in chosen
    )
    return HistoryPanel(variant, lines, len(names) - len(chosen))


def layer_line(layer: str, moments: Sequence[Moment], colour: int, by_steps: bool) -> LayerLine:
    """Returns a layer's numbers, thinned to what can be seen."""
    seen = [moments[place] for place in kept(len(moments), MOST_POINTS)]
    along = tuple(float(each.step) if by_steps else each.epoch for each in seen)
    return LayerLine(layer, colour, along, tuple(each.gradient for each in seen))


def ramp(place: int, count: int) -> int:
    """Returns which of eight ordered colours a layer has, from 0."""
    return 0 if count < 2 else round(place * (MOST_LINES - 1) / (count - 1))


def decades(gradients: Iterable[Gradient]) -> Span | None:
    """Returns an axis of whole powers of ten that shows all means; None where there are none.

    Intervals are shown too, but for those that reach further than a power of ten beyond all means.
    """
    found = [each for each in gradients if each.mean is not None]
    means = [math.log10(each.mean) for each in found if each.mean]
    if not means:
        return None
    ends = [math.log10(end) for each in found for end in (each.low, each.high) if end]
    shown = means + [end for end in ends if min(means) - 1 <= end <= max(means) + 1]
    low, high = math.floor(min(shown)), math.ceil(max(shown))
    return Span(10.0**low, 10.0 ** max(high, low + 1))


def draw_layers(panels: Sequence[LayerPanel], colours: Colours, words: Words) -> Figure | None:
    """Returns the figure over the layers; None where every gradient is 0."""
    axis = decades(each for panel in panels for p in panel.profiles for each in p.layers.values())
    if axis is None:
        return None
    names = layer_names([profile for panel in panels for profile in panel.profiles])
    drawn = tuple(
        Panel(each.title, finished(layer_chart(each, colours, names, axis)), HEIGHT + 84) for each in panels
    )
    return Figure("gradients", words.title, words.caption, words.alternative, drawn, min(2, len(drawn)))


def layer_names(profiles: Sequence[Profile]) -> list[str]:
    """Returns what stands under the layers: their names where all variants share them, else their numbers."""
    rows = [list(profile.layers) for profile in profiles]
    if all(row == rows[0] for row in rows):
        return rows[0]
    return [str(number) for number in range(1, max(map(len, rows)) + 1)]


def layer_chart(panel: LayerPanel, colours: Colours, names: Sequence[str], axis: Span) -> Any:
    """Returns a panel's chart: bands, lines, dots, marks for zeros, and names at the lines' ends."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    rows = layer_rows(panel, colours)
    reach = alt.Scale(domain=[1, max(2, len(names))], nice=False, zero=False)
    title = "layer" if names and not names[0].isdigit() else "layer, counted from the input"
    x = alt.X("place:Q", title=title, scale=reach, axis=layer_axis(names))
    colour = alt.Color("colour:N", scale=None)
    known = alt.Chart(inline([row for row in rows if row["mean"] is not None]))
    ends = alt.Chart(inline(ends_of(panel, colours, axis, len(names))))
    told = [alt.Tooltip(f"{key}:N") for key in ("variant", "layer", "gradient", "seeds")]
    layers = [
        known.transform_filter("isValid(datum.low)")
        .mark_area(clip=True)
        .encode(
            x=x,
            y=log_y("low", axis),
            y2=alt.Y2("high:Q"),
            color=colour,
            detail=alt.Detail("run:N"),
            opacity=dimmed(0.04, 0.16),
        ),
        known.mark_line(strokeWidth=2, clip=True).encode(
            x=x, y=log_y("mean", axis), color=colour, detail=alt.Detail("run:N"), opacity=dimmed(0.2)
        ),
        known.mark_circle(size=58, opacity=1).encode(
            x=x, y=log_y("mean", axis), color=colour, opacity=dimmed(0.2), tooltip=told
        ),
        *zero_layers([row for row in rows if row["zeros"]], x, colour),
        ends.mark_text(align="left", dx=10, limit=LABEL).encode(
            x=at_x("width"),
            y=log_y("place", axis),
            text=alt.Text("variant:N"),
            color=alt.Color("ink:N", scale=None),
            opacity=dimmed(0.35),
        ),
    ]
    return alt.layer(*layers).add_params(pointed_out()).properties(height=HEIGHT)


def zero_layers(rows: list[dict[str, Any]], x: Any, colour: Any) -> list[Any]:
    """Returns the marks at the foot of the axis for layers in which a seed has a gradient of exactly 0."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    if not rows:
        return []
    marks = alt.Chart(inline(rows)).mark_point(shape="triangle-down", size=70, filled=True, yOffset=-5)
    told = [alt.Tooltip(f"{key}:N") for key in ("variant", "layer", "zeros")]
    return [marks.encode(x=x, y=at_y(HEIGHT), color=colour, opacity=dimmed(0.2), tooltip=told)]


def layer_axis(names: Sequence[str]) -> Any:
    """Returns the axis under the layers, with as many of their names as fit."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    shown = list(range(1, len(names) + 1, math.ceil(len(names) / MOST_TICKS)))
    tilted = sum(len(names[place - 1]) for place in shown) > TILTED_FROM
    return alt.Axis(
        values=shown,
        labelExpr=f"{json.dumps(list(names))}[datum.value - 1]",
        labelAngle=-40 if tilted else 0,
        labelAlign="right" if tilted else "center",
        labelLimit=90,
        labelOverlap=True,
    )


def log_y(field: str, axis: Span) -> Any:
    """Returns a vertical logarithmic channel that is labelled at powers of ten."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    low, high = round(math.log10(axis.low)), round(math.log10(axis.high))
    powers = list(range(low, high + 1, math.ceil((high - low) / 6)))
    labels = [ten_to(power) for power in range(low, high + 1)]
    return alt.Y(
        f"{field}:Q",
        title=None,
        scale=alt.Scale(domain=[axis.low, axis.high], type="log", nice=False, zero=False, clamp=True),
        axis=alt.Axis(
            values=[10.0**power for power in powers],
            labelExpr=f"{json.dumps(labels)}[round(log(datum.value) / LN10) - ({low})]",
        ),
    )


def layer_rows(panel: LayerPanel, colours: Colours) -> list[dict[str, Any]]:
    """Returns the chart's data: a row for each variant and layer.

    `run` tells apart the pieces of a line that a layer without a mean interrupts.
    """
    rows = []
    for profile in panel.profiles:
        piece = 0
        for place, (layer, each) in enumerate(profile.layers.items(), start=1):
            piece += each.mean is None
            rows.append(
                {
                    "variant": profile.variant,
                    "layer": layer,
                    "place": place,
                    "run": f"{profile.variant} {piece}",
                    "mean": rounded(each.mean),
                    "low": rounded(each.low),
                    "high": rounded(each.high),
                    "gradient": told(each),
                    "seeds": len(each.by_seed),
                    "zeros": f"0 in {counted(each.zeros, 'seed')}" if each.zeros else "",
                    "colour": colours.mark(profile.variant),
                }
            )
    return rows


def told(found: Gradient) -> str:
    """Returns a gradient with its interval, for who points at it."""
    if found.mean is None:
        return "0" if found.zeros else "unknown"
    ends = "" if found.low is None or found.high is None else f" ({found.low:.2g} to {found.high:.2g})"
    return f"{found.mean:.2g}{ends}"


def ends_of(panel: LayerPanel, colours: Colours, axis: Span, count: int) -> list[dict[str, Any]]:
    """Returns the chart's data for the names at the lines' ends.

    A line that ends before the last place has its name there all the same, at the height of its last value.
    """
    last = {}
    for profile in panel.profiles:
        means = [each.mean for each in profile.layers.values() if each.mean is not None]
        last[profile.variant] = means[-1] if means else axis.low
    places = label_places(list(last.values()), axis, logarithmic=True)
    return [
        {"variant": variant, "place": rounded(place), "ink": colours.text(variant)}
        for variant, place in zip(last, places, strict=True)
    ]


def draw_history(
    panels: Sequence[HistoryPanel], words: Words, name: str = "gradient-history"
) -> Figure | None:
    """Returns the figure over training, a panel a variant on one scale; None where every gradient is 0."""
    axis = decades(each for panel in panels for line in panel.lines for each in line.gradients)
    if axis is None:
        return None
    drawn = tuple(
        Panel(each.variant, finished(history_chart(each, axis, words.along)), HEIGHT + 56) for each in panels
    )
    columns = 1 if len(drawn) == 1 else 2
    return Figure(name, words.title, words.caption, words.alternative, drawn, columns)


def history_chart(panel: HistoryPanel, axis: Span, along: str) -> Any:
    """Returns a variant's chart: bands, lines in the order of the layers, and names at the lines' ends."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    names = [line.layer for line in panel.lines]
    colour = alt.Color(
        "layer:N",
        legend=None,
        scale=alt.Scale(domain=names, range=[f"var(--l{line.colour})" for line in panel.lines]),
    )
    everywhere = [place for line in panel.lines for place in line.along]
    measured = [min(everywhere), max(everywhere)]
    x = alt.X(
        "along:Q",
        title=along,
        scale=alt.Scale(domain=measured, nice=False, zero=False),
        axis=alt.Axis(tickMinStep=1, format="~s" if along == "step" else "d", tickCount=ticks(measured, 6)),
    )
    parse = {"along": "number", "mean": "number", "low": "number", "high": "number"}
    data = alt.InlineData(values=history_table(panel), format={"type": "csv", "parse": parse})
    rows = alt.Chart(data)
    ends = alt.Chart(inline(layer_ends(panel, axis)))
    layers = [
        rows.transform_filter("isValid(datum.low)")
        .mark_area(opacity=0.14, clip=True)
        .encode(x=x, y=log_y("low", axis), y2=alt.Y2("high:Q"), color=colour),
        rows.mark_line(strokeWidth=2, clip=True).encode(x=x, y=log_y("mean", axis), color=colour),
        rows.mark_circle(size=120, opacity=0)
        .encode(
            x=x,
            y=log_y("mean", axis),
            tooltip=[
                alt.Tooltip("layer:N"),
                alt.Tooltip("along:Q", title=along),
                alt.Tooltip("mean:Q", title="mean", format=".2g"),
                alt.Tooltip("seeds:N"),
            ],
        )
        .properties(name="pointing_mean"),
        ends.mark_circle(size=46, opacity=1, xOffset=10).encode(
            x=at_x("width"), y=log_y("place", axis), color=colour
        ),
        ends.mark_text(align="left", dx=18, color=INK, limit=LABEL).encode(
            x=at_x("width"), y=log_y("place", axis), text=alt.Text("layer:N")
        ),
    ]
    return alt.layer(*layers).properties(height=HEIGHT)


def history_table(panel: HistoryPanel) -> str:
    """Returns the chart's data as CSV, a row for each layer and measurement that has a mean."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["layer", "along", "mean", "low", "high", "seeds"])
    for line in panel.lines:
        for along, found in zip(line.along, line.gradients, strict=True):
            if found.mean is not None:
                ends = ("" if end is None else rounded(end) for end in (found.low, found.high))
                writer.writerow([line.layer, f"{along:g}", rounded(found.mean), *ends, found.n])
    return file.getvalue()


def layer_ends(panel: HistoryPanel, axis: Span) -> list[dict[str, Any]]:
    """Returns the chart's data for the names at the lines' ends, of the layers that have a line."""
    known = {
        line.layer: [each.mean for each in line.gradients if each.mean is not None] for line in panel.lines
    }
    last = {layer: means[-1] for layer, means in known.items() if means}
    places = label_places(list(last.values()), axis, logarithmic=True)
    return [{"layer": layer, "place": rounded(place)} for layer, place in zip(last, places, strict=True)]
