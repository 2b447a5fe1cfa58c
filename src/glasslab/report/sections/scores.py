"""The scores: the figure of the first screen, and the table."""

from collections.abc import Sequence
from dataclasses import replace

from glasslab.analysis.names import metric_name
from glasslab.analysis.numbers import counted
from glasslab.analysis.pair_words import extremes, finding
from glasslab.analysis.scores import Score
from glasslab.figures import heatmap, scores
from glasslab.figures.figure import Figure
from glasslab.report.drawing import Drawn
from glasslab.report.material import Material
from glasslab.report.section import Section
from glasslab.report.table import table


def main_figure(material: Material) -> Drawn:
    """Returns the figure of the first screen: a heat map for a grid of numbers, else dots."""
    bold = material.best.shown_bold if material.best else frozenset[str]()
    numbers = heatmap.heat_map(material.results.study, material.scores, bold)
    if numbers is None:
        return material.drawings.draw(dots(material, material.shown))
    return material.drawings.draw(heatmap.draw(numbers, title(material), heat_caption(bool(bold))))


def dots(material: Material, shown: Sequence[Score]) -> Figure:
    """Returns the scores as dots with intervals."""
    reported = material.results.study.reported
    published = reported.values.get(material.metric.text, {}) if reported else {}
    plot = scores.score_plot(shown, material.metric, published)
    figure = scores.draw(plot, material.colours, title(material), reported.source if reported else "")
    left_out = len(material.scores) - len(shown)
    if not left_out:
        return figure
    rest = f" Not shown: {counted(left_out, 'variant')} that came lower; see the section Scores."
    return replace(figure, caption=figure.caption + rest)


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
    everything = None
    if material.is_grid or len(material.shown) < len(material.scores):
        figure = replace(dots(material, material.scores), name="all-scores", title="All variants, best first")
        everything = material.drawings.draw(figure)
    content = {"table": made, "everything": everything, "colours": material.colours}
    return Section("table", "Scores", f"{which} with its {metric_name(material.metric)}{order}.", content)
