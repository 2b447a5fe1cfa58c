"""Settings: frozen structs read from plain tables, every problem found at once and said in words.

msgspec checks a value against its annotated type; what it leaves out is done here: all problems instead
of the first, the nearest known name, and refusing NaN.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar, get_args

import msgspec
from msgspec import Meta
from msgspec import inspect as shapes

from glasslab.errors import nearest

Positive = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]
Fraction = Annotated[float, Meta(ge=0, lt=1)]
Count = Annotated[int, Meta(ge=1)]
Whole = Annotated[int, Meta(ge=0)]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of every settings struct: immutable, closed to unknown fields."""


S = TypeVar("S", bound=Settings)


class Part(msgspec.Struct, frozen=True):
    """One line of a table of parts: what a part is set by, and what builds it.

    Attributes:
        settings: the struct of its settings, without torch.
        builder: "module:function", imported only when a run needs it.
    """

    settings: type[Settings]
    builder: str


@dataclass(frozen=True, slots=True)
class Problems:
    """Collects what is wrong with a study, one sentence each, so that all of it is said at once.

    Attributes:
        file: how the sentences name the study.
        places: where a setting was really written, when not in the table it belongs to:
            "[recipe] lr" -> "[variants] fast: recipe.lr".
        found: the sentences so far.
    """

    file: str
    places: Mapping[str, str] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)

    def add(self, place: str, rule: str) -> None:
        """Notes that `place` ("[recipe] lr") breaks `rule` ("must be above 0, got -0.1"), once."""
        sentence = f"{self.file} {self.places.get(place, place)}: {rule}"
        if sentence not in self.found:
            self.found.append(sentence)


def read(kind: type[S], table: Mapping[str, Any], place: str, problems: Problems) -> S | None:
    """Returns `table` as a `kind`, or None after noting every problem in it.

    Args:
        kind: the struct to make.
        table: keys and plain values as TOML gives them.
        place: how messages name the table, such as "[recipe]".
        problems: receives a sentence for every unknown key, wrong value and missing key.
    """
    fields = {f.name: f for f in msgspec.structs.fields(kind)}
    before = len(problems.found)
    for key in table.keys() - fields.keys():
        problems.add(f"{place} {key}", f"is not a setting here{nearest(key, fields)}")
    values = {}
    for name, each in fields.items():
        if name not in table:
            if each.required:
                problems.add(f"{place} {name}", "is missing; it needs " + describe(each.type))
            continue
        wrong = fault(table[name], each.type)
        if wrong:
            problems.add(f"{place} {name}", wrong)
        else:
            values[name] = msgspec.convert(table[name], each.type)
    return kind(**values) if len(problems.found) == before else None


def fault(value: Any, annotation: Any) -> str | None:
    """Returns what is wrong with `value` for a setting of this type, or None when it is right."""
    if any(isinstance(v, float) and not math.isfinite(v) for v in leaves(value)):
        return f"must be {describe(annotation)}, got {show(value)} (NaN and infinity are refused)"
    try:
        msgspec.convert(value, annotation)
    except msgspec.ValidationError:
        return f"must be {describe(annotation)}, got {show(value)}{hint(value, annotation)}"
    return None


def leaves(value: Any) -> Iterator[Any]:
    """Yields every plain value inside nested lists and tables."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from leaves(inner)
    else:
        yield value


def show(value: Any) -> str:
    """Returns a value as one would write it in TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(show(v) for v in value) + "]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{k} = {show(v)}" for k, v in value.items()) + " }"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def hint(value: Any, annotation: Any) -> str:
    """Returns the nearest known word when one of a fixed set of words was meant."""
    words = [w for w in literal_words(shapes.type_info(annotation)) if isinstance(w, str)]
    close = nearest(value, words) if isinstance(value, str) and words else ""
    return close if close.startswith("; did") else ""


def literal_words(kind: shapes.Type) -> list[Any]:
    """Returns the words a setting of this type may be, empty where it is not one of fixed words."""
    if isinstance(kind, shapes.LiteralType):
        return list(kind.values)
    if isinstance(kind, shapes.UnionType):
        return [w for t in kind.types for w in literal_words(t)]
    if isinstance(kind, shapes.VarTupleType | shapes.ListType):
        return literal_words(kind.item_type)
    return []


def describe(annotation: Any) -> str:
    """Returns in words what a setting of this type accepts: "a whole number of 1 or more"."""
    return in_words(shapes.type_info(annotation))


def in_words(kind: shapes.Type) -> str:
    """Returns in words what a value of this inspected type may be."""
    match kind:
        case shapes.BoolType():
            return "true or false"
        case shapes.IntType():
            return "a whole number" + bounds(kind)
        case shapes.FloatType():
            return "a number" + bounds(kind)
        case shapes.StrType():
            return "a text"
        case shapes.LiteralType():
            return "one of " + ", ".join(show(v) for v in kind.values)
        case shapes.VarTupleType() | shapes.ListType():
            some = "one or more of " if (kind.min_length or 0) > 0 else ""
            return f"a list of {some}[{in_words(kind.item_type)}]"
        case shapes.TupleType():
            return "a list of " + ", ".join(in_words(t) for t in kind.item_types)
        case shapes.UnionType():
            shown = [in_words(t) for t in kind.types if not isinstance(t, shapes.NoneType)]
            return " or ".join(shown)
        case _:
            return "a table"


def bounds(kind: shapes.IntType | shapes.FloatType) -> str:
    """Returns the range of a number in words, beginning with a space; empty where it has none."""
    low, high = lower_bound(kind), upper_bound(kind)
    return " " + " and ".join(b for b in (low, high) if b) if low or high else ""


def lower_bound(kind: shapes.IntType | shapes.FloatType) -> str:
    """Returns "above 0" or "of 0 or more", empty without a lower bound."""
    if kind.gt is not None:
        return f"above {kind.gt:g}"
    return f"of {kind.ge:g} or more" if kind.ge is not None else ""


def upper_bound(kind: shapes.IntType | shapes.FloatType) -> str:
    """Returns "below 1" or "at most 1", empty without an upper bound."""
    if kind.lt is not None:
        return f"below {kind.lt:g}"
    return f"at most {kind.le:g}" if kind.le is not None else ""


def plain(settings: Settings) -> dict[str, Any]:
    """Returns settings as a table of plain values, tag first, in the struct's order; None is left out."""
    table: dict[str, Any] = msgspec.to_builtins(settings)
    return {key: value for key, value in table.items() if value is not None}


def kinds(union: Any) -> tuple[type[Settings], ...]:
    """Returns the structs of a union of settings, or the one struct itself."""
    return get_args(union) or (union,)
