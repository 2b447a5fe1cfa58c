"""Learning curves: mean and 95 % interval over seeds by epoch, a panel a split, one scale a quantity."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.optimize import isotonic_regression

from glasslab.analysis.curves import Curve
from glasslab.analysis.names import metric_heading
from glasslab.figures.axis import Span, factor, span, ticks
from glasslab.figures.colours import Colours
from glasslab.figures.figure import Figure, Panel
from glasslab.figures.rounding import rounded
from glasslab.figures.theme import at_x, dimmed, finished, inline, pointed_out
from glasslab.plan.metric import parse_metric

HEIGHT = 230  # of a panel's axes, pixels
LABEL = 16  # pixels between the names at the lines' ends
MOST_LINES = 8  # more cannot be followed
MOST_POINTS = 100  # a line; more cannot be told apart at the width of a page


@dataclass(frozen=True, slots=True)
class Line:
    """One variant's curve, in the unit of the axis.

    Attributes:
        variant: its name.
        along: where it was measured: epochs or steps.
        mean: over seeds, at each of them.
        low: lower end of the 95 % interval; None with fewer than two seeds.
        high: upper end.
        n: seeds at each.
        seeds: each seed's values; None where it had ended.
    """

    variant: str
    along: tuple[float, ...]
    mean: tuple[float, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    n: tuple[int, ...]
    seeds: Mapping[int, tuple[float | None, ...]]


@dataclass(frozen=True, slots=True)
class CurvePanel:
    """The curves of one metric.

    Attributes:
        metric: such as "test/loss".
        lines: one a variant.
        axis: the same for every split of a quantity.
    """

    metric: str
    lines: tuple[Line, ...]
    axis: Span

    @property
    def is_loss(self) -> bool:
        """Whether it shows a loss, which may be read on a logarithmic axis."""
        return self.metric.endswith("/loss")


def curve_panels(curves: Mapping[str, Sequence[Curve]], by_steps: bool) -> list[CurvePanel]:
    """Returns the numbers of the panels, without those that no variant has values for.

    Args:
        curves: by metric, one a variant.
        by_steps: whether to draw along optimizer steps rather than epochs.
    """
    lines = {
        metric: tuple(line(each, by_steps) for each in found if each.points)
        for metric, found in curves.items()
    }
    panels = []
    for metric, drawn in lines.items():
        if drawn:
            quantity = metric.partition("/")[2]
            alike = [each for name, row in lines.items() if name.endswith("/" + quantity) for each in row]
            panels.append(CurvePanel(metric, drawn, span(extent(alike), parse_metric(metric))))
    return panels


def line(curve: Curve, by_steps: bool) -> Line:
    """Returns a curve's numbers, thinned to what can be seen."""
    by = factor(parse_metric(curve.metric))
    points = [curve.points[place] for place in kept(len(curve.points))]
    seeds = sorted({seed for point in points for seed in point.by_seed})
    return Line(
        variant=curve.variant,
        along=tuple(float(point.step) if by_steps else point.epoch for point in points),
        mean=tuple(by * point.mean for point in points),
        low=tuple(None if point.low is None else by * point.low for point in points),
        high=tuple(None if point.high is None else by * point.high for point in points),
        n=tuple(len(point.by_seed) for point in points),
        seeds={
            seed: tuple(by * p.by_seed[seed] if seed in p.by_seed else None for p in points) for seed in seeds
        },
    )


def kept(count: int, most: int = MOST_POINTS) -> list[int]:
    """Returns which of so many points to draw: all, or evenly spread ones with the first and the last."""
    if count <= most:
        return list(range(count))
    return sorted({round(place * (count - 1) / (most - 1)) for place in range(most)})


def extent(lines: Sequence[Line]) -> list[float]:
    """Returns every number that the axis must reach: means, and intervals unless they are much wider."""
    means = [value for each in lines for value in each.mean]
    room = max(means) - min(means)
    ends = [value for each in lines for value in (*each.low, *each.high) if value is not None]
    return means + [value for value in ends if min(means) - room / 2 <= value <= max(means) + room / 2]


