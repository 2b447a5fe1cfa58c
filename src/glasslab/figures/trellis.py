"""Learning curves as small multiples of one metric: panels in a grid, all on one scale."""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from glasslab.analysis.curves import Curve
from glasslab.analysis.names import metric_heading, metric_name
from glasslab.figures.axis import Span, span, ticks
from glasslab.figures.curves import Line, extent, kept, label_places, line, reach
from glasslab.figures.figure import Figure, Panel
from glasslab.figures.rounding import rounded
from glasslab.figures.theme import INK, at_x, dimmed, finished, inline, pointed_out
from glasslab.plan.metric import parse_metric

HEIGHT = 150  # of a panel's axes, pixels
MOST_PANELS = 12
MOST_POINTS = 50  # a line; more cannot be told apart at the width of a small panel


@dataclass(frozen=True, slots=True)
class Cell:
    """One panel.

    Attributes:
        title: what stands over it.
        lines: its curves; each one's `variant` is the name at its end: of a variant, or of a level.
    """

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Trellis:
    """What the figure shows.

    Attributes:
        metric: such as "test/accuracy".
        cells: in reading order; without those that have no values.
        lines_by: what the lines are: "variant", or the name of the factor whose levels they are.
        along: what stands under the axes: "epoch" or "step".
        axis: of the metric, one for all panels.
    """

    metric: str
    cells: tuple[Cell, ...]
    lines_by: str
    along: str
    axis: Span

    @property
    def stops_early(self) -> bool:
        """Whether some line ends before others do, as where runs diverged."""
        return len({each.along[-1] for cell in self.cells for each in cell.lines}) > 1

    @property
    def heading(self) -> str:
        """The metric with its unit, as it begins a line."""
        said = metric_heading(parse_metric(self.metric))
        return said[0].upper() + said[1:]


def trellis(
    metric: str,
    found: Mapping[str, Mapping[str, Curve]],
    along: str,
    *,
    lines_by: str = "variant",
    bands: bool = True,
) -> Trellis | None:
    """Returns the numbers of the figure, None where no curve has values.

    Args:
        metric: what the curves are of.
        found: by panel's title, the curves by their lines' names.
        along: "epoch" or "step".
        lines_by: what the lines' names are.
        bands: whether intervals are kept; without them, panels with many lines stay readable and small.
    """
    cells = []
    for title, curves in found.items():
        lines = [replace(line(thinned(c), along == "step"), variant=n) for n, c in curves.items() if c.points]
        if lines:
            cells.append(Cell(title, tuple(each if bands else mean_only(each) for each in lines)))
    if not cells:
        return None
    every = [each for cell in cells for each in cell.lines]
    return Trellis(metric, tuple(cells), lines_by, along, span(extent(every), parse_metric(metric)))


def thinned(curve: Curve) -> Curve:
    """Returns a curve with as many points as a small panel can show, the first and the last among them."""
    return replace(curve, points=tuple(curve.points[at] for at in kept(len(curve.points), MOST_POINTS)))


def mean_only(of: Line) -> Line:
    """Returns a line without interval and seeds."""
    none = (None,) * len(of.along)
    return replace(of, low=none, high=none, seeds={})


@dataclass(frozen=True, slots=True)
class Setting:
    """How a trellis stands on the page.

    Attributes:
        name: of the figure.
        title: the finding.
        caption: how to read it.
        columns: panels side by side.
    """

    name: str
    title: str
    caption: str
    columns: int


def draw(numbers: Sequence[Trellis], marks: Mapping[str, str], setting: Setting) -> Figure:
    """Returns one figure with the panels of one metric, or of several in turn.

    Args:
        numbers: of each metric.
        marks: the colour of each line, by its name.
        setting: how it stands on the page.
    """
    panels = tuple(
        Panel(cell.title, finished(chart(each, cell, marks)), HEIGHT + 50)
        for each in numbers
        for cell in each.cells
    )
    told = " ".join(in_words(each) for each in numbers)
    said = f"{setting.title}. {told}"
    return Figure(setting.name, setting.title, setting.caption, said, panels, setting.columns)


def finding(numbers: Trellis, higher_is_better: bool) -> str:
    """Returns which line ends best in most panels, as a thing seen; empty where none does in half of them."""
    end = "highest" if higher_is_better else "lowest"
    firsts = []
    for cell in numbers.cells:
        last = max(each.along[-1] for each in cell.lines)
        ends = {each.variant: each.mean[-1] for each in cell.lines if each.along[-1] == last}
        top = (max if higher_is_better else min)(ends.values())
        ahead = [name for name, mean in ends.items() if mean == top]
        firsts += ahead if len(ahead) == 1 else []
    counts = Counter(firsts).most_common(1)
    if not counts or 2 * counts[0][1] < len(numbers.cells):
        return ""
    ((name, often),) = counts
    by = "" if numbers.lines_by == "variant" else f"{numbers.lines_by} "
    total = len(numbers.cells)
    many = f"all {total}" if often == total else f"{often} of {total}"
    where = f", in {many} panels" if total > 1 else ""
    return f"{end.capitalize()} last mean {metric_name(parse_metric(numbers.metric))}: {by}{name}{where}"


