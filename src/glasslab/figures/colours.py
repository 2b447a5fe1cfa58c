"""Colours: one a variant, the same in every chart, table and gallery of a report.

Charts name colours as CSS variables ("var(--v1)"), so that one drawing serves on a light and a dark ground.
The first eight are Okabe and Ito's (2008), each made lighter or darker until it stands out from its ground
by 3:1 and its text by 4.5:1, and yellow and black replaced by two greys, which stay apart for every eye.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from glasslab.plan.study import Study

Pair = tuple[str, str]  # on a light ground, on a dark one

MARKS: tuple[Pair, ...] = (
    ("#0b66b5", "#4f9ff5"),  # blue
    ("#b94700", "#f07a30"),  # vermillion
    ("#26a386", "#6fdcbb"),  # bluish green
    ("#7d2477", "#dd74b2"),  # reddish purple
    ("#d0800f", "#f7b64f"),  # orange
    ("#2b9be2", "#8fd0ff"),  # sky blue
    ("#33383f", "#dde1e6"),  # in black's place
    ("#8a8f97", "#868d97"),  # in yellow's place
)
TEXTS: tuple[Pair, ...] = (
    ("#0b5fa8", "#6fb1f8"),
    ("#a84000", "#f48a47"),
    ("#12775f", "#6fdcbb"),
    ("#7d2477", "#e487be"),
    ("#8f5800", "#f7b64f"),
    ("#1173b4", "#8fd0ff"),
    ("#33383f", "#dde1e6"),
    ("#666b73", "#9aa1ab"),
)
# Ten evenly spaced colours of viridis (van der Walt and Smith, 2015; in the public domain by CC0).
VIRIDIS = (
    "#440154", "#482878", "#3e4a89", "#31688e", "#26828e",
    "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725",
)  # fmt: skip
ON_LIGHT, ON_DARK = (0.0, 0.58), (0.34, 1.0)  # the stretches of viridis that stand out by 3:1
STEPS = 9  # of the scale of heat maps: one reads values from steps more surely than from a continuum


@dataclass(frozen=True, slots=True)
class Colours:
    """The colour of each variant.

    Attributes:
        places: each variant's place among the colours, from 0; twins share one.
        sequential: whether there are too many for colours of their own, so that they follow a scale.
    """

    places: Mapping[str, int]
    sequential: bool

    def mark(self, variant: str) -> str:
        """Returns the colour of a variant's marks."""
        return f"var(--v{self.places[variant] + 1})"

    def text(self, variant: str) -> str:
        """Returns the colour of a variant's name: ink where colours follow a scale."""
        return "var(--ink)" if self.sequential else f"var(--t{self.places[variant] + 1})"

    def variables(self, dark: bool) -> dict[str, str]:
        """Returns the CSS variables that the colours are, for one of the two grounds."""
        side = 1 if dark else 0
        count = len(set(self.places.values()))
        if not self.sequential:
            found = {f"--v{i + 1}": MARKS[i][side] for i in range(count)}
            return found | {f"--t{i + 1}": TEXTS[i][side] for i in range(count)}
        low, high = ON_DARK if dark else ON_LIGHT
        return {f"--v{i + 1}": viridis(low + (high - low) * i / (count - 1)) for i in range(count)}


def colours(study: Study) -> Colours:
    """Returns a colour for each variant; twins share their first one's."""
    twins = study.twins()
    own = [variant.name for variant in study.variants if variant.name not in twins]
    sequential = len(own) > len(MARKS)
    ordered = in_order(study, own) if sequential else own
    places = {name: place for place, name in enumerate(ordered)}
    return Colours(places | {twin: places[first] for twin, first in twins.items()}, sequential)


def in_order(study: Study, names: list[str]) -> list[str]:
    """Returns variants by the one number that differs between them, or as the study has them."""
    values = {name: numbers(study, name) for name in names}
    if len(study.differing()) == 1 and all(len(value) == 1 for value in values.values()):
        return sorted(names, key=lambda name: values[name])
    return names


def numbers(study: Study, name: str) -> tuple[float, ...]:
    """Returns a variant's values of the settings that differ, those that are numbers."""
    settings = study.variant(name).settings()
    found = (settings.get(setting) for setting in study.differing())
    return tuple(float(v) for v in found if isinstance(v, int | float) and not isinstance(v, bool))


def viridis(at: float) -> str:
    """Returns the colour at a place from 0 to 1 of viridis, between the ten known ones by straight lines."""
    position = min(max(at, 0.0), 1.0) * (len(VIRIDIS) - 1)
    lower = min(int(position), len(VIRIDIS) - 2)
    below, above = rgb(VIRIDIS[lower]), rgb(VIRIDIS[lower + 1])
    mixed = (round(a + (b - a) * (position - lower)) for a, b in zip(below, above, strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def rgb(colour: str) -> tuple[int, int, int]:
    """Returns the channels, 0 to 255, of a colour written "#rrggbb"."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def steps(dark: bool) -> dict[str, str]:
    """Returns the CSS variables of the heat maps' scale, with the ink that reads on each step.

    "Little" is near the ground and "much" far from it, so the scale runs the other way on a dark ground.
    """
    found = {}
    for step in range(STEPS):
        at = step / (STEPS - 1)
        colour = viridis(0.04 + 0.94 * at if dark else 0.98 - 0.94 * at)
        found[f"--m{step}"] = colour
        found[f"--n{step}"] = max(("#ffffff", "#14171b"), key=lambda ink: contrast(colour, ink))
    return found


def contrast(one: str, other: str) -> float:
    """Returns the contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    """Returns a colour's relative luminance, 0 to 1 (WCAG 2.2)."""
    shares = (channel / 255 for channel in rgb(colour))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
