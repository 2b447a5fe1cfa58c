"""A metric against a number that was varied: means with intervals, a line a level, a panel a level."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glasslab.analysis.factors import Design, Factor
from glasslab.analysis.names import metric_heading, metric_name
from glasslab.analysis.numbers import count, counted
from glasslab.analysis.phrases import names
from glasslab.analysis.scores import Score
from glasslab.figures.axis import Span, span
from glasslab.figures.colours import Colours
from glasslab.figures.curves import HEIGHT, label_places
from glasslab.figures.figure import Figure, Panel
from glasslab.figures.levels import level_marks, level_shape
from glasslab.figures.rounding import rounded
from glasslab.figures.scores import ScoreRow, score_row, values_of
from glasslab.figures.theme import INK, PAPER, SOFT, at_x, dimmed, finished, inline, pointed_out
from glasslab.plan.metric import Metric

FEWEST = 3  # levels; through two points any line is straight
MOST_LINES = 8  # a panel
MOST_PANELS = 9
SHORT = 18  # letters of a panel's title that leave room for the metric beside it
AGREEING = 0.75  # share of the lines that go one way before the title says so
WIDE = 100  # largest level over smallest; from here on the axis is logarithmic


@dataclass(frozen=True, slots=True)
class Layout:
    """Which factor goes where.

    Attributes:
        along: the number under the axis.
        lines: a line for each of its levels; None for one line.
        panels: a panel for each combination of their levels; empty for one panel.
    """

    along: Factor
    lines: Factor | None
    panels: tuple[Factor, ...]


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One variant.

    Attributes:
        at: its level of the factor along the axis.
        score: its mean, interval and seeds, in the unit of the axis.
    """

    at: float
    score: ScoreRow


@dataclass(frozen=True, slots=True)
class TrendLine:
    """One level.

    Attributes:
        name: of the level; empty where there is one line.
        points: from left to right, those without a value too.
    """

    name: str
    points: tuple[TrendPoint, ...]

    @property
    def known(self) -> tuple[TrendPoint, ...]:
        """The points with a value."""
        return tuple(point for point in self.points if point.score.mean is not None)


