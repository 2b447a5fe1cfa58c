"""Learning curves: how accuracy and loss changed while training."""

from collections.abc import Sequence

from glasslab.analysis.curves import Curve, curve
from glasslab.analysis.names import metric_name
from glasslab.analysis.numbers import count, counted
from glasslab.analysis.phrases import names
from glasslab.analysis.scores import Score
from glasslab.figures import curves
from glasslab.figures.figure import Figure
from glasslab.plan.metric import parse_metric
from glasslab.report.material import Material
from glasslab.report.section import Section
from glasslab.report.trellises import GRID_ROWS, in_columns, in_panels

SPLITS = ("train", "val", "test")
QUANTITIES = ("accuracy", "loss")


def curves_section(material: Material) -> Section | None:
    """Returns the learning curves, None where no run has measurements.

    Many variants that are the product of factors get a panel for each combination and a line for each number;
    others get a line each, and a few of them a column each too.
    """
    along = "step" if any(v.recipe.course.steps for v in material.results.study.variants) else "epoch"
    figures = in_panels(material, along)
    if figures:
        return section(material, figures, None, along)
    panels = overlaid(material, along)
    if not panels:
        return None
    return section(material, [overlaid_figure(material, panels, along)], in_columns(material, along), along)


def section(material: Material, figures: Sequence[Figure], grid: Figure | None, along: str) -> Section:
    """Returns the section with its figures drawn."""
    titles = [panel.title for figure in figures for panel in figure.panels] + [f.name for f in figures]
    seen = [quantity for quantity in QUANTITIES if any(quantity in title for title in titles)]
    content = {
        "figures": [material.drawings.draw(figure) for figure in figures],
        "grid": material.drawings.draw(grid) if grid else None,
        "rows": GRID_ROWS,
    }
    opening = f"How {names(seen)} changed with every {along} of training."
    return Section("curves", "Learning curves", opening, content)


def overlaid(material: Material, along: str) -> list[curves.CurvePanel]:
    """Returns the numbers of the curves that share their axes, of all splits."""
    shown = [material.results.named(score.variant) for score in lines_shown(material)]
    metrics = [f"{split}/{quantity}" for quantity in QUANTITIES for split in SPLITS]
    found = {metric: [curve(each, metric) for each in shown] for metric in metrics}
    return curves.curve_panels(found, by_steps=along == "step")


def overlaid_figure(material: Material, panels: Sequence[curves.CurvePanel], along: str) -> Figure:
    """Returns the curves that share their axes."""
    shown = lines_shown(material)
    tested = [curve(material.results.named(score.variant), "test/accuracy") for score in shown]
    told = first_to_reach(tested, along) if len(shown) > 1 else ""
    words = curves.Words(
        title=told or f"Training by {along}",
        caption=caption(panels, len(material.scores) - len(shown)),
        along=along,
    )
    return curves.draw(panels, material.colours, words)


def lines_shown(material: Material) -> list[Score]:
    """Returns the variants whose curves are drawn, in the order of their colours: best ones, baseline."""
    most, shown = curves.MOST_LINES, material.scores
    if len(shown) > most:
        baseline = material.results.study.baseline
        shown = shown[: most - 1] + [score for score in shown[most - 1 :] if score.variant == baseline]
    return sorted(shown, key=lambda score: material.colours.places[score.variant])


def caption(panels: Sequence[curves.CurvePanel], left_out: int) -> str:
    """Returns how to read the curves."""
    n = {each for panel in panels for line in panel.lines for each in line.n}
    many = counted(max(n), "seed") if len(n) == 1 else f"{min(n)} to {max(n)} seeds"
    said = ["Lines: means of " + many + "; bands: 95 % intervals of the mean." if max(n) > 1 else "One seed."]
    if max(n) > 1:
        said.append("Point at a line to see its seeds.")
    said.append("One scale for all panels of a row.")
    if left_out:
        said.append(f"The best are drawn; {counted(left_out, 'variant')} that came lower are left out.")
    if any(panel.metric.startswith("train/") for panel in panels):
        said.append(
            "Training values are running means over an epoch, with dropout and augmentation if there are any."
        )
    return " ".join(said)


def first_to_reach(found: Sequence[Curve], along: str) -> str:
    """Returns after how long the fastest variant's mean test accuracy came to where the slowest's ended.

    Empty where the variants do not allow that: without test curves, or with one that ends at its start.
    """
    ended = [each for each in found if each.points]
    if len(ended) < 2:
        return ""
    last = min(ended, key=lambda each: each.points[-1].mean)
    goal = last.points[-1].mean
    reached = {
        each.variant: next((p for p in each.points if p.mean > goal), None)
        for each in ended
        if each is not last
    }
    times = {name: (p.step if along == "step" else p.epoch) for name, p in reached.items() if p is not None}
    whole = last.points[-1].step if along == "step" else last.points[-1].epoch
    if not times or min(times.values()) >= whole:
        return ""
    first = min(times, key=times.__getitem__)
    after = (
        counted(int(times[first]), along)
        if times[first] == int(times[first])
        else f"{times[first]:g} {along}s"
    )
    accuracy = metric_name(parse_metric("test/accuracy"))
    return f"{first} passes {last.variant}'s last mean {accuracy} after {after} of {count(whole)}"
