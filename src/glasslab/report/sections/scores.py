"""The scores: the figure of the first screen, and the table."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from glasslab.analysis.names import metric_name
from glasslab.analysis.numbers import counted
from glasslab.analysis.pair_words import extremes, finding
from glasslab.analysis.scores import Score
from glasslab.figures import heatmap, scores, trend
from glasslab.figures.figure import Figure
from glasslab.report.drawing import Drawn
from glasslab.report.material import SHOWN, Material
from glasslab.report.section import Section
from glasslab.report.table import table


def main_figure(material: Material) -> Drawn:
    """Returns the figure of the first screen.

    A heat map for a grid of two numbers, lines where one number was varied, panels of dots for many variants
    that are the product of factors, else dots.
    """
    bold = material.best.shown_bold if material.best else frozenset[str]()
    numbers = heatmap.heat_map(material.results.study, material.scores, bold)
    if numbers is not None:
        return material.drawings.draw(heatmap.draw(numbers, title(material), heat_caption(bool(bold))))
    lines = trended(material)
    return material.drawings.draw(lines or panelled(material) or dots(material, material.shown))


def trended(material: Material) -> Figure | None:
    """Returns the scores along the number that was varied, None where none was or too much else was."""
    where = trend.layout(material.design)
    if where is None:
        return None
    values, source = published(material)
    numbers = trend.trend(material.design, where, material.scores, material.metric, values)
    return trend.draw(numbers, where, material.colours, trend.finding(numbers) or title(material), source)


def panelled(material: Material) -> Figure | None:
    """Returns all scores as dots in panels, None where they are few or are no product of factors."""
    if len(material.scores) <= SHOWN:
        return None
    values, source = published(material)
    plots = scores.score_panels(material.design, material.scores, material.metric, values)
    return scores.draw_panels(plots, material.colours, title(material), source) if plots else None


def published(material: Material) -> tuple[Mapping[str, float], str]:
    """Returns what somebody else published of the metric, by variant, and where it stands."""
    reported = material.results.study.reported
    return (reported.values.get(material.metric.text, {}), reported.source) if reported else ({}, "")


def dots(material: Material, shown: Sequence[Score]) -> Figure:
    """Returns the scores as dots with intervals."""
    values, source = published(material)
    plot = scores.score_plot(shown, material.metric, values)
    figure = scores.draw(plot, material.colours, title(material), source)
    left_out = len(material.scores) - len(shown)
    if not left_out:
        return figure
    rest = f" Not shown: {counted(left_out, 'variant')} that came lower; see the section Scores."
    return replace(figure, caption=figure.caption + rest)


def everything(material: Material) -> Figure | None:
    """Returns all scores as dots, None where the first screen shows them so."""
    panels = panelled(material)
    if material.is_grid or trend.layout(material.design):
        found = panels or dots(material, material.scores)
    elif panels is None and len(material.shown) < len(material.scores):
        found = dots(material, material.scores)
    else:
        return None
    return replace(found, name="all-scores", title="All variants" if panels else "All variants, best first")


def title(material: Material) -> str:
    """Returns what the scores show.

    Where the study makes claims their verdicts stand above; the title then only says what was seen, so that
    two corrections for different numbers of tests never seem to contradict each other.
    """
    say = extremes if material.results.study.claims else finding
    said = say(material.best, material.metric)
    return said or f"{metric_name(material.metric).capitalize()} by variant"


def heat_caption(any_bold: bool) -> str:
    """Returns how to read the heat map."""
    each = "Each cell is a variant: mean ± half of its 95 % interval over seeds."
    return f"{each} Bold: the best and what cannot be told from it." if any_bold else each


def table_section(material: Material) -> Section:
    """Returns the table of scores, with all variants as dots where the first screen could not hold them."""
    made = table(material.results, material.metric)
    which = "Every variant" if len(made.rows) > 1 else "The one variant"
    order = ", best mean first" if len(made.rows) > 1 else ""
    figure = everything(material)
    drawn = material.drawings.draw(figure) if figure else None
    content = {"table": made, "everything": drawn, "colours": material.colours}
    return Section("table", "Scores", f"{which} with its {metric_name(material.metric)}{order}.", content)