@dataclass(frozen=True, slots=True)
class TrendPanel:
    """One combination of levels.

    Attributes:
        title: what it is; empty for the only one.
        lines: in the order of their levels.
    """

    title: str
    lines: tuple[TrendLine, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """What the figure shows.

    Attributes:
        metric: what is drawn.
        along: what the number under the axis is.
        lines_by: what the lines are levels of; empty for one line.
        panels: in reading order.
        levels: the numbers along the axis.
        logarithmic: whether they stand on a logarithmic axis.
        axis: of the metric, one for all panels.
    """

    metric: Metric
    along: str
    lines_by: str
    panels: tuple[TrendPanel, ...]
    levels: tuple[float, ...]
    logarithmic: bool
    axis: Span

    @property
    def rows(self) -> list[ScoreRow]:
        """Every variant's numbers."""
        return [point.score for panel in self.panels for line in panel.lines for point in line.points]


def layout(design: Design) -> Layout | None:
    """Returns which factor goes where, None where none is numeric or there would be too much to follow."""
    numeric = [each for each in design.factors if each.is_numeric and len(each.labels) >= FEWEST]
    if not numeric:
        return None
    along = max(numeric, key=lambda each: len(each.labels))
    others = design.without(along)
    if not others:
        return Layout(along, None, ())
    few = [each for each in others if len(each.labels) <= MOST_LINES]
    if not few:
        return None
    lines = max(few, key=lambda each: len(each.labels))
    panels = design.without(along, lines)
    fits = math.prod(len(each.labels) for each in panels) <= MOST_PANELS
    return Layout(along, lines, panels) if fits else None


def trend(
    design: Design, where: Layout, found: Sequence[Score], metric: Metric, reported: Mapping[str, float]
) -> Trend:
    """Returns the numbers of the figure.

    Args:
        design: the study's factors.
        where: which of them goes where.
        found: the score of every variant.
        metric: what the scores are of.
        reported: published values by variant, in the metric's unit.
    """
    rows = {each.variant: score_row(each, metric, reported.get(each.variant)) for each in found}
    panels = tuple(
        TrendPanel(", ".join(map(Factor.headed, where.panels, places)), lines_of(where, variants, rows))
        for places, variants in design.grouped(where.panels).items()
    )
    levels = where.along.numbers
    return Trend(
        metric=metric,
        along=where.along.name,
        lines_by=where.lines.name if where.lines else "",
        panels=panels,
        levels=levels,
        logarithmic=levels[0] > 0 and levels[-1] / levels[0] >= WIDE * (1 - 1e-9),
        axis=span(values_of(rows.values(), with_seeds=where.lines is None), metric),
    )


def lines_of(where: Layout, variants: Sequence[str], rows: Mapping[str, ScoreRow]) -> tuple[TrendLine, ...]:
    """Returns a panel's lines."""
    lines: dict[int, list[TrendPoint]] = {}
    for variant in variants:
        point = TrendPoint(where.along.numbers[where.along.places[variant]], rows[variant])
        lines.setdefault(where.lines.places[variant] if where.lines else 0, []).append(point)
    return tuple(
        TrendLine(
            where.lines.labels[place] if where.lines else "", tuple(sorted(line, key=lambda point: point.at))
        )
        for place, line in sorted(lines.items())
    )


def draw(numbers: Trend, where: Layout, colours: Colours, title: str, source: str = "") -> Figure:
    """Returns the figure.

    Args:
        numbers: what it shows.
        where: which factor goes where, as the numbers were made with.
        colours: of the variants.
        title: the finding.
        source: where the reported values stand.
    """
    marks = level_marks(where.lines, colours) if where.lines else ()
    heading = metric_heading(numbers.metric)
    panels = tuple(
        Panel(
            each.title or heading[0].upper() + heading[1:],
            finished(chart(numbers, each, marks, colours)),
            HEIGHT + 60,
            note=heading if place == 0 and 0 < len(each.title) <= SHORT else "",
        )
        for place, each in enumerate(numbers.panels)
    )
    columns = min(len(panels), 3) if len(panels) != 4 else 2
    return Figure("scores", title, caption(numbers, source), alternative(numbers, title), panels, columns)


def point_rows(panel: TrendPanel, marks: Sequence[str], colours: Colours) -> list[dict[str, Any]]:
    """Returns the chart's data: a row for each variant with a value."""
    return [
        {
            "variant": line.name or point.score.variant,
            "name": point.score.variant,
            "line": line.name,
            "at": point.at,
            "mean": rounded(point.score.mean),
            "low": rounded(point.score.low),
            "high": rounded(point.score.high),
            "label": point.score.label,
            "n": point.score.n,
            "reported": rounded(point.score.reported),
            "colour": marks[place] if marks else colours.mark(point.score.variant),
            "shape": level_shape(place),
        }
        for place, line in enumerate(panel.lines)
        for point in line.known
    ]


def seed_rows(panel: TrendPanel, colours: Colours) -> list[dict[str, Any]]:
    """Returns the chart's data for single seeds."""
    return [
        {
            "variant": point.score.variant,
            "seed": dot.seed,
            "at": point.at,
            "value": rounded(dot.value),
            "colour": colours.mark(point.score.variant),
        }
        for line in panel.lines
        for point in line.points
        for dot in point.score.seeds
    ]


def end_rows(panel: TrendPanel, axis: Span) -> list[dict[str, Any]]:
    """Returns the chart's data for the names at the lines' ends."""
    lines = [line for line in panel.lines if line.name and line.known]
    places = label_places([line.known[-1].score.mean or 0.0 for line in lines], axis, logarithmic=False)
    return [
        {"variant": line.name, "place": rounded(place)} for line, place in zip(lines, places, strict=True)
    ]


def chart(numbers: Trend, panel: TrendPanel, marks: Sequence[str], colours: Colours) -> Any:
    """Returns a panel's chart: intervals, lines, means, reported values, and names at the lines' ends."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    x = along_axis(numbers)
    scale = alt.Scale(domain=[numbers.axis.low, numbers.axis.high], nice=False, zero=False, clamp=True)
    title = metric_heading(numbers.metric)

    def y(field: str) -> Any:
        return alt.Y(f"{field}:Q", title=None, scale=scale, axis=alt.Axis(tickCount=5, format=".6~g"))

    colour = alt.Color("colour:N", scale=None)
    points = alt.Chart(inline(point_rows(panel, marks, colours))).encode(x=x)
    told = [
        alt.Tooltip("name:N", title="variant"),
        alt.Tooltip("label:N", title=title),
        alt.Tooltip("n:Q", title="seeds"),
    ]
    line = points.mark_line(strokeWidth=2, clip=True)
    layers = [
        *([] if marks else [seed_layer(panel, colours, x, y)]),
        line.encode(y=y("mean"), detail=alt.Detail("line:N"), color=colour, opacity=dimmed(0.2))
        if marks
        else line.encode(y=y("mean"), color=alt.ColorValue(SOFT)),
        points.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=2.5, strokeCap="round", clip=True)
        .encode(y=y("low"), y2=alt.Y2("high:Q"), color=colour, opacity=dimmed(0.12, 0.6)),
        points.mark_point(size=60 if marks else 120, filled=True, opacity=1).encode(
            y=y("mean"),
            color=colour,
            shape=alt.Shape("shape:N", scale=None),
            opacity=dimmed(0.25),
            tooltip=told,
        ),
        points.transform_filter("isValid(datum.reported)")
        .mark_point(shape="diamond", size=90, stroke=INK, strokeWidth=1.6, fill=PAPER)
        .encode(y=y("reported"), tooltip=[told[0], alt.Tooltip("reported:Q", format=".4~f")]),
        end_layer(panel, numbers.axis, y),
    ]
    return alt.layer(*layers).add_params(pointed_out()).properties(height=HEIGHT)


def along_axis(numbers: Trend) -> Any:
    """Returns the horizontal axis: the levels at their true places."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    scale = alt.Scale(
        type="log" if numbers.logarithmic else "linear",
        domain=[numbers.levels[0], numbers.levels[-1]],
        nice=False,
        zero=False,
        padding=10,
    )
    axis = alt.Axis(values=list(numbers.levels), format=".10~g", labelOverlap="greedy", labelAngle=0)
    return alt.X("at:Q", title=numbers.along, scale=scale, axis=axis)


