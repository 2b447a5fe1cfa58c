"""How every chart looks: type, axes, grid; colours are CSS variables of the page it stands in."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

# Named fonts come first where a system has them; "Arial" finds a metric match on most Linux systems.
FONT = "-apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
INK, SOFT, LINE, GRID, PAPER = "var(--ink)", "var(--soft)", "var(--line)", "var(--grid)", "var(--paper)"

CONFIG: dict[str, Any] = {
    "aria": False,  # the page gives each figure one text alternative, not one a mark
    "background": None,
    "font": FONT,
    "view": {"stroke": None, "continuousHeight": 240, "discreteHeight": 240},
    "axis": {
        "labelColor": SOFT,
        "labelFontSize": 13,
        "labelPadding": 6,
        "titleColor": SOFT,
        "titleFontSize": 13,
        "titleFontWeight": "normal",
        "titlePadding": 10,
        "gridColor": GRID,
        "domainColor": LINE,
        "tickColor": LINE,
        "tickSize": 4,
        "labelFlush": False,
    },
    "axisY": {"domain": False, "ticks": False},
    "axisX": {"grid": False},
    "text": {"color": INK, "fontSize": 13},
}


def finished(chart: Any) -> dict[str, Any]:
    """Returns an Altair chart's specification with the theme, as wide as its container."""
    made: dict[str, Any] = chart.properties(width="container").to_dict(validate=False)
    made.pop("$schema", None)
    made["config"] = CONFIG
    made["autosize"] = {"type": "fit-x", "contains": "padding"}
    made["padding"] = {"left": 0, "right": 2, "top": 4, "bottom": 2}
    return made


def unchecked() -> AbstractContextManager[None]:
    """Returns a context in which Altair does not check each part of a chart against Vega-Lite's schema.

    That takes as long as all else that Altair does; the charts' own tests draw with the check.
    """
    from altair.utils.schemapi import debug_mode  # noqa: PLC0415 loaded only to draw

    unchecking: AbstractContextManager[None] = debug_mode(False)
    return unchecking


def inline(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Returns rows as a chart's data.

    As a tuple, which Altair hands on as it is; a list it copies, row by row, whenever a layer is added.
    """
    import altair as alt  # noqa: PLC0415 loaded only to draw

    return alt.InlineData(values=tuple(rows))


def at_x(place: float | str) -> Any:
    """Returns the channel of marks that all stand so many pixels from the left, or at the "width"."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    return alt.XValue(place)  # type: ignore[no-untyped-call]


def at_y(place: float | str) -> Any:
    """Returns the channel of marks that all stand so many pixels from the top."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    return alt.YValue(place)  # type: ignore[no-untyped-call]


def pointed_out() -> Any:
    """Returns the parameter that holds the variant being pointed at; the page's script sets it."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    return alt.param(name="pointed", value="")


def dimmed(least: float, full: float = 1.0) -> Any:
    """Returns an opacity: full, but `least` while another variant is being pointed at."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    told = "pointed === '' || pointed === datum.variant"
    return alt.OpacityValue(least, condition={"test": told, "value": full})
