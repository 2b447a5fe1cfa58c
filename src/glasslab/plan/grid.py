"""The grid: lists of values, and the variants that all their combinations make."""

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from glasslab.plan.settings import Problems, show
from glasslab.plan.tables import flat, merged, nested, without

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
LONGEST_NAME = 80
MOST_VARIANTS = 10_000
MOST_TOLD = 5  # wrong names that are told of

Changes = dict[str, dict[str, Any]]


def value_name(value: Any) -> str:
    """Returns a setting's value as part of a variant's name: 0.001, relu, 128x64."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "x".join(value_name(each) for each in value) or "none"
    return re.sub(r"[^A-Za-z0-9._+-]", "_", str(value))


def expand_grid(grid: Mapping[str, Any], problems: Problems) -> Changes:
    """Returns a variant's changes for every combination of the grid's values, by name.

    Names are the values joined with "-", the last list varying fastest.

    Args:
        grid: nested tables ending in lists, or lists under dotted names.
        problems: receives a sentence for a value that is no list, an empty list, values that would give two
            variants one name, and more combinations than can be meant.
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
        elif repeated(value_name(v) for v in values) is not None:
            problems.add(f"[grid] {name}", f"holds two values that make the same name: {show(values)}")
    if len(problems.found) > before:
        return {}
    points = list(itertools.islice(itertools.product(*axes.values()), MOST_VARIANTS + 1))
    named = [
        ("-".join(value_name(v) for v in values), nested(dict(zip(axes, values, strict=True))))
        for values in points
    ]
    return told_apart(named, problems)


def crossed(variants: Mapping[str, Mapping[str, Any]], grid: Changes, problems: Problems) -> Changes:
    """Returns every variant combined with every point of the grid, named "variant-point"."""
    axes = {name: None for point in grid.values() for name in flat(point)}
    for name, changes in variants.items():
        for axis in axes:
            if without(changes, [axis]) != nested(flat(changes)):
                problems.add(f"[grid] {axis}", f"is set by the variant '{name}' too; leave it to one of them")
    pairs = itertools.product(variants.items(), grid.items())
    made = itertools.islice(pairs, MOST_VARIANTS + 1)
    return told_apart([(f"{v}-{p}", merged(changes, more)) for (v, changes), (p, more) in made], problems)


def told_apart(named: Sequence[tuple[str, dict[str, Any]]], problems: Problems) -> Changes:
    """Returns variants by name; none after noting that names stand twice or that they are beyond number."""
    twice = repeated(name for name, _ in named)
    if len(named) > MOST_VARIANTS:
        problems.add("[grid]", f"makes more than {MOST_VARIANTS:,} variants; leave some values out")
        return {}
    if twice is not None:
        problems.add("[grid]", f"makes two variants of the name '{twice}'; name them in [variants] instead")
        return {}
    return dict(named)


def repeated(names: Iterable[str]) -> str | None:
    """Returns the first name that stands twice, None where each stands once."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def check_names(names: Iterable[str], place: str, problems: Problems) -> None:
    """Notes names of variants that could not stand in a folder's name on every system."""
    wrong = (name for name in names if not NAME.fullmatch(name) or len(name) > LONGEST_NAME)
    for name in itertools.islice(wrong, MOST_TOLD):
        problems.add(
            f"{place} {show(name)}",
            f"a variant's name is at most {LONGEST_NAME} letters a to z, digits and . _ + -, "
            "and begins with a letter or digit",
        )
