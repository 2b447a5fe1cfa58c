"""Plain values: what a study file can hold, also where the study comes from Python."""

import datetime
import os
from collections.abc import Mapping
from typing import Any

from glasslab.plan.settings import Problems, show

LARGEST_WHOLE = 2**63 - 1  # TOML's whole numbers have 64 bits
DEEPEST = 16


def plain_tables(tables: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
    """Returns a study's tables in TOML's own types, after noting what has no place in them.

    Top-level keys that are None are left out. Tuples, ranges and NumPy's arrays become lists, paths texts.
    """
    given = {key: value for key, value in tables.items() if value is not None}
    plain: dict[str, Any] = plain_table(given, "", problems)
    return plain


def plain_table(table: Mapping[Any, Any], place: str, problems: Problems, depth: int = 0) -> dict[str, Any]:
    """Returns one table in TOML's own types, after noting what has no place in it."""
    plain = {}
    for key, value in table.items():
        if not isinstance(key, str) or not is_utf8(key):
            problems.add(place or "the study", f"names are texts, got {show(key)}; put it in quotes")
            continue
        plain[str(key)] = plain_value(value, place_of(place, key, value), problems, depth + 1)
    return plain


def place_of(place: str, key: str, value: Any) -> str:
    """Returns how messages name a key below a place: "[net]" and "widths" are "[net] widths"."""
    if not place:
        return f"[{key}]" if isinstance(value, Mapping) else key
    return f"{place} {key}" if place.endswith("]") else f"{place}.{key}"


def plain_value(value: Any, place: str, problems: Problems, depth: int = 0) -> Any:
    """Returns a value in TOML's own types, or None after noting that it has none."""
    if depth > DEEPEST and isinstance(value, Mapping | list | tuple):
        problems.add(place, f"holds tables or lists within each other more than {DEEPEST} deep")
        return None
    if isinstance(value, Mapping):
        return plain_table(value, place, problems, depth)
    if isinstance(value, list | tuple | range):
        return [plain_value(each, place, problems, depth + 1) for each in value]
    if hasattr(value, "tolist"):  # NumPy's arrays and scalars, without importing it
        return plain_value(value.tolist(), place, problems, depth + 1)
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    wrong = not_plain(value)
    if wrong:
        problems.add(place, wrong)
        return None
    return next(kind(value) for kind in (bool, int, float, str) if isinstance(value, kind))


def not_plain(value: Any) -> str | None:
    """Returns why a value cannot stand in a study file, or None when it can."""
    if is_date(value):
        return f"no setting is a date or a time, got {value}; a text stands in quotes"
    if value is None:
        return "is None; leave out what is not set"
    if not isinstance(value, bool | int | float | str):
        return f"must be a text, a number, true or false, a list or a table, got a {type(value).__name__}"
    if isinstance(value, int) and abs(value) > LARGEST_WHOLE:
        return "is too large a whole number; it has more than 64 bits"
    if isinstance(value, str) and not is_utf8(value):
        return "holds a character that UTF-8 cannot write"
    return None


def is_date(value: Any) -> bool:
    """Returns whether a value is one of TOML's dates and times."""
    return isinstance(value, datetime.date | datetime.time)


def is_utf8(text: str) -> bool:
    """Returns whether a text can be written as UTF-8, which half a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
