"""The grid: lists of values, and the variants that all their combinations make."""

import itertools
import re
from collections.abc import Mapping
from typing import Any

from glasslab.plan.settings import Problems, show
from glasslab.plan.tables import flat, merged, nested

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
LONGEST_NAME = 80


def value_name(value: Any) -> str:
    """Returns a setting's value as part of a variant's name: 0.001, relu, 128x64."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "x".join(value_name(each) for each in value) or "none"
    return re.sub(r"[^A-Za-z0-9._+-]", "_", str(value))


def expand_grid(grid: Mapping[str, Any], problems: Problems) -> dict[str, dict[str, Any]]:
    """Returns a variant's changes for every combination of the grid's values, by name.

    Names are the values joined with "-", the last list varying fastest.

    Args:
        grid: nested tables ending in lists.
        problems: receives a sentence for a value that is no list, an empty list, or a value named twice.
    """
    axes = flat(grid)
    before = len(problems.found)
    if not axes:
        problems.add("[grid]", "is empty; give it a list, such as recipe.lr = [1e-3, 1e-2], or leave it out")
    for name, values in axes.items():
        if not isinstance(values, list):
            problems.add(f"[grid] {name}", f"must be a list of values to try, got {show(values)}")
        elif not values:
            problems.add(f"[grid] {name}", "is an empty list; give it at least one value")
        elif len({value_name(v) for v in values}) < len(values):
            problems.add(f"[grid] {name}", f"names a value twice: {show(values)}")
    if len(problems.found) > before:
        return {}
    return {
        "-".join(value_name(v) for v in values): nested(dict(zip(axes, values, strict=True)))
        for values in itertools.product(*axes.values())
    }


def crossed(
    variants: Mapping[str, Mapping[str, Any]], grid: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Returns every variant combined with every point of the grid, named "variant-point"."""
    return {
        f"{name}-{point}": merged(changes, more)
        for name, changes in variants.items()
        for point, more in grid.items()
    }


def check_names(variants: Mapping[str, Any], problems: Problems) -> None:
    """Notes variant names that could not stand in a folder's name on every system."""
    for name in variants:
        if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
            problems.add(
                f"[variants] '{name}'",
                f"a name is at most {LONGEST_NAME} letters, digits and . _ + -, and begins with no sign",
            )