def label_places(ends: Sequence[float], axis: Span, logarithmic: bool, height: int = HEIGHT) -> list[float]:
    """Returns where the names at the lines' ends stand, moved apart so that none covers another.

    Args:
        ends: the lines' last values.
        axis: of the panel.
        logarithmic: whether distances are those of a logarithmic axis.
        height: of the panel's axes, pixels.
    """
    if not ends:
        return []
    change, back = (math.log, math.exp) if logarithmic else (float, float)
    low, high = change(axis.low), change(axis.high)
    gap = min(LABEL * (high - low) / height, (high - low) / max(len(ends) - 1, 1))
    order = sorted(range(len(ends)), key=lambda place: ends[place])
    below = gap * np.arange(len(ends))  # what the names under each take: without it, only the order is left
    wanted = np.array([change(ends[place]) for place in order])
    packed = isotonic_regression(wanted - below).x
    at = np.clip(packed, low, high - below[-1]) + below
    placed = dict(zip(order, at.tolist(), strict=True))
    return [back(placed[place]) for place in range(len(ends))]


@dataclass(frozen=True, slots=True)
class Words:
    """What is said around the curves.

    Attributes:
        title: the finding.
        caption: how to read them.
        along: what stands under the axes: "epoch" or "step".
    """

    title: str
    caption: str
    along: str


def draw(panels: Sequence[CurvePanel], colours: Colours, words: Words) -> Figure:
    """Returns the figure."""
    drawn = tuple(panel(each, colours, words.along) for each in panels)
    columns = max(sum(each.is_loss == other.is_loss for other in panels) for each in panels)
    return Figure("curves", words.title, words.caption, alternative(panels, words), drawn, min(columns, 3))


def alternative(panels: Sequence[CurvePanel], words: Words) -> str:
    """Returns the figure in words: the last means of every panel."""
    told = []
    for each in panels:
        ends = ", ".join(f"{line.variant} {line.mean[-1]:.4g}" for line in each.lines)
        told.append(f"{metric_heading(parse_metric(each.metric))} at the last {words.along}: {ends}")
    return f"{words.title}. {'; '.join(told)}."


def panel(numbers: CurvePanel, colours: Colours, along: str) -> Panel:
    """Returns one panel; a loss with its logarithmic form."""
    heading = metric_heading(parse_metric(numbers.metric))
    note = "not used for choosing" if numbers.metric.startswith("test/") else ""
    logarithmic = None
    if numbers.is_loss and lowest(numbers) > 0:
        logarithmic = finished(chart(numbers, colours, along, logarithmic=True))
    plain = finished(chart(numbers, colours, along, logarithmic=False))
    return Panel(heading[0].upper() + heading[1:], plain, HEIGHT + 56, logarithmic, note)


def lowest(numbers: CurvePanel) -> float:
    """Returns the lowest mean."""
    return min(min(each.mean) for each in numbers.lines)


def log_axis(numbers: CurvePanel) -> Span:
    """Returns the part of the axis that a logarithm has."""
    ends = [v for each in numbers.lines for v in (*each.mean, *each.low) if v is not None and v > 0]
    low = max(min(ends), lowest(numbers) / 2)
    return Span(low / 1.1, max(max(each.mean) for each in numbers.lines) * 1.1)


