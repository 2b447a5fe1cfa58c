"""Final scores: each variant's mean as a dot with its interval, seeds as faint dots, best on top."""

import itertools
import math
import statistics
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from glasslab.analysis.factors import Design, Factor
from glasslab.analysis.names import metric_heading
from glasslab.analysis.numbers import counted, with_interval
from glasslab.analysis.scores import Score
from glasslab.figures.axis import Span, factor, span
from glasslab.figures.colours import Colours
from glasslab.figures.figure import Figure, Panel
from glasslab.figures.rounding import rounded
from glasslab.figures.theme import INK, PAPER, SOFT, at_x, dimmed, finished, inline, pointed_out
from glasslab.plan.metric import Metric

MOST_ROWS = 12  # a panel
MOST_PANELS = 12
COMPACT = 38  # pixels a row of a panel, its name above its marks
BELOW = 6  # the middle of such a row: where its marks stand


@dataclass(frozen=True, slots=True)
class SeedDot:
    """One run.

    Attributes:
        seed: its seed.
        value: in the unit of the axis.
    """

    seed: int
    value: float


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One variant. Values are in the unit of the axis: shares in per cent.

    Attributes:
        variant: its name.
        mean: None where no run has a value.
        low: lower end of the 95 % interval; None with fewer than two seeds.
        high: upper end.
        n: seeds with a value.
        seeds: each of them.
        reported: what somebody else published for it.
        label: the mean and half its interval, or why there is none.
        row: what stands at its row: its name, or in panels the levels that the panel's title does not say.
    """

    variant: str
    mean: float | None
    low: float | None
    high: float | None
    n: int
    seeds: tuple[SeedDot, ...]
    reported: float | None
    label: str
    row: str


@dataclass(frozen=True, slots=True)
class ScorePlot:
    """What the figure shows.

    Attributes:
        heading: the metric with its unit.
        rows: from top to bottom.
        axis: where the axis begins and ends.
        title: of the panel that it is one of; empty where it stands alone.
    """

    heading: str
    rows: tuple[ScoreRow, ...]
    axis: Span
    title: str = ""


def score_plot(shown: Sequence[Score], metric: Metric, reported: Mapping[str, float]) -> ScorePlot:
    """Returns the numbers of the figure.

    Args:
        shown: the variants from top to bottom.
        metric: what the scores are of.
        reported: published values by variant, in the metric's unit.
    """
    rows = tuple(score_row(score, metric, reported.get(score.variant)) for score in shown)
    return ScorePlot(metric_heading(metric), rows, span(values_of(rows), metric))


def score_row(score: Score, metric: Metric, reported: float | None) -> ScoreRow:
    """Returns the numbers of one variant."""
    by = factor(metric)
    found = score.estimate
    dots = tuple(SeedDot(seed, by * value) for seed, value in score.values.items())
    published = None if reported is None else by * reported
    if found is None:
        why = without_value(score)
        return ScoreRow(score.variant, None, None, None, 0, dots, published, why, score.variant)
    low, high = (None if end is None else by * end for end in (found.low, found.high))
    label = with_interval(found.mean, found.low, found.high, metric.is_share)
    mean = by * found.mean
    return ScoreRow(score.variant, mean, low, high, found.n, dots, published, label, score.variant)


def panel_factors(design: Design) -> tuple[Factor, ...]:
    """Returns the factors whose levels get a panel each; empty where no choice of them leaves few rows.

    The data set is one of them where it differs; beyond that, as few panels as leave 12 rows each.
    """
    data = [each for each in design.factors if "data.name" in each.settings]
    choices = [
        choice
        for size in range(1, len(design.factors))
        for choice in itertools.combinations(design.factors, size)
        if all(each in choice for each in data)
    ]
    total = len(design.variants)
    found = [
        (panels, choice)
        for choice in choices
        if (panels := math.prod(len(each.labels) for each in choice)) <= MOST_PANELS
        and total <= MOST_ROWS * panels
    ]
    return min(found, key=lambda each: each[0])[1] if found else ()


def score_panels(
    design: Design, shown: Sequence[Score], metric: Metric, reported: Mapping[str, float]
) -> list[ScorePlot]:
    """Returns the numbers of a panel for each level, all on one axis; none where that is not possible.

    Rows stand in one order in all panels: best mean over the panels on top.

    Args:
        design: the study's factors.
        shown: the score of every variant.
        metric: what the scores are of.
        reported: published values by variant, in the metric's unit.
    """
    by = panel_factors(design)
    if not by:
        return []
    across = design.without(*by)
    rows = {score.variant: score_row(score, metric, reported.get(score.variant)) for score in shown}
    axis = span(values_of(list(rows.values())), metric)
    order = row_order(design.grouped(across), rows, metric.higher_is_better)
    panels = []
    for places, variants in design.grouped(by).items():
        named = {tuple(each.places[name] for each in across): rows[name] for name in variants}
        standing = tuple(replace(named[at], row=", ".join(map(Factor.said, across, at))) for at in order)
        title = ", ".join(map(Factor.headed, by, places))
        panels.append(ScorePlot(metric_heading(metric), standing, axis, title))
    return panels


def row_order(
    groups: Mapping[tuple[int, ...], Sequence[str]], rows: Mapping[str, ScoreRow], higher_is_better: bool
) -> list[tuple[int, ...]]:
    """Returns the rows' combinations of levels, best mean over the panels first, those without any last."""

    def key(at: tuple[int, ...]) -> tuple[bool, float]:
        known = [mean for name in groups[at] if (mean := rows[name].mean) is not None]
        if not known:
            return True, 0.0
        return False, -statistics.fmean(known) if higher_is_better else statistics.fmean(known)

    return sorted(groups, key=key)


