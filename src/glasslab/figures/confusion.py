"""Confusion matrices: which classes are taken for which, a panel a variant, mistakes on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasslab.analysis.mistakes import Confusion
from glasslab.analysis.numbers import count, counted, share
from glasslab.figures.colours import STEPS
from glasslab.figures.figure import Figure, Panel
from glasslab.figures.rounding import rounded
from glasslab.figures.theme import INK, SOFT, finished, inline

WRITTEN = 12  # with more classes than this the cells are too small for figures
TILTED_FROM = 36  # signs that the names of the classes have together; fewer stand side by side


@dataclass(frozen=True, slots=True)
class Mistaken:
    """The commonest mistake.

    Attributes:
        variant: whose.
        true: the class that it was.
        predicted: the class that it was taken for.
        share: of the true class's examples, 0 to 1.
    """

    variant: str
    true: str
    predicted: str
    share: float


def row_shares(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Returns counts [true, predicted] as shares of each row; a class without examples has zeros."""
    total = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return np.asarray(counts / total, dtype=np.float64)


def commonest(found: Sequence[Confusion]) -> Mistaken | None:
    """Returns the mistake that takes the largest share of its class; None where there is no mistake."""
    best: Mistaken | None = None
    for each in found:
        shares = row_shares(each.counts)
        np.fill_diagonal(shares, 0.0)
        true, predicted = np.unravel_index(int(shares.argmax()), shares.shape)
        largest = float(shares[true, predicted])
        if largest > (best.share if best else 0.0):
            best = Mistaken(each.variant, each.classes[true], each.classes[predicted], largest)
    return best


def draw(found: Sequence[Confusion]) -> Figure:
    """Returns the figure."""
    worst = commonest(found)
    top = worst.share if worst else 0.01
    tilted = any(sum(map(len, each.classes)) > TILTED_FROM for each in found)
    height = 40 + min(30 * len(found[0].classes), 420)
    panels = tuple(
        Panel(
            each.variant,
            finished(chart(each, top, height - 40)),
            height + (60 if tilted else 30),
            note=f"{counted(each.runs, 'run')}, {count(int(each.counts.sum()))} predictions",
        )
        for each in found
    )
    return Figure(
        "confusion", title(worst), caption(top), alternative(found, worst), panels, min(2, len(found))
    )


def title(worst: Mistaken | None) -> str:
    """Returns the finding."""
    if worst is None:
        return "No test example was taken for another class"
    return (
        f"The commonest mistake: {worst.true} taken for {worst.predicted}, {share(worst.share)} of"
        f" its examples ({worst.variant})"
    )


def caption(top: float) -> str:
    """Returns how to read the figure."""
    return (
        "Rows: the true class; columns: what it was taken for. Figures are shares of a row in per cent, over"
        f" all runs of the variant. Mistakes are coloured up to {share(top)}, what is right is"
        " grey, what never happened is left blank."
    )


def alternative(found: Sequence[Confusion], worst: Mistaken | None) -> str:
    """Returns the figure in words."""
    right = ", ".join(
        f"{each.variant} {share(float(np.trace(each.counts) / each.counts.sum()), 2)}" for each in found
    )
    return f"Confusion matrices. {title(worst)}. Right in all: {right}."


def chart(found: Confusion, top: float, height: int) -> Any:
    """Returns one variant's matrix."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    classes = list(found.classes)
    scale = alt.Scale(domain=classes, paddingInner=0.04, paddingOuter=0.02)
    steps = alt.Scale(type="quantize", domain=[0, 100 * top], range=[f"var(--m{i})" for i in range(STEPS)])
    inks = alt.Scale(type="quantize", domain=[0, 100 * top], range=[f"var(--n{i})" for i in range(STEPS)])
    plain: dict[str, Any] = {
        "labelColor": INK,
        "domain": False,
        "ticks": False,
        "grid": False,
        "labelLimit": 90,
    }
    tilted = sum(map(len, classes)) > TILTED_FROM
    below = alt.Axis(**plain, labelAngle=-40 if tilted else 0, labelAlign="right" if tilted else "center")
    written = "shown === 'counts' ? format(datum.count, 'd') : datum.share"  # the page's switch sets `shown`
    base = (
        alt.Chart(inline(cells(found)))
        .transform_calculate(said=written)
        .encode(
            x=alt.X("predicted:N", sort=classes, scale=scale, title="taken for", axis=below),
            y=alt.Y("true:N", sort=classes, scale=scale, title="true class", axis=alt.Axis(**plain)),
            tooltip=[
                alt.Tooltip("true:N", title="true class"),
                alt.Tooltip("predicted:N", title="taken for"),
                alt.Tooltip("count:Q"),
                alt.Tooltip("percent:Q", title="share of row, %"),
            ],
        )
    )
    off, on = base.transform_filter("datum.off"), base.transform_filter("!datum.off")
    layers = [
        off.transform_filter("datum.count > 0")
        .mark_rect()
        .encode(color=alt.Color("percent:Q", scale=steps, legend=None)),
        on.mark_rect(fill="var(--grid)"),
    ]
    if len(classes) <= WRITTEN:
        size = 12 if len(classes) > 5 else 14
        layers += [
            off.transform_filter("datum.count > 0")
            .mark_text(fontSize=size)
            .encode(text=alt.Text("said:N"), color=alt.Color("percent:Q", scale=inks, legend=None)),
            on.mark_text(fontSize=size, color=SOFT).encode(text=alt.Text("said:N")),
        ]
    shown = alt.param(name="shown", value="shares")
    return alt.layer(*layers).resolve_scale(color="independent").add_params(shown).properties(height=height)


def cells(found: Confusion) -> list[dict[str, Any]]:
    """Returns the chart's data: a row a cell."""
    shares = row_shares(found.counts)
    return [
        {
            "true": true,
            "predicted": predicted,
            "count": int(found.counts[row, column]),
            "percent": rounded(100 * float(shares[row, column])),
            "share": said(float(shares[row, column])),
            "off": row != column,
        }
        for row, true in enumerate(found.classes)
        for column, predicted in enumerate(found.classes)
    ]


def said(part: float) -> str:
    """Returns a share in per cent for a cell, without its unit."""
    return f"{100 * part:.1f}" if 0.0005 <= part < 0.9995 else f"{100 * part:.0f}"
