"""Differences by pairs: each pair's mean difference with its interval, and every seed's, against zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from glasslab.analysis.names import difference_heading
from glasslab.analysis.numbers import MINUS, difference_alone, ends
from glasslab.analysis.pairs import Pair
from glasslab.figures.axis import Span, factor, with_zero
from glasslab.figures.figure import Figure, Panel
from glasslab.figures.rounding import rounded
from glasslab.figures.theme import INK, LINE, PAPER, SOFT, at_x, finished, inline
from glasslab.plan.metric import Metric


@dataclass(frozen=True, slots=True)
class PairRow:
    """One pair, in the unit of the axis.

    Attributes:
        name: "relu − tanh".
        mean: the mean difference.
        low: lower end of its unadjusted 95 % interval; None with fewer than two seeds.
        high: upper end.
        seeds: each seed's difference.
        settled: whether it is told from zero after correction.
        label: the difference and its interval in figures.
    """

    name: str
    mean: float
    low: float | None
    high: float | None
    seeds: tuple[tuple[int, float], ...]
    settled: bool
    label: str


@dataclass(frozen=True, slots=True)
class PairPlot:
    """What the figure shows.

    Attributes:
        heading: what differs, with its unit.
        rows: from top to bottom.
        axis: with 0 on it.
    """

    heading: str
    rows: tuple[PairRow, ...]
    axis: Span


def pair_plot(shown: Sequence[Pair], metric: Metric) -> PairPlot:
    """Returns the numbers of the figure; pairs without a common seed are left out."""
    rows = tuple(row for pair in shown if (row := pair_row(pair, metric)) is not None)
    values = [v for row in rows for v in (row.mean, row.low, row.high) if v is not None]
    seeds = [value for row in rows for _, value in row.seeds]
    return PairPlot(difference_heading(metric), rows, with_zero(values + seeds))


def pair_row(pair: Pair, metric: Metric) -> PairRow | None:
    """Returns the numbers of one pair."""
    test, by = pair.difference, factor(metric)
    if test is None:
        return None
    label = difference_alone(test.mean, test.low, test.high, metric)
    if test.low is not None and test.high is not None and test.low < test.high:
        label += f" ({ends(test.low, test.high, metric)})"
    return PairRow(
        name=f"{pair.left} {MINUS} {pair.right}",
        mean=by * test.mean,
        low=None if test.low is None else by * test.low,
        high=None if test.high is None else by * test.high,
        seeds=tuple((seed, by * value) for seed, value in pair.by_seed.items()),
        settled=pair.settled,
        label=label,
    )


def draw(plot: PairPlot, title: str, caption: str) -> Figure:
    """Returns the figure."""
    step = 40 if len(plot.rows) <= 6 else 30
    told = "; ".join(
        f"{row.name} {row.label}, {'told from 0' if row.settled else 'not told from 0'}" for row in plot.rows
    )
    panel = Panel("", finished(chart(plot, step)), 56 + step * len(plot.rows))
    return Figure("pairs", title, caption, f"{plot.heading}: {told}.", (panel,))


def chart(plot: PairPlot, step: int) -> Any:
    """Returns the chart: the zero line, intervals, seeds, means (filled where told from zero), figures."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    order = [row.name for row in plot.rows]
    names = alt.Axis(labelColor=INK, labelFontSize=14, labelLimit=230, grid=False)
    y = alt.Y("pair:N", sort=order, scale=alt.Scale(domain=order), title=None, axis=names)
    scale = alt.Scale(domain=[plot.axis.low, plot.axis.high], nice=False, zero=False)

    def x(field: str) -> Any:
        return alt.X(f"{field}:Q", title=plot.heading, scale=scale, axis=alt.Axis(grid=True, tickCount=6))

    told = [alt.Tooltip("pair:N"), alt.Tooltip("label:N", title=plot.heading)]
    pairs = alt.Chart(inline(pair_rows(plot))).encode(y=y, tooltip=told)
    seeds = alt.Chart(inline(seed_rows(plot))).encode(
        x=x("value"),
        y=y,
        tooltip=[alt.Tooltip("pair:N"), alt.Tooltip("seed:Q"), alt.Tooltip("value:Q", title=plot.heading)],
    )
    zero = alt.Chart(inline([{"at": 0}])).mark_rule(color=SOFT, strokeWidth=1.2).encode(x=x("at"))
    fill = alt.FillValue(PAPER, condition={"test": "datum.settled", "value": INK})
    layers = [
        zero,
        seeds.mark_circle(size=40, color=SOFT, opacity=0.45, yOffset=step * 0.25),
        pairs.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=3, strokeCap="round", color=LINE)
        .encode(x=x("low"), x2=alt.X2("high:Q")),
        pairs.mark_point(size=110, stroke=INK, strokeWidth=1.8, opacity=1).encode(x=x("mean"), fill=fill),
        pairs.mark_text(align="left", dx=12).encode(x=at_x("width"), text=alt.Text("label:N")),
    ]
    return alt.layer(*layers).properties(height=alt.Step(step))


def pair_rows(plot: PairPlot) -> list[dict[str, Any]]:
    """Returns the chart's data for the pairs."""
    return [
        {
            "pair": row.name,
            "mean": rounded(row.mean),
            "low": rounded(row.low),
            "high": rounded(row.high),
            "settled": row.settled,
            "label": row.label,
        }
        for row in plot.rows
    ]


def seed_rows(plot: PairPlot) -> list[dict[str, Any]]:
    """Returns the chart's data for the seeds."""
    return [
        {"pair": row.name, "seed": seed, "value": rounded(value)}
        for row in plot.rows
        for seed, value in row.seeds
    ]
