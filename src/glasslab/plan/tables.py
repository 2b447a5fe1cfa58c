"""Nested tables of plain values, as TOML gives them: merging and dotted names."""

from collections.abc import Mapping
from typing import Any


def merged(base: Mapping[str, Any], *changes: Mapping[str, Any]) -> dict[str, Any]:
    """Returns `base` with each of the changes laid over it in turn; tables merge, other values replace."""
    result = {key: merged(value) if isinstance(value, Mapping) else value for key, value in base.items()}
    for change in changes:
        for key, value in change.items():
            below = result.get(key)
            if isinstance(value, Mapping):
                result[key] = merged(below if isinstance(below, Mapping) else {}, value)
            else:
                result[key] = value
    return result


def flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Returns a nested table under dotted names: {"recipe": {"lr": 1}} is {"recipe.lr": 1}."""
    result: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            result.update(flat(value, f"{prefix}{key}."))
        else:
            result[prefix + key] = value
    return result


def nested(dotted: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the nested table of dotted names, the opposite of `flat`."""
    result: dict[str, Any] = {}
    for name, value in dotted.items():
        *parents, last = name.split(".")
        table = result
        for parent in parents:
            table = table.setdefault(parent, {})
        table[last] = value
    return result
