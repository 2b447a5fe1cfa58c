"""Reported against measured: a published value beside the interval where one more run of ours would lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from glasslab.analysis.names import metric_heading
from glasslab.analysis.reported import Comparison
from glasslab.figures.axis import Span, factor, span
from glasslab.figures.colours import Colours
from glasslab.figures.figure import Figure, Panel
from glasslab.figures.rounding import rounded
from glasslab.figures.theme import INK, PAPER, SOFT, at_x, dimmed, finished, inline, pointed_out
from glasslab.plan.metric import Metric


@dataclass(frozen=True, slots=True)
class ReportedRow:
    """One published value, in the unit of the axis.

    Attributes:
        variant: for which variant.
        reported: the published value.
        mean: of our runs; None without values.
        low: lower end of the 95 % interval of our mean.
        high: upper end.
        run_low: lower end of the interval in which one new run of ours would lie.
        run_high: upper end.
        verdict: "inside", "outside", or "not known".
    """

    variant: str
    reported: float
    mean: float | None
    low: float | None
    high: float | None
    run_low: float | None
    run_high: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class ReportedPlot:
    """What one panel shows.

    Attributes:
        metric: what was reported.
        rows: from top to bottom.
        axis: where the axis begins and ends.
    """

    metric: Metric
    rows: tuple[ReportedRow, ...]
    axis: Span


def reported_plots(found: Sequence[Comparison]) -> list[ReportedPlot]:
    """Returns the numbers of the figure, a panel for each metric."""
    plots = []
    for metric in dict.fromkeys(each.metric for each in found):
        rows = tuple(reported_row(each) for each in found if each.metric == metric)
        numbers = [
            v
            for r in rows
            for v in (r.reported, r.mean, r.low, r.high, r.run_low, r.run_high)
            if v is not None
        ]
        plots.append(ReportedPlot(metric, rows, span(numbers, metric)))
    return plots


def reported_row(found: Comparison) -> ReportedRow:
    """Returns the numbers of one published value."""
    by, ours, run = factor(found.metric), found.ours, found.new_run
    return ReportedRow(
        variant=found.variant,
        reported=by * found.reported,
        mean=None if ours is None else by * ours.mean,
        low=None if ours is None or ours.low is None else by * ours.low,
        high=None if ours is None or ours.high is None else by * ours.high,
        run_low=None if run is None else by * run.low,
        run_high=None if run is None else by * run.high,
        verdict={True: "inside", False: "outside", None: "not known"}[found.inside],
    )


def draw(plots: Sequence[ReportedPlot], colours: Colours, title: str, caption: str) -> Figure:
    """Returns the figure."""
    panels = tuple(
        Panel(
            metric_heading(plot.metric) if len(plots) > 1 else "",
            finished(chart(plot, colours)),
            56 + 36 * len(plot.rows),
        )
        for plot in plots
    )
    told = "; ".join(
        f"{row.variant} in {metric_heading(plot.metric)}: reported {row.reported:.4g}, {row.verdict}"
        for plot in plots
        for row in plot.rows
    )
    return Figure("reported", title, caption, f"Reported against measured: {told}.", panels)


def chart(plot: ReportedPlot, colours: Colours) -> Any:
    """Returns a panel's chart."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    order = [row.variant for row in plot.rows]
    names = alt.Axis(labelColor=INK, labelFontSize=14, labelLimit=170, grid=False)
    y = alt.Y("variant:N", sort=order, scale=alt.Scale(domain=order), title=None, axis=names)
    scale = alt.Scale(domain=[plot.axis.low, plot.axis.high], nice=False, zero=False, clamp=True)
    heading = metric_heading(plot.metric)

    def x(field: str) -> Any:
        return alt.X(f"{field}:Q", title=heading, scale=scale, axis=alt.Axis(grid=True, tickCount=6))

    told = [
        alt.Tooltip("variant:N"),
        alt.Tooltip("reported:Q", format=".4~f"),
        alt.Tooltip("mean:Q", title="measured", format=".4~f"),
        alt.Tooltip("verdict:N", title="one more run"),
    ]
    rows = alt.Chart(inline(data_rows(plot, colours))).encode(y=y, opacity=dimmed(0.25), tooltip=told)
    colour = alt.Color("colour:N", scale=None)
    known = rows.transform_filter("isValid(datum.run_low)")
    layers = [
        known.mark_rule(strokeWidth=1.5).encode(x=x("run_low"), x2=alt.X2("run_high:Q"), color=colour),
        known.mark_tick(thickness=1.5, size=10).encode(x=x("run_low"), color=colour),
        known.mark_tick(thickness=1.5, size=10).encode(x=x("run_high"), color=colour),
        known.mark_rule(strokeWidth=5, strokeCap="round").encode(
            x=x("low"), x2=alt.X2("high:Q"), color=colour
        ),
        rows.transform_filter("isValid(datum.mean)").mark_circle(size=90).encode(x=x("mean"), color=colour),
        rows.mark_point(shape="diamond", size=120, stroke=INK, strokeWidth=1.6, fill=PAPER, opacity=1).encode(
            x=x("reported")
        ),
        rows.mark_text(align="left", dx=12, color=SOFT).encode(x=at_x("width"), text=alt.Text("verdict:N")),
    ]
    return alt.layer(*layers).add_params(pointed_out()).properties(height=alt.Step(36))


def data_rows(plot: ReportedPlot, colours: Colours) -> list[dict[str, Any]]:
    """Returns the chart's data."""
    return [
        {
            "variant": row.variant,
            "reported": rounded(row.reported),
            "mean": rounded(row.mean),
            "low": rounded(row.low),
            "high": rounded(row.high),
            "run_low": rounded(row.run_low),
            "run_high": rounded(row.run_high),
            "verdict": row.verdict,
            "colour": colours.mark(row.variant),
        }
        for row in plot.rows
    ]
