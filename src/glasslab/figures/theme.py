"""How every chart looks: type, axes, grid; colours are CSS variables of the page it stands in."""

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


def pointed_out() -> Any:
    """Returns the parameter that holds the variant being pointed at; the page's script sets it."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    return alt.param(name="pointed", value="")


def dimmed(least: float, full: float = 1.0) -> Any:
    """Returns an opacity: full, but `least` while another variant is being pointed at."""
    import altair as alt  # noqa: PLC0415 loaded only to draw

    told = "pointed === '' || pointed === datum.variant"
    return alt.condition(told, alt.value(full), alt.value(least))
