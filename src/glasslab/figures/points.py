"""Points in the plane: the examples of a made set, by class, a panel a split."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasslab.analysis.numbers import counted
from glasslab.figures.axis import around
from glasslab.figures.classes import ClassStyle, class_styles
from glasslab.figures.figure import Figure, Panel
from glasslab.figures.rounding import rounded
from glasslab.figures.theme import finished, inline

SPLITS = ("training", "validation", "test")
VEGA_SHAPES = {"circle": "circle", "square": "square", "triangle": "triangle-up", "diamond": "diamond"}


@dataclass(frozen=True, slots=True)
class PointPanel:
    """The points of one split.

    Attributes:
        split: training, validation or test.
        points: (N, 2).
        labels: (N,).
    """

    split: str
    points: NDArray[np.float32]
    labels: NDArray[np.int64]


def point_panels(arrays: dict[str, NDArray[np.generic]]) -> list[PointPanel]:
    """Returns the points of each split that there is, from the arrays that the probe kept."""
    points = arrays["points"].astype(np.float32)
    labels, split = arrays["labels"].astype(np.int64), arrays["split"]
    return [
        PointPanel(name, points[split == place], labels[split == place])
        for place, name in enumerate(SPLITS)
        if bool((split == place).any())
    ]


def draw(panels: list[PointPanel], classes: tuple[str, ...], name: str, seed: int, data: str = "") -> Figure:
    """Returns the figure.

    Args:
        panels: its numbers.
        classes: their names.
        name: of the figure.
        seed: whose points they are.
        data: the data set, where a report shows several.
    """
    styles = class_styles(classes)
    everything = np.concatenate([panel.points for panel in panels])
    reach = [list(around(everything[:, axis].tolist(), least=0.1)) for axis in (0, 1)]
    drawn = tuple(
        Panel(
            f"{panel.split.capitalize()} split",
            finished(chart(panel, styles, reach)),
            300,
            note=counted(len(panel.points), "point"),
        )
        for panel in panels
    )
    told = ", ".join(f"{counted(len(panel.points), 'point')} in the {panel.split} split" for panel in panels)
    return Figure(
        name,
        f"{data}: the points of seed {seed}" if data else f"The points of seed {seed}",
        "Colours and shapes are classes here, not variants.",
        f"Scatter of {data or 'the data'} of seed {seed}: {told}.",
        drawn,
        min(2, len(drawn)),
    )


def chart(panel: PointPanel, styles: tuple[ClassStyle, ...], reach: list[list[float]]) -> Any:
    """Returns a split's scatter."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    names = [style.name for style in styles]
    colour = alt.Scale(domain=names, range=[f"var(--c{style.place})" for style in styles])
    shape = alt.Scale(domain=names, range=[VEGA_SHAPES[style.shape] for style in styles])
    rows: list[dict[str, Any]] = [
        {"x": rounded(x), "y": rounded(y), "class": names[label]}
        for (x, y), label in zip(panel.points.tolist(), panel.labels.tolist(), strict=True)
    ]
    legend = alt.Legend(title=None, orient="top", symbolSize=70, labelFontSize=13, labelColor="var(--ink)")
    axis = alt.Axis(grid=True, tickCount=5)

    def along(field: str, ends: list[float]) -> dict[str, Any]:
        return {
            "shorthand": f"{field}:Q",
            "scale": alt.Scale(domain=ends, nice=False, zero=False),
            "axis": axis,
            "title": None,
        }

    return (
        alt.Chart(inline(rows))
        .mark_point(filled=True, size=38 if len(rows) > 20 else 140, opacity=0.8)
        .encode(
            x=alt.X(**along("x", reach[0])),
            y=alt.Y(**along("y", reach[1])),
            color=alt.Color("class:N", scale=colour, legend=legend),
            shape=alt.Shape("class:N", scale=shape, legend=legend),
            tooltip=[alt.Tooltip("class:N"), alt.Tooltip("x:Q"), alt.Tooltip("y:Q")],
        )
        .properties(height=260)
    )
