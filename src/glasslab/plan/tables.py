"""Nested tables of plain values, as TOML gives them: merging and dotted names."""

from collections.abc import Iterable, Mapping, Sequence
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
    """Returns a nested table under dotted names: {"recipe": {"lr": 1}} is {"recipe.lr": 1}.

    An empty table in it stays, as a value.
    """
    result: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            result.update(flat(value, f"{prefix}{key}."))
        else:
            result[prefix + key] = value
    return result


def nested(dotted: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the nested table of dotted names, the opposite of `flat`; a later name goes over an earlier."""
    return merged({}, *(single(name.split("."), value) for name, value in dotted.items()))


def single(keys: Sequence[str], value: Any) -> dict[str, Any]:
    """Returns the nested table that holds one value under these keys."""
    first, *rest = keys
    return {first: single(rest, value) if rest else value}


def without(table: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Returns a nested table without what stands at, below or above any of these dotted names."""
    gone = tuple(names)
    result: dict[str, Any] = {}
    for key, value in table.items():
        below = [name.removeprefix(f"{key}.") for name in gone if name.startswith(f"{key}.")]
        if isinstance(value, Mapping) and key not in gone:
            result[key] = without(value, below)
        elif not below and key not in gone:
            result[key] = value
    return result
