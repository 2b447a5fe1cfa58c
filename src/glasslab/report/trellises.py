"""Learning curves in small panels: a panel a combination of levels, or a column a variant."""

from collections.abc import Sequence
from dataclasses import dataclass

from glasslab.analysis.curves import Curve, curve
from glasslab.analysis.factors import Factor, joined
from glasslab.analysis.names import metric_name
from glasslab.analysis.numbers import counted
from glasslab.figures.curves import MOST_LINES
from glasslab.figures.figure import Figure
from glasslab.figures.levels import level_marks
from glasslab.figures.scores import panel_factors
from glasslab.figures.trellis import MOST_PANELS, Setting, Trellis, draw, finding, trellis
from glasslab.plan.metric import parse_metric
from glasslab.report.material import Material

QUANTITIES = {"accuracy": ("test/accuracy", "val/accuracy", "train/accuracy"), "loss": ("train/loss",)}
GRID = ("train/loss", "test/accuracy")
GRID_ROWS = ("Training loss", "Test accuracy, %")  # stand over the rows
MOST_COLUMNS = 6
WIDEST = 3  # panels side by side on a page
LONGEST = 14  # characters of a line's name; with longer ones there is room for a panel less


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Which curves stand where.

    Attributes:
        lines: a line for each of its levels.
        by: a panel for each combination of their levels, the last varying fastest.
        shown: the variants of each panel, by its title.
        left_out: the titles of further panels, for which there is no room.
    """

    lines: Factor
    by: tuple[Factor, ...]
    shown: dict[str, list[str]]
    left_out: tuple[str, ...]

    @property
    def columns(self) -> int:
        """Panels side by side: the levels of the last factor where they and the names of lines fit."""
        levels = len(self.by[-1].labels)
        widest = WIDEST if max(map(len, self.lines.labels)) <= LONGEST else WIDEST - 1
        return levels if levels <= widest and not self.left_out else widest


def arrangement(material: Material) -> Arrangement | None:
    """Returns which curves stand where, None where the variants fit one panel or are no product for more."""
    found = material.design
    if len(material.scores) <= MOST_LINES or not found.is_product:
        return None
    numeric = [each for each in found.factors if each.is_numeric and len(each.labels) <= MOST_LINES]
    if numeric and not any("data.name" in each.settings for each in found.factors):
        lines = max(numeric, key=lambda each: len(each.labels))
        by = across_last(found.without(lines))
    else:
        by = panel_factors(found)
        rest = found.without(*by)
        lines = joined(rest)
        if not by or len(lines.labels) > MOST_LINES:
            return None
    groups = {
        ", ".join(map(Factor.headed, by, places)): sorted(variants, key=lines.places.__getitem__)
        for places, variants in found.grouped(by).items()
    }
    kept = best_groups(material, list(groups.values()))
    shown = {title: variants for title, variants in groups.items() if variants in kept}
    return Arrangement(lines, by, shown, tuple(title for title in groups if title not in shown))


def across_last(by: Sequence[Factor]) -> tuple[Factor, ...]:
    """Returns factors with the one last that makes whole rows of panels."""
    fitting = [each for each in by if len(each.labels) <= WIDEST]
    last = max(fitting or by, key=lambda each: len(each.labels))
    return (*(each for each in by if each is not last), last)


def best_groups(material: Material, groups: Sequence[list[str]]) -> list[list[str]]:
    """Returns the groups of variants for whose panels there is room: the best ones and the baseline's."""
    place = {score.variant: rank for rank, score in enumerate(material.scores)}
    if material.results.study.baseline in place:
        place[str(material.results.study.baseline)] = -1
    return sorted(groups, key=lambda variants: min(place[each] for each in variants))[:MOST_PANELS]


def in_panels(material: Material, along: str) -> list[Figure]:
    """Returns a figure of accuracy and one of loss; none where the curves need no panels of their own."""
    where = arrangement(material)
    if where is None:
        return []
    found = (first_known(material, where, metrics, along) for metrics in QUANTITIES.values())
    return [panels_figure(material, where, numbers) for numbers in found if numbers is not None]


def first_known(material: Material, where: Arrangement, metrics: Sequence[str], along: str) -> Trellis | None:
    """Returns the panels of the first of some metrics that has values."""
    for metric in metrics:
        curves = {
            title: {
                where.lines.labels[where.lines.places[variant]]: curve(
                    material.results.named(variant), metric
                )
                for variant in variants
            }
            for title, variants in where.shown.items()
        }
        numbers = trellis(metric, curves, along, lines_by=where.lines.name, bands=False)
        if numbers is not None:
            return numbers
    return None


def panels_figure(material: Material, where: Arrangement, numbers: Trellis) -> Figure:
    """Returns the panels of one metric."""
    metric = parse_metric(numbers.metric)
    marks = dict(zip(where.lines.labels, level_marks(where.lines, material.colours), strict=True))
    heading = metric_name(metric)
    title = f"{heading[0].upper() + heading[1:]} by {numbers.along}, a line for each {where.lines.name}"
    said = [f"{numbers.heading}. {lines_said(numbers)}, named at its end; one scale for all panels."]
    if numbers.metric.startswith("test/"):
        said.append("Not used for choosing.")
    if numbers.stops_early:
        said.append("A line that ends early is of runs that stopped or diverged there.")
    if where.left_out:
        panels = counted(len(where.left_out), "panel")
        said.append(f"{panels} that came lower left out: {'; '.join(where.left_out)}.")
    name = "curves-" + numbers.metric.partition("/")[2]
    setting = Setting(name, finding(numbers, metric.higher_is_better) or title, " ".join(said), where.columns)
    return draw([numbers], marks, setting)


def lines_said(numbers: Trellis) -> str:
    """Returns what a line is."""
    n = [count for cell in numbers.cells for each in cell.lines for count in each.n]
    by = f"for each {numbers.lines_by}" if numbers.lines_by != "variant" else "a variant"
    return f"A line {by}: the mean of {seeds_said(n)}"


def seeds_said(n: Sequence[int]) -> str:
    """Returns how many seeds there are: "5 seeds", "2 to 5 seeds"."""
    return counted(max(n), "seed") if min(n) == max(n) else f"{min(n)} to {max(n)} seeds"


def in_columns(material: Material, along: str) -> Figure | None:
    """Returns the curves with a column a variant and a row a quantity, None where that is no help."""
    if not 2 <= len(material.scores) <= MOST_COLUMNS:
        return None
    twins = material.results.study.twins()
    each_one = [each for each in material.results.variants if each.name not in twins]
    curves: dict[str, list[Curve]] = {m: [curve(each, m) for each in each_one] for m in GRID}
    if not all(each.points for row in curves.values() for each in row):
        return None
    found = [
        trellis(metric, {each.variant: {each.variant: each} for each in row}, along)
        for metric, row in curves.items()
    ]
    rows = [each for each in found if each is not None]
    marks = {each.name: material.colours.mark(each.name) for each in each_one}
    n = [count for row in rows for cell in row.cells for each in cell.lines for count in each.n]
    bands = "; bands: 95 % intervals of the mean" if max(n) > 1 else ""
    lines = f"Lines: means of {seeds_said(n)}{bands}." if max(n) > 1 else "One seed."
    caption = f"A column a variant, a row a quantity, one scale a row. {lines}"
    title = f"Training loss and test accuracy of each variant by {along}"
    return draw(rows, marks, Setting("curves-grid", title, caption, len(each_one)))
