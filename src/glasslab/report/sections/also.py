"""What was measured beside the metric that decides: each as dots with intervals, in the table's order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from glasslab.analysis.fairness import unfair_seconds
from glasslab.analysis.names import metric_heading, metric_name
from glasslab.analysis.numbers import counted
from glasslab.analysis.scores import Score, scores
from glasslab.figures.axis import with_zero
from glasslab.figures.figure import Figure, Specification
from glasslab.figures.scores import ScorePlot, draw, score_plot, values_of
from glasslab.plan.metric import Metric
from glasslab.report.drawing import Drawn
from glasslab.report.material import Material
from glasslab.report.section import Section

MOST_FIGURES = 4
TICKS = 4  # of an axis half as wide as a page
TITLE = 22  # pixels that an axis's title takes
SHORT = 12  # letters of a variant's name that two charts side by side have room for


@dataclass(frozen=True, slots=True)
class Plotted:
    """One metric's figure.

    Attributes:
        metric: which one.
        plot: its numbers.
        figure: as it would stand alone.
    """

    metric: Metric
    plot: ScorePlot
    figure: Figure


def also_section(material: Material) -> Section | None:
    """Returns the metrics that the study shows beside its own; None where there is nothing to draw."""
    drawable = [metric for metric in material.results.study.also if has_spread(material, metric)]
    chosen = drawable[:MOST_FIGURES]
    if not chosen:
        return None
    plotted = [plot_of(material, metric) for metric in chosen]
    content = {
        "figure": together(material, plotted),
        "left_out": [metric_name(metric) for metric in drawable[MOST_FIGURES:]],
    }
    opening = f"Shown beside the {metric_name(material.metric)}, which decides."
    return Section("also", "Also measured", opening, content)


def has_spread(material: Material, metric: Metric) -> bool:
    """Returns whether a metric can be compared over seeds: it has values, is not exact, and is fair."""
    results = material.results
    if metric.exact or metric.text == material.metric.text or unfair_seconds(metric, results.variants):
        return False
    return any(each.values(metric) for each in results.variants)


def plot_of(material: Material, metric: Metric) -> Plotted:
    """Returns a metric's figure, its variants in the order of the table; a difference's axis shows 0."""
    found = {score.variant: score for score in scores(material.results, metric)}
    shown: list[Score] = [found[each.variant] for each in material.shown]
    reported = material.results.study.reported
    plot = score_plot(shown, metric, reported.values.get(metric.text, {}) if reported else {})
    if len(metric.names) > 1:
        plot = replace(plot, axis=with_zero(values_of(plot.rows)))
    title = metric_heading(metric)
    figure = draw(plot, material.colours, title, reported.source if reported else "")
    return Plotted(metric, plot, figure)


def together(material: Material, plotted: Sequence[Plotted]) -> Drawn:
    """Returns the metrics as panels of one figure."""
    panels = tuple(
        replace(
            panel,
            title=each.plot.heading[0].upper() + each.plot.heading[1:],
            note=note(each.metric),
            specification=beside_others(panel.specification),
            height=panel.height - TITLE,
        )
        for each in plotted
        for panel in each.figure.panels
    )
    narrow = all(len(row.variant) <= SHORT for each in plotted for row in each.plot.rows)
    told = "; ".join(f"{each.plot.heading}: {rows_in_words(each.plot)}" for each in plotted)
    figure = Figure(
        "also",
        "",
        caption(material, plotted),
        f"Measured beside, in the order of the table. {told}.",
        panels,
        2 if narrow and len(panels) > 1 else 1,
    )
    return material.drawings.draw(figure)


def beside_others(specification: Specification) -> Specification:
    """Returns a chart with fewer ticks and without the axis's title, which stands above the panel."""
    layers = [dict(layer) for layer in specification["layer"]]
    for layer in layers:
        x: dict[str, Any] = layer["encoding"]["x"]
        if "axis" in x:
            x = x | {"title": None, "axis": x["axis"] | {"tickCount": TICKS}}
            layer["encoding"] = layer["encoding"] | {"x": x}
    return dict(specification) | {"layer": layers}


def note(metric: Metric) -> str:
    """Returns the small print of a metric that was chosen on the test set."""
    return "chosen on the test set" if metric.chosen_on_test else ""


def rows_in_words(plot: ScorePlot) -> str:
    """Returns every variant's mean with half its interval."""
    return ", ".join(f"{row.variant} {row.label}" for row in plot.rows)


def caption(material: Material, plotted: Sequence[Plotted]) -> str:
    """Returns how to read the figures; what one of them says is said once."""
    sentences = dict.fromkeys(
        sentence
        for each in plotted
        for sentence in each.figure.caption.replace(". ", ".\n").splitlines()
        if not sentence.startswith("The axis")
    )
    said = [*sentences, "In the order of the table; each axis begins where its values do."]
    left_out = len(material.scores) - len(material.shown)
    if left_out:
        said.append(f"Not shown: {counted(left_out, 'variant')} that came lower; the table has them.")
    return " ".join(said)
