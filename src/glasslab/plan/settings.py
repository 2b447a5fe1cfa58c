"""Settings: frozen structs read from plain tables, every problem found at once and said in words.

msgspec checks a value against its annotated type; what it leaves out is done here: all problems instead
of the first, the nearest known name, and refusing NaN.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Annotated, Any, TypeVar, get_args

import msgspec
from msgspec import Meta
from msgspec import inspect as shapes

from glasslab.errors import nearest
from glasslab.plan.toml_text import toml_value

Positive = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]
Fraction = Annotated[float, Meta(ge=0, lt=1)]
Count = Annotated[int, Meta(ge=1)]
Whole = Annotated[int, Meta(ge=0)]

LONGEST_SHOWN = 80


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

    def load(self) -> Any:
        """Returns the function that builds the part, importing its file now."""
        module, function = self.builder.split(":")
        return getattr(import_module(module), function)


def builder(parts: Mapping[str, Part], settings: Settings) -> Any:
    """Returns the function that builds what these settings describe, importing its file now."""
    return parts[part_name(settings)].load()


def part_name(settings: Settings | type[Settings]) -> str:
    """Returns the name that a study file chooses a part by: "adam"."""
    return str(settings.__struct_config__.tag)


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
        sentence = one_line(f"{self.file} {self.places.get(place, place)}: {rule}")
        if sentence not in self.found:
            self.found.append(sentence)


def is_plain(value: Any) -> bool:
    """Returns whether a value is a text that says something in one line, without control characters."""
    return isinstance(value, str) and bool(value.strip()) and value.isprintable()


def one_line(text: str) -> str:
    """Returns a text with line ends, and all else that does not print, written as escapes."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def read(
    kind: type[S],
    table: Mapping[str, Any],
    place: str,
    problems: Problems,
    parts: Mapping[str, Part] | None = None,
) -> S | None:
    """Returns `table` as a `kind`, or None after noting every problem in it.

    Args:
        kind: the struct to make.
        table: keys and plain values as TOML gives them.
        place: how messages name the table, such as "[recipe]".
        problems: receives a sentence for every unknown key, wrong value and missing key.
        parts: the table of parts that `kind` was chosen from, to say which of them take an unknown key.
    """
    fields = {f.name: f for f in msgspec.structs.fields(kind)}
    before = len(problems.found)
    for key in table:
        if key not in fields:
            others = takers(key, parts or {})
            rule = not_taken(kind, others) if others else f"is not a setting here{nearest(key, fields)}"
            problems.add(f"{place} {key}", rule)
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


def takers(key: str, parts: Mapping[str, Part]) -> list[str]:
    """Returns the names of the parts that take a setting of this name."""
    return [name for name, part in parts.items() if key in part.settings.__struct_fields__]


def not_taken(kind: type[Settings], others: Sequence[str]) -> str:
    """Returns what to say of a setting that a part does not take and these others do."""
    name, own = part_name(kind), ", ".join(kind.__struct_fields__)
    some = ", ".join(others[:3]) + (", ..." if len(others) > 3 else "")
    verb = "does" if len(others) == 1 else "do"
    return f"{name} does not take it ({some} {verb}); {name} takes {own or 'no settings'}"


def fault(value: Any, annotation: Any) -> str | None:
    """Returns what is wrong with `value` for a setting of this type, or None when it is right."""
    if not all_finite(value):
        return f"must be {describe(annotation)}, got {show(value)} (NaN and infinity are refused)"
    if not fits(value, annotation):
        return f"must be {describe(annotation)}, got {show(value)}{hint(value, annotation)}"
    return None


def fits(value: Any, annotation: Any) -> bool:
    """Returns whether a value is of an annotated type; true is no number, and 3.0 no whole number."""
    try:
        msgspec.convert(value, annotation)
    except msgspec.ValidationError:
        return False
    return True


