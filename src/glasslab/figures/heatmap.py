"""A grid over two numeric settings as a heat map: each cell a variant's mean and interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from glasslab.analysis.names import metric_heading, setting_value
from glasslab.analysis.numbers import with_interval
from glasslab.analysis.scores import Score
from glasslab.figures.axis import factor
from glasslab.figures.colours import STEPS
from glasslab.figures.figure import Figure, Panel
from glasslab.figures.rounding import rounded
from glasslab.figures.scores import without_value
from glasslab.figures.theme import INK, SOFT, finished, inline
from glasslab.plan.metric import Metric
from glasslab.plan.study import Study

FEWEST = 6  # variants; below that dots say more


@dataclass(frozen=True, slots=True)
class Cell:
    """One variant.

    Attributes:
        across: its value of the setting along the horizontal axis, as written.
        up: its value of the other.
        variant: its name.
        mean: in the unit of the scale; None where no run has a value.
        label: mean and half its interval, or why there is none.
        n: seeds with a value.
        bold: whether it is best as far as can be told.
    """

    across: str
    up: str
    variant: str
    mean: float | None
    label: str
    n: int
    bold: bool


@dataclass(frozen=True, slots=True)
class HeatMap:
    """What the figure shows.

    Attributes:
        heading: the metric with its unit.
        across: the setting along the horizontal axis.
        up: the other.
        columns: its values from left to right.
        rows: the other's from top to bottom, large ones on top.
        cells: one a variant.
    """

    heading: str
    across: str
    up: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    cells: tuple[Cell, ...]


def two_settings(study: Study) -> tuple[str, str] | None:
    """Returns the two numeric settings whose full grid the variants are, None where they are no such grid."""
    names = study.differing()
    if len(names) != 2 or len(study.variants) < FEWEST:
        return None
    values = [{name: variant.settings().get(name) for name in names} for variant in study.variants]
    if not all(
        isinstance(v, int | float) and not isinstance(v, bool) for row in values for v in row.values()
    ):
        return None
    levels = {name: {row[name] for row in values} for name in names}
    full = len(levels[names[0]]) * len(levels[names[1]]) == len({tuple(row.values()) for row in values})
    if not full or min(map(len, levels.values())) < 2:
        return None
    longer = max(names, key=lambda name: len(levels[name]))
    other = names[1] if longer == names[0] else names[0]
    return longer, other


def heat_map(study: Study, found: Sequence[Score], bold: frozenset[str]) -> HeatMap | None:
    """Returns the numbers of the figure, None where the study is no grid over two numeric settings.

    Args:
        study: what was asked.
        found: the score of every variant.
        bold: the variants that are best as far as can be told.
    """
    settings = two_settings(study)
    if settings is None:
        return None
    across, up = settings
    cells = [cell(study, score, settings, bold) for score in found]
    levels = [sorted({variant.settings()[name] for variant in study.variants}) for name in settings]
    return HeatMap(
        heading=metric_heading(study.metric),
        across=across,
        up=up,
        columns=tuple(setting_value(value) for value in levels[0]),
        rows=tuple(setting_value(value) for value in reversed(levels[1])),
        cells=tuple(cells),
    )


def cell(study: Study, score: Score, settings: tuple[str, str], bold: frozenset[str]) -> Cell:
    """Returns the numbers of one variant."""
    own = study.variant(score.variant).settings()
    across, up = (setting_value(own[name]) for name in settings)
    metric: Metric = study.metric
    found, shown = score.estimate, score.variant in bold
    if found is None:
        return Cell(across, up, score.variant, None, without_value(score), 0, shown)
    label = with_interval(found.mean, found.low, found.high, metric.is_share)
    return Cell(across, up, score.variant, factor(metric) * found.mean, label, found.n, shown)


def draw(numbers: HeatMap, title: str, caption: str) -> Figure:
    """Returns the figure."""
    height = 56 * len(numbers.rows)
    told = "; ".join(f"{numbers.across} {c.across}, {numbers.up} {c.up}: {c.label}" for c in numbers.cells)
    panel = Panel("", finished(chart(numbers, height)), height + 60)
    return Figure("scores", title, caption, f"{numbers.heading}. {told}.", (panel,))


def chart(numbers: HeatMap, height: int) -> Any:
    """Returns the chart."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    means = [c.mean for c in numbers.cells if c.mean is not None]
    domain = [min(means, default=0.0), max(means, default=1.0)]
    steps = alt.Scale(type="quantize", domain=domain, range=[f"var(--m{i})" for i in range(STEPS)])
    inks = alt.Scale(type="quantize", domain=domain, range=[f"var(--n{i})" for i in range(STEPS)])
    axis = alt.Axis(labelColor=INK, domain=False, ticks=False, grid=False, labelAngle=0)
    gap = alt.Scale(paddingInner=0.03, paddingOuter=0.01)
    base = alt.Chart(inline(rows(numbers))).encode(
        x=alt.X("across:N", sort=list(numbers.columns), title=numbers.across, axis=axis, scale=gap),
        y=alt.Y("up:N", sort=list(numbers.rows), title=numbers.up, axis=axis, scale=gap),
        tooltip=[
            alt.Tooltip("variant:N"),
            alt.Tooltip("label:N", title=numbers.heading),
            alt.Tooltip("n:Q", title="seeds"),
        ],
    )
    known, absent = (
        base.transform_filter("isValid(datum.mean)"),
        base.transform_filter("!isValid(datum.mean)"),
    )
    ink = alt.Color("mean:Q", scale=inks, legend=None)
    weight = alt.ExprRef("datum.bold ? 'bold' : 'normal'")
    layers = [
        known.mark_rect().encode(color=alt.Color("mean:Q", scale=steps, legend=None)),
        absent.mark_rect(fill="var(--grid)"),
        known.mark_text(fontSize=14, fontWeight=weight).encode(text=alt.Text("label:N"), color=ink),
        absent.mark_text(fontSize=12, color=SOFT, fontStyle="italic").encode(text=alt.Text("label:N")),
    ]
    return alt.layer(*layers).resolve_scale(color="independent").properties(height=height)


def rows(numbers: HeatMap) -> list[dict[str, Any]]:
    """Returns the chart's data."""
    return [
        {
            "across": c.across,
            "up": c.up,
            "variant": c.variant,
            "mean": rounded(c.mean),
            "label": c.label,
            "n": c.n,
            "bold": c.bold,
        }
        for c in numbers.cells
    ]