def chart(numbers: CurvePanel, colours: Colours, along: str, *, logarithmic: bool) -> Any:
    """Returns a panel's chart: bands, seeds of the line pointed at, means, and names at the lines' ends."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    axis = log_axis(numbers) if logarithmic else numbers.axis
    kind: Literal["log", "linear"] = "log" if logarithmic else "linear"
    scale = alt.Scale(domain=[axis.low, axis.high], type=kind, nice=False, zero=False, clamp=True)
    x = alt.X(
        "along:Q",
        title=along,
        scale=alt.Scale(domain=reach(numbers.lines), nice=False, zero=False),
        axis=alt.Axis(
            tickMinStep=1, format="~s" if along == "step" else "d", tickCount=ticks(reach(numbers.lines), 6)
        ),
    )

    def y(field: str) -> Any:
        return alt.Y(f"{field}:Q", title=None, scale=scale, axis=alt.Axis(tickCount=5, format=".6~g"))

    colour = alt.Color("colour:N", scale=None)
    means = alt.Chart(inline(mean_rows(numbers, colours)))
    ends = alt.Chart(inline(end_rows(numbers, colours, axis, logarithmic)))
    told = [
        alt.Tooltip("variant:N"),
        alt.Tooltip("along:Q", title=along),
        alt.Tooltip("mean:Q"),
        alt.Tooltip("n:Q", title="seeds"),
    ]
    layers = [
        means.transform_filter("isValid(datum.low)")
        .mark_area()
        .encode(x=x, y=y("low"), y2=alt.Y2("high:Q"), color=colour, opacity=dimmed(0.04, 0.16)),
        *seed_layers(numbers, colours, x, y),
        means.mark_line(strokeWidth=2, clip=True).encode(x=x, y=y("mean"), color=colour, opacity=dimmed(0.2)),
        means.mark_line(strokeWidth=14, opacity=0, clip=True)
        .encode(x=x, y=y("mean"), detail=alt.Detail("variant:N"))
        .properties(name="pointing_line"),
        means.mark_circle(size=160, opacity=0)
        .encode(x=x, y=y("mean"), tooltip=told)
        .properties(name="pointing_mean"),
        ends.mark_text(align="left", dx=8).encode(
            x=at_x("width"),
            y=y("place"),
            text=alt.Text("variant:N"),
            color=alt.Color("ink:N", scale=None),
            opacity=dimmed(0.35),
        ),
    ]
    return alt.layer(*layers).add_params(pointed_out()).properties(height=HEIGHT)


def reach(lines: Sequence[Line]) -> list[float]:
    """Returns where the horizontal axis begins and ends."""
    return [min(each.along[0] for each in lines), max(each.along[-1] for each in lines)]


def seed_layers(numbers: CurvePanel, colours: Colours, x: Any, y: Any) -> list[Any]:
    """Returns the thin lines of single seeds, which appear when one points at their mean."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    if max(max(each.n) for each in numbers.lines) < 2:
        return []
    data = alt.InlineData(values=seed_table(numbers), format=alt.CsvDataFormat(type="csv"))
    colour = alt.Color("variant:N", legend=None, scale=colour_scale(numbers, colours))
    seeds = (
        alt.Chart(data)
        .transform_filter("pointed !== '' && datum.variant === pointed")
        .encode(x=x, y=y("value"))
    )
    told = [alt.Tooltip("variant:N"), alt.Tooltip("seed:N"), alt.Tooltip("along:Q"), alt.Tooltip("value:Q")]
    return [
        seeds.mark_line(strokeWidth=1, opacity=0.75, clip=True)
        .encode(detail=alt.Detail("seed:N"), color=colour)
        .properties(name="pointing_seeds"),
        seeds.mark_circle(size=14, clip=True)
        .encode(color=colour, tooltip=told)
        .properties(name="pointing_seed_values"),
    ]


def colour_scale(numbers: CurvePanel, colours: Colours) -> Any:
    """Returns the scale from a variant's name to its colour."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    names = [each.variant for each in numbers.lines]
    return alt.Scale(domain=names, range=[colours.mark(name) for name in names])


def mean_rows(numbers: CurvePanel, colours: Colours) -> list[dict[str, Any]]:
    """Returns the chart's data for means and bands."""
    return [
        {
            "variant": each.variant,
            "along": along,
            "mean": rounded(each.mean[place]),
            "low": rounded(each.low[place]),
            "high": rounded(each.high[place]),
            "n": each.n[place],
            "colour": colours.mark(each.variant),
        }
        for each in numbers.lines
        for place, along in enumerate(each.along)
    ]


def seed_table(numbers: CurvePanel) -> str:
    """Returns the chart's data for single seeds as CSV, which takes a third of the bytes that rows take."""
    rows = ["variant,seed,along,value"]
    for each in numbers.lines:
        for seed, values in each.seeds.items():
            rows += [
                f"{each.variant},{seed},{along:g},{rounded(value)}"
                for along, value in zip(each.along, values, strict=True)
                if value is not None
            ]
    return "\n".join(rows)


def end_rows(numbers: CurvePanel, colours: Colours, axis: Span, logarithmic: bool) -> list[dict[str, Any]]:
    """Returns the chart's data for the names at the lines' ends."""
    places = label_places([each.mean[-1] for each in numbers.lines], axis, logarithmic)
    return [
        {"variant": each.variant, "place": rounded(place), "ink": colours.text(each.variant)}
        for each, place in zip(numbers.lines, places, strict=True)
    ]