def all_finite(value: Any) -> bool:
    """Returns whether no number in a value, however nested, is NaN or infinite."""
    return all(not isinstance(v, float) or math.isfinite(v) for v in leaves(value))


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
    """Returns a value as one would write it in TOML, cut where it is long."""
    text = written(value)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + "..."


def written(value: Any) -> str:
    """Returns a value as one would write it in TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(written(v) for v in value) + "]"
    if isinstance(value, Mapping):
        inner = ", ".join(f"{k} = {written(v)}" for k, v in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    return str(value)


def hint(value: Any, annotation: Any) -> str:
    """Returns what was probably meant, beginning with ";", empty where nothing suggests itself."""
    if not isinstance(value, list) and fits([value], annotation):
        return f"; write {show([value])}"
    if isinstance(value, str):
        words = [w for w in literal_words(shapes.type_info(annotation)) if isinstance(w, str)]
        close = nearest(value, words) if words else ""
        return close if close.startswith("; did") else unquoted(value, annotation)
    if isinstance(value, float) and value.is_integer() and fits(int(value), annotation):
        return f"; write {int(value)}"
    if isinstance(value, list) and value and all(fits(each, annotation) for each in value):
        return "; values to try in turn stand in [grid]"
    return ""


def unquoted(text: str, annotation: Any) -> str:
    """Returns a hint to leave out the quotes where a text writes a value that fits, else an empty text."""
    try:
        value = toml_value(text.lower())
    except ValueError:
        return ""
    fitting = not isinstance(value, str) and all_finite(value) and fits(value, annotation)
    return f"; write {show(value)}, without quotes" if fitting else ""


def literal_words(kind: shapes.Type) -> list[Any]:
    """Returns the words a setting of this type may be, empty where it is not one of fixed words."""
    if isinstance(kind, shapes.LiteralType):
        return list(kind.values)
    if isinstance(kind, shapes.UnionType):
        return [w for t in kind.types for w in literal_words(t)]
    if isinstance(kind, shapes.VarTupleType):
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
            words = [show(v) for v in kind.values]
            return "one of " + ", ".join(words) if len(words) > 1 else words[0]
        case shapes.VarTupleType():
            return f"a list{size(kind)}, each {in_words(kind.item_type)}"
        case shapes.TupleType():
            each = dict.fromkeys(in_words(t) for t in kind.item_types)
            return f"a list of {len(kind.item_types)}, each {' or '.join(each)}"
        case shapes.UnionType():
            shown = [in_words(t) for t in kind.types if not isinstance(t, shapes.NoneType)]
            return ", or ".join(shown)
        case _:
            raise TypeError(f"no words for a setting of type {kind}")


def bounds(kind: shapes.IntType | shapes.FloatType) -> str:
    """Returns the range of a number in words, beginning with a space; empty where it has none."""
    if kind.ge is not None and kind.le is not None:
        return f" from {kind.ge:g} to {kind.le:g}"
    low = f"above {kind.gt:g}" if kind.gt is not None else ""
    low = f"of {kind.ge:g} or more" if kind.ge is not None else low
    high = f"below {kind.lt:g}" if kind.lt is not None else ""
    high = f"at most {kind.le:g}" if kind.le is not None else high
    return " " + " and ".join(each for each in (low, high) if each) if low or high else ""


def size(kind: shapes.VarTupleType) -> str:
    """Returns how many entries a list may have in words, beginning with a space; empty where any."""
    least, most = kind.min_length or 0, kind.max_length
    if most is not None:
        return f" of {least} to {most}" if least else f" of at most {most}"
    return f" of {least} or more" if least else ""


def plain(settings: Settings) -> dict[str, Any]:
    """Returns settings as a table of plain values, tag first, in the struct's order; None is left out."""
    table: dict[str, Any] = msgspec.to_builtins(settings)
    return {key: value for key, value in table.items() if value is not None}


def kinds(union: Any) -> tuple[type[Settings], ...]:
    """Returns the structs of a union of settings, or the one struct itself."""
    return get_args(union) or (union,)