def without_value(score: Score) -> str:
    """Returns why a variant has no value."""
    counts = ((score.diverged, "diverged"), (score.failed, "failed"), (score.missing, "missing"))
    said = [f"{counted(count, 'run')} {what}" for count, what in counts if count]
    return ", ".join(said) or "no value"


def values_of(rows: Collection[ScoreRow], with_seeds: bool = True) -> list[float]:
    """Returns every number that the axis must reach."""
    found = [v for row in rows for v in (row.mean, row.low, row.high, row.reported) if v is not None]
    return found + [dot.value for row in rows for dot in row.seeds if with_seeds]


def draw(plot: ScorePlot, colours: Colours, title: str, source: str = "") -> Figure:
    """Returns the figure.

    Args:
        plot: its numbers.
        colours: of the variants.
        title: the finding.
        source: where the reported values stand.
    """
    step = 44 if len(plot.rows) <= 6 else 30
    rows = mean_rows(plot, colours)
    drawn = finished(chart(plot, rows, seed_rows(plot, colours), step))
    panel = Panel("", drawn, 56 + step * len(plot.rows))
    return Figure("scores", title, caption(plot, source), alternative(plot), (panel,))


def draw_panels(plots: Sequence[ScorePlot], colours: Colours, title: str, source: str = "") -> Figure:
    """Returns the figure with a panel for each plot; takes the same as `draw`."""
    panels = tuple(
        Panel(
            plot.title,
            finished(chart(plot, mean_rows(plot, colours), seed_rows(plot, colours), COMPACT, inside=True)),
            56 + COMPACT * len(plot.rows),
        )
        for plot in plots
    )
    everything = replace(plots[0], rows=tuple(row for plot in plots for row in plot.rows))
    shared = "Rows in the same order in all panels, best mean over the panels on top; one axis for all."
    said = f"{caption(everything, source)} {shared}"
    told = " ".join(alternative(plot, plot.title) for plot in plots)
    columns = 2 if len(plots) in (2, 4) else min(len(plots), 3)
    return Figure("scores", title, said, told, panels, columns)


def mean_rows(plot: ScorePlot, colours: Colours) -> list[dict[str, Any]]:
    """Returns the chart's data for the means: a row for each variant with values."""
    several = len({row.n for row in plot.rows if row.n}) > 1
    return [
        {
            "variant": row.row,
            "name": row.variant,
            "mean": rounded(row.mean),
            "low": rounded(row.low),
            "high": rounded(row.high),
            "label": f"{row.label} (n {row.n})" if several else row.label,
            "seeds": row.n,
            "colour": colours.mark(row.variant),
            "ink": colours.text(row.variant),
        }
        for row in plot.rows
        if row.mean is not None
    ]


def seed_rows(plot: ScorePlot, colours: Colours) -> list[dict[str, Any]]:
    """Returns the chart's data for the seeds: a row for each run with a value."""
    return [
        {
            "variant": row.row,
            "name": row.variant,
            "seed": dot.seed,
            "value": rounded(dot.value),
            "colour": colours.mark(row.variant),
        }
        for row in plot.rows
        for dot in row.seeds
    ]


