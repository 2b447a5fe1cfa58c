"""Calibration: accuracy against confidence, and how often each confidence is given."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glasslab.analysis.calibration import BINS, Calibration
from glasslab.analysis.numbers import counted, share
from glasslab.figures.colours import Colours
from glasslab.figures.figure import Figure, Panel
from glasslab.figures.rounding import rounded
from glasslab.figures.theme import LINE, PAPER, dimmed, finished, inline, pointed_out

HEIGHT = 260  # of a panel's axes, pixels
FEW = 20  # predictions below which a bin's accuracy is little more than chance


def draw(found: Sequence[Calibration], colours: Colours) -> Figure:
    """Returns the figure."""
    panels = (
        Panel("How often it is right", finished(reliability(found, colours)), HEIGHT + 60),
        Panel("How often it is so sure", finished(histogram(found, colours)), HEIGHT + 60),
    )
    errors = ", ".join(f"{each.variant} {share(each.error)}" for each in found)
    title = f"Expected calibration error: {errors}"
    caption = (
        f"Test predictions by the probability of the predicted class, in {BINS} bins of equal width; all "
        f"runs of a variant together. Left: the share that is right against the mean confidence of each bin; "
        f"on the dashed line a network is right as often as it says, below it overconfident. Hollow: fewer "
        f"than {FEW} predictions. Right: each bin's share of the predictions, on a logarithmic scale."
    )
    return Figure("calibration", title, caption, alternative(found), panels, 2)


def alternative(found: Sequence[Calibration]) -> str:
    """Returns the figure in words."""
    said = "; ".join(
        f"{each.variant}: {share(each.sure)} sure, {share(each.right)} right, "
        f"{counted(int(each.counts.sum()), 'prediction')}"
        for each in found
    )
    return f"Accuracy against confidence. {said}."


def reliability(found: Sequence[Calibration], colours: Colours) -> Any:
    """Returns accuracy against confidence, with the line on which both are equal."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    low = min(100 * float(np.nanmin(values)) for each in found for values in (each.confidence, each.accuracy))
    reach = [10 * int(low // 10), 100]
    scale = alt.Scale(domain=reach, nice=False, zero=False)
    x = alt.X("sure:Q", title="confidence, %", scale=scale, axis=alt.Axis(tickCount=5))
    y = alt.Y("right:Q", title="right, %", scale=scale, axis=alt.Axis(tickCount=5))
    colour = alt.Color("colour:N", scale=None)
    even = alt.Chart(inline([{"sure": at, "right": at} for at in reach]))
    base = alt.Chart(inline(rows(found, colours))).encode(x=x, y=y)
    points = base.mark_point(size=48, strokeWidth=1.6, opacity=1).encode(
        stroke=colour,
        fill=alt.Fill("fill:N", scale=None),
        opacity=dimmed(0.15),
        tooltip=[
            alt.Tooltip("variant:N"),
            alt.Tooltip("sure:Q", title="confidence, %", format=".1f"),
            alt.Tooltip("right:Q", title="right, %", format=".1f"),
            alt.Tooltip("count:Q", title="predictions"),
        ],
    )
    layers = [
        even.mark_line(color=LINE, strokeDash=[5, 4]).encode(x=x, y=y),
        base.mark_line(strokeWidth=1.6).encode(
            color=colour, detail=alt.Detail("variant:N"), opacity=dimmed(0.15)
        ),
        points,
    ]
    return alt.layer(*layers).add_params(pointed_out()).properties(height=HEIGHT)


def histogram(found: Sequence[Calibration], colours: Colours) -> Any:
    """Returns each bin's share of the predictions."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    data = rows(found, colours)
    low = min(row["sure"] for row in data)
    x = alt.X(
        "middle:Q",
        title="confidence, %",
        scale=alt.Scale(domain=[10 * int(low // 10), 100], nice=False, zero=False),
        axis=alt.Axis(tickCount=5),
    )
    least = 10.0 ** np.floor(np.log10(min(row["share"] for row in data)))
    y = alt.Y(
        "share:Q",
        title="of the predictions, %",
        scale=alt.Scale(type="log", domain=[min(least, 1.0), 100], nice=False),
        axis=alt.Axis(values=[10.0**power for power in range(-4, 3)], format="~g"),
    )
    base = alt.Chart(inline(data)).encode(x=x, y=y, color=alt.Color("colour:N", scale=None))
    layers = [
        base.mark_line(strokeWidth=1.6).encode(detail=alt.Detail("variant:N"), opacity=dimmed(0.15)),
        base.mark_circle(size=40, opacity=1).encode(
            opacity=dimmed(0.15),
            tooltip=[
                alt.Tooltip("variant:N"),
                alt.Tooltip("share:Q", title="of the predictions, %", format=".3g"),
                alt.Tooltip("count:Q", title="predictions"),
            ],
        ),
    ]
    return alt.layer(*layers).add_params(pointed_out()).properties(height=HEIGHT)


def rows(found: Sequence[Calibration], colours: Colours) -> list[dict[str, Any]]:
    """Returns the charts' data: a row for each variant and bin that is not empty."""
    return [
        {
            "variant": each.variant,
            "sure": rounded(100 * float(each.confidence[place])),
            "right": rounded(100 * float(each.accuracy[place])),
            "middle": rounded(100 * (place + 0.5) / BINS),
            "count": int(each.counts[place]),
            "share": rounded(100 * float(each.counts[place] / each.counts.sum())),
            "colour": colours.mark(each.variant),
            "fill": colours.mark(each.variant) if each.counts[place] >= FEW else PAPER,
        }
        for each in found
        for place in range(BINS)
        if each.counts[place]
    ]