def in_words(numbers: Trellis) -> str:
    """Returns a metric's panels in words: the last mean of every line."""
    told = []
    for cell in numbers.cells:
        own = len(cell.lines) == 1 and cell.lines[0].variant == cell.title
        by = "" if numbers.lines_by == "variant" else f"{numbers.lines_by} "
        ends = ", ".join(f"{by}{each.variant} {each.mean[-1]:.4g}" for each in cell.lines)
        told.append(ends if own else f"{cell.title}: {ends}")
    return f"{numbers.heading} at the last {numbers.along}: {'; '.join(told)}."


def rows(cell: Cell) -> str:
    """Returns the chart's data as CSV, which takes a third of the bytes that rows of JSON take."""
    banded = has_bands(cell)
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["variant", "along", "mean", *(("low", "high") if banded else ())])
    for each in cell.lines:
        for place, along in enumerate(each.along):
            ends = (each.low[place], each.high[place]) if banded else ()
            values = ["" if n is None else f"{rounded(n):.10g}" for n in (each.mean[place], *ends)]
            writer.writerow([each.variant, f"{along:.10g}", *values])
    return file.getvalue()


def has_bands(cell: Cell) -> bool:
    """Returns whether any line has an interval."""
    return any(low is not None for each in cell.lines for low in each.low)


def chart(numbers: Trellis, cell: Cell, marks: Mapping[str, str]) -> Any:
    """Returns a panel's chart: bands where there are any, means, and the names of several lines."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    ends = reach([each for other in numbers.cells for each in other.lines])
    x = alt.X(
        "along:Q",
        title=numbers.along,
        scale=alt.Scale(domain=ends, nice=False, zero=False),
        axis=alt.Axis(
            tickMinStep=1, format="~s" if numbers.along == "step" else "d", tickCount=ticks(ends, 4)
        ),
    )
    scale = alt.Scale(domain=[numbers.axis.low, numbers.axis.high], nice=False, zero=False, clamp=True)

    def y(field: str) -> Any:
        return alt.Y(f"{field}:Q", title=None, scale=scale, axis=alt.Axis(tickCount=4, format=".6~g"))

    names = [each.variant for each in cell.lines]
    range_ = alt.Scale(domain=names, range=[marks[name] for name in names])
    colour = alt.Color("variant:N", legend=None, scale=range_)
    kinds = {"variant": "string", "along": "number", "mean": "number", "low": "number", "high": "number"}
    form = alt.CsvDataFormat(type="csv", parse=kinds if has_bands(cell) else dict(list(kinds.items())[:3]))
    lines = alt.Chart(alt.InlineData(values=rows(cell), format=form)).encode(x=x)
    told = [
        alt.Tooltip("variant:N", title=numbers.lines_by),
        alt.Tooltip("along:Q", title=numbers.along),
        alt.Tooltip("mean:Q"),
    ]
    band = lines.transform_filter("isValid(datum.low)").mark_area(clip=True)
    layers = [
        *(
            [band.encode(y=y("low"), y2=alt.Y2("high:Q"), color=colour, opacity=dimmed(0.04, 0.16))]
            * has_bands(cell)
        ),
        lines.mark_line(strokeWidth=1.8, clip=True).encode(y=y("mean"), color=colour, opacity=dimmed(0.2)),
        lines.mark_circle(size=160, opacity=0).encode(y=y("mean"), tooltip=told).properties(name="pointing"),
        *([end_layer(numbers, cell, y)] if len(names) > 1 else []),
    ]
    return alt.layer(*layers).add_params(pointed_out()).properties(height=HEIGHT)


def end_layer(numbers: Trellis, cell: Cell, y: Any) -> Any:
    """Returns the names at the lines' ends."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    places = label_places([each.mean[-1] for each in cell.lines], numbers.axis, False, HEIGHT)
    ends = [
        {"variant": each.variant, "place": rounded(place)}
        for each, place in zip(cell.lines, places, strict=True)
    ]
    text = alt.Chart(inline(ends)).mark_text(align="left", dx=6, fontSize=12, color=INK)
    return text.encode(x=at_x("width"), y=y("place"), text=alt.Text("variant:N"), opacity=dimmed(0.35))