def chart(
    plot: ScorePlot,
    means: list[dict[str, Any]],
    seeds: list[dict[str, Any]],
    step: int,
    *,
    inside: bool = False,
) -> Any:
    """Returns the chart: intervals, seeds, means, reported values, and the means in figures.

    Args:
        plot: the numbers.
        means: the data for the means.
        seeds: the data for single runs.
        step: pixels a row.
        inside: whether rows are named above their marks, which leaves a narrow panel its width.
    """
    import altair as alt  # noqa: PLC0415 loaded only to draw

    order = [row.row for row in plot.rows]
    y, lower = row_axis(order, inside), BELOW if inside else 0
    scale = alt.Scale(domain=[plot.axis.low, plot.axis.high], nice=False, zero=False, clamp=True)

    def x(field: str) -> Any:
        ticks = alt.Axis(grid=True, tickCount=4 if inside else 6, labelOverlap=True)
        return alt.X(f"{field}:Q", title=plot.heading, scale=scale, axis=ticks)

    colour, ink = alt.Color("colour:N", scale=None), alt.Color("ink:N", scale=None)
    name = alt.Tooltip("name:N", title="variant")
    told = [name, alt.Tooltip("label:N", title=plot.heading), alt.Tooltip("seeds:Q")]
    mean = alt.Chart(inline(means)).encode(y=y, opacity=dimmed(0.25), tooltip=told)
    told = [name, alt.Tooltip("seed:Q"), alt.Tooltip("value:Q", title=plot.heading, format=".4~f")]
    dots = alt.Chart(inline(seeds)).encode(
        x=x("value"), y=y, color=colour, opacity=dimmed(0.12, 0.5), tooltip=told
    )
    size = 12 if inside else 14
    layers = [
        dots.mark_circle(size=30 if inside else 46, yOffset=lower + (7 if inside else step * 0.25)),
        mean.mark_rule(strokeWidth=3, strokeCap="round", yOffset=lower).encode(
            x=x("low"), x2=alt.X2("high:Q"), color=colour
        ),
        mean.mark_circle(size=80 if inside else 130, yOffset=lower).encode(x=x("mean"), color=colour),
        mean.mark_text(align="left", dx=8 if inside else 12, fontSize=size, yOffset=lower).encode(
            x=at_x("width"), text=alt.Text("label:N"), color=ink
        ),
        *([named_rows(order, y)] if inside else []),
        *also(plot, x, y, lower),
    ]
    return alt.layer(*layers).add_params(pointed_out()).properties(height=alt.Step(step))


def row_axis(order: Sequence[str], inside: bool) -> Any:
    """Returns the upright axis: a row each, named beside it unless names stand inside."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    names = alt.Axis(labelColor=INK, labelFontSize=14, labelLimit=170, grid=False)
    scale = alt.Scale(domain=list(order))
    return alt.Y("variant:N", sort=list(order), scale=scale, title=None, axis=None if inside else names)


def named_rows(order: Sequence[str], y: Any) -> Any:
    """Returns the rows' names above their marks."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    data = inline([{"variant": row} for row in order])
    text = alt.Chart(data).mark_text(align="left", dy=-COMPACT / 4, fontSize=12.5, color=INK)
    return text.encode(x=at_x(0), y=y, text=alt.Text("variant:N"), opacity=dimmed(0.35))


def also(plot: ScorePlot, x: Any, y: Any, lower: float) -> list[Any]:
    """Returns the layers that not every study has: reported values, and why a variant has no value."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    reported = [{"variant": r.row, "value": r.reported} for r in plot.rows if r.reported is not None]
    absent = [{"variant": row.row, "why": row.label} for row in plot.rows if row.mean is None]
    layers = []
    if reported:
        marks = alt.Chart(inline(reported)).mark_point(
            shape="diamond", size=110, stroke=INK, strokeWidth=1.6, fill=PAPER, yOffset=lower
        )
        told = [alt.Tooltip("variant:N"), alt.Tooltip("value:Q", title="reported", format=".4~f")]
        layers.append(marks.encode(x=x("value"), y=y, tooltip=told))
    if absent:
        texts = alt.Chart(inline(absent)).mark_text(
            align="left", color=SOFT, fontStyle="italic", yOffset=lower
        )
        layers.append(texts.encode(x=at_x(6), y=y, text=alt.Text("why:N")))
    return layers


def caption(plot: ScorePlot, source: str) -> str:
    """Returns how to read the figure."""
    counts = sorted({row.n for row in plot.rows if row.n})
    said = []
    if counts and counts[-1] > 1:
        n = counted(counts[-1], "seed") if len(counts) == 1 else f"{counts[0]} to {counts[-1]} seeds"
        said.append(f"Large dots: means of {n}, with 95 % intervals of the mean; small dots: single seeds.")
    elif counts:
        said.append("One dot a variant: one seed, so there is no interval.")
    if any(row.reported is not None for row in plot.rows):
        said.append(f"Hollow diamonds: reported values ({source}).")
    if not plot.axis.begins_at_zero:
        said.append("The axis does not begin at 0.")
    return " ".join(said)


def alternative(plot: ScorePlot, order: str = "best first") -> str:
    """Returns the figure in words, for who cannot see it."""
    said = [
        f"{row.row} {row.label}" + (f", reported {value_said(row.reported)}" if row.reported else "")
        for row in plot.rows
    ]
    return f"{plot.heading} by variant, {order}: {'; '.join(said)}."


def value_said(value: float) -> str:
    """Returns a reported value, already in the unit of the axis."""
    return f"{value:.4g}"