def seed_layer(panel: TrendPanel, colours: Colours, x: Any, y: Any) -> Any:
    """Returns the faint dots of single seeds, which one line leaves room for."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    told = [alt.Tooltip("variant:N"), alt.Tooltip("seed:Q"), alt.Tooltip("value:Q", format=".4~f")]
    seeds = alt.Chart(inline(seed_rows(panel, colours))).mark_circle(size=40, xOffset=9)
    return seeds.encode(
        x=x,
        y=y("value"),
        color=alt.Color("colour:N", scale=None),
        opacity=dimmed(0.12, 0.5),
        tooltip=told,
    )


def end_layer(panel: TrendPanel, axis: Span, y: Any) -> Any:
    """Returns the names at the lines' ends."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    ends = alt.Chart(inline(end_rows(panel, axis)))
    return ends.mark_text(align="left", dx=8, color=INK).encode(
        x=at_x("width"), y=y("place"), text=alt.Text("variant:N"), opacity=dimmed(0.35)
    )


def finding(numbers: Trend) -> str:
    """Returns how the means at the last level lie to those at the first; empty where few lines agree."""
    both = [
        (line.points[0].score.mean, line.points[-1].score.mean)
        for panel in numbers.panels
        for line in panel.lines
    ]
    ends = [(first, last) for first, last in both if first is not None and last is not None]
    falls, rises = sum(last < first for first, last in ends), sum(last > first for first, last in ends)
    word, many = ("falls", falls) if falls >= rises else ("rises", rises)
    if len(ends) < 2 or many < AGREEING * len(both):
        return ""
    where = f"all {count(many)} lines" if many == len(both) else f"{count(many)} of {count(len(both))} lines"
    levels = f"{numbers.levels[0]:.6g} to {numbers.levels[-1]:.6g}"
    return f"From {numbers.along} {levels} the mean {metric_name(numbers.metric)} {word} in {where}"


def caption(numbers: Trend, source: str) -> str:
    """Returns how to read the figure."""
    counts = sorted({row.n for row in numbers.rows if row.n})
    said = []
    if counts and counts[-1] > 1:
        n = counted(counts[-1], "seed") if len(counts) == 1 else f"{counts[0]} to {counts[-1]} seeds"
        small = "" if numbers.lines_by else "; small dots: single seeds"
        said.append(f"Marks: means of {n}, with 95 % intervals of the mean{small}.")
    elif counts:
        said.append("One seed a mark, so there is no interval.")
    if numbers.lines_by:
        said.append(f"A line for each {numbers.lines_by}, named at its end.")
    if any(row.reported is not None for row in numbers.rows):
        said.append(f"Hollow diamonds: reported values ({source}).")
    absent = [row.variant for row in numbers.rows if row.mean is None]
    if absent:
        said.append(f"Without a value: {names(absent)}.")
    said.append(axes_said(numbers))
    return " ".join(said)


def axes_said(numbers: Trend) -> str:
    """Returns what to know of the axes."""
    upright = f"{metric_heading(numbers.metric)}" + ("" if numbers.axis.begins_at_zero else ", not from 0")
    shared = ", the same for all panels" if len(numbers.panels) > 1 else ""
    under = f"{numbers.along} is on a logarithmic axis" if numbers.logarithmic else ""
    return f"Upright: {upright}{shared}" + (f"; {under}." if under else ".")


def alternative(numbers: Trend, title: str) -> str:
    """Returns the figure in words: both ends of every line, or all of the one line."""
    told = []
    for panel in numbers.panels:
        for line in panel.lines:
            known = line.known if not numbers.lines_by else line.known[:1] + line.known[1:][-1:]
            ends = " and ".join(f"{point.score.label} at {numbers.along} {point.at:.6g}" for point in known)
            name = ", ".join(part for part in (panel.title, line.name) if part)
            told.append(f"{name}: {ends or 'no value'}" if name else ends)
    return f"{title}. {metric_heading(numbers.metric)} by {numbers.along}. {'; '.join(told)}."
