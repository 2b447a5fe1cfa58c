"""Final scores: each variant's mean as a dot with its interval, seeds as faint dots, best on top."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glasslab.analysis.names import metric_heading
from glasslab.analysis.numbers import counted, with_interval
from glasslab.analysis.scores import Score
from glasslab.figures.axis import Span, factor, span
from glasslab.figures.colours import Colours
from glasslab.figures.figure import Figure, Panel
from glasslab.figures.rounding import rounded
from glasslab.figures.theme import INK, PAPER, SOFT, dimmed, finished, pointed_out
from glasslab.plan.metric import Metric


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
    """

    variant: str
    mean: float | None
    low: float | None
    high: float | None
    n: int
    seeds: tuple[SeedDot, ...]
    reported: float | None
    label: str


@dataclass(frozen=True, slots=True)
class ScorePlot:
    """What the figure shows.

    Attributes:
        heading: the metric with its unit.
        rows: from top to bottom.
        axis: where the axis begins and ends.
    """

    heading: str
    rows: tuple[ScoreRow, ...]
    axis: Span


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
        return ScoreRow(score.variant, None, None, None, 0, dots, published, without_value(score))
    low, high = (None if end is None else by * end for end in (found.low, found.high))
    label = with_interval(found.mean, found.low, found.high, metric.is_share)
    return ScoreRow(score.variant, by * found.mean, low, high, found.n, dots, published, label)


def without_value(score: Score) -> str:
    """Returns why a variant has no value."""
    counts = ((score.diverged, "diverged"), (score.failed, "failed"), (score.missing, "missing"))
    said = [f"{counted(count, 'run')} {what}" for count, what in counts if count]
    return ", ".join(said) or "no value"


def values_of(rows: Sequence[ScoreRow]) -> list[float]:
    """Returns every number that the axis must reach."""
    found = [v for row in rows for v in (row.mean, row.low, row.high, row.reported) if v is not None]
    return found + [dot.value for row in rows for dot in row.seeds]


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


def mean_rows(plot: ScorePlot, colours: Colours) -> list[dict[str, Any]]:
    """Returns the chart's data for the means: a row for each variant with values."""
    several = len({row.n for row in plot.rows if row.n}) > 1
    return [
        {
            "variant": row.variant,
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
            "variant": row.variant,
            "seed": dot.seed,
            "value": rounded(dot.value),
            "colour": colours.mark(row.variant),
        }
        for row in plot.rows
        for dot in row.seeds
    ]


def chart(plot: ScorePlot, means: list[dict[str, Any]], seeds: list[dict[str, Any]], step: int) -> Any:
    """Returns the chart: intervals, seeds, means, reported values, and the means in figures."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    order = [row.variant for row in plot.rows]
    names = alt.Axis(labelColor=INK, labelFontSize=14, labelLimit=170, grid=False)
    y = alt.Y("variant:N", sort=order, scale=alt.Scale(domain=order), title=None, axis=names)
    scale = alt.Scale(domain=[plot.axis.low, plot.axis.high], nice=False, zero=False, clamp=True)

    def x(field: str) -> Any:
        return alt.X(f"{field}:Q", title=plot.heading, scale=scale, axis=alt.Axis(grid=True, tickCount=6))

    colour, ink = alt.Color("colour:N", scale=None), alt.Color("ink:N", scale=None)
    told = [alt.Tooltip("variant:N"), alt.Tooltip("label:N", title=plot.heading), alt.Tooltip("seeds:Q")]
    mean = alt.Chart(alt.InlineData(values=means)).encode(y=y, opacity=dimmed(0.25), tooltip=told)
    dots = alt.Chart(alt.InlineData(values=seeds)).encode(
        x=x("value"),
        y=y,
        color=colour,
        opacity=dimmed(0.12, 0.5),
        tooltip=[
            alt.Tooltip("variant:N"),
            alt.Tooltip("seed:Q"),
            alt.Tooltip("value:Q", title=plot.heading, format=".4~f"),
        ],
    )
    layers = [
        dots.mark_circle(size=46, yOffset=step * 0.25),
        mean.mark_rule(strokeWidth=3, strokeCap="round").encode(x=x("low"), x2="high:Q", color=colour),
        mean.mark_circle(size=130).encode(x=x("mean"), color=colour),
        mean.mark_text(align="left", dx=12, fontSize=14).encode(
            x=alt.value("width"), text="label:N", color=ink
        ),
        *also(plot, x, y),
    ]
    return alt.layer(*layers).add_params(pointed_out()).properties(height=alt.Step(step))


def also(plot: ScorePlot, x: Any, y: Any) -> list[Any]:
    """Returns the layers that not every study has: reported values, and why a variant has no value."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    reported = [{"variant": r.variant, "value": r.reported} for r in plot.rows if r.reported is not None]
    absent = [{"variant": row.variant, "why": row.label} for row in plot.rows if row.mean is None]
    layers = []
    if reported:
        marks = alt.Chart(alt.InlineData(values=reported)).mark_point(
            shape="diamond", size=110, stroke=INK, strokeWidth=1.6, fill=PAPER
        )
        told = [alt.Tooltip("variant:N"), alt.Tooltip("value:Q", title="reported", format=".4~f")]
        layers.append(marks.encode(x=x("value"), y=y, tooltip=told))
    if absent:
        texts = alt.Chart(alt.InlineData(values=absent)).mark_text(
            align="left", color=SOFT, fontStyle="italic"
        )
        layers.append(texts.encode(x=alt.value(6), y=y, text="why:N"))
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


def alternative(plot: ScorePlot) -> str:
    """Returns the figure in words, for who cannot see it."""
    said = [
        f"{row.variant} {row.label}" + (f", reported {value_said(row.reported)}" if row.reported else "")
        for row in plot.rows
    ]
    return f"{plot.heading} by variant, best first: {'; '.join(said)}."


def value_said(value: float) -> str:
    """Returns a reported value, already in the unit of the axis."""
    return f"{value:.4g}"
