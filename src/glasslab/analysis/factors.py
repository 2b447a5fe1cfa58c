"""Factors: what differs between a study's variants, as the independent choices whose product they are."""

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glasslab.analysis.names import setting_value
from glasslab.analysis.phrases import names
from glasslab.plan.study import Study

MOST_TRIED = 12  # independent choices looked for; what differs in more ways counts as one factor
BLANK = ("none", "–")  # levels that say nothing without their factor's name

Row = tuple[str, ...]  # one variant's values of the settings that differ, as JSON


@dataclass(frozen=True, slots=True)
class Factor:
    """One independent choice.

    Attributes:
        settings: the dotted names of the settings that it sets.
        name: for people: "length", "optimizer", "init and recurrent init".
        labels: its levels, for people: numbers from small to large, others in the study's order.
        numbers: the levels as numbers; empty where they are none.
        places: each variant's level, as a place in `labels`; twins are left out.
        plain: whether a label can stand without the factor's name, as "orthogonal" can and "yes" cannot.
    """

    settings: tuple[str, ...]
    name: str
    labels: tuple[str, ...]
    numbers: tuple[float, ...]
    places: Mapping[str, int]
    plain: bool

    @property
    def is_numeric(self) -> bool:
        """Whether its levels are numbers."""
        return bool(self.numbers)

    def said(self, place: int) -> str:
        """Returns a level as it stands among levels of other factors: "orthogonal", "length 5"."""
        label = self.labels[place]
        return label if self.plain and label not in BLANK else f"{self.name} {label}"

    def headed(self, place: int) -> str:
        """Returns a level as a heading: "normalize unit", "length 5"; what has a name by that alone."""
        named = self.settings[0].endswith(".name") or " and " in self.name
        return self.labels[place] if named and self.plain else f"{self.name} {self.labels[place]}"


@dataclass(frozen=True, slots=True)
class Design:
    """A study's factors; its variants are their full product, each combination once.

    Attributes:
        factors: the most independent ones that there are, in the order of their settings. Where settings
            differ and are no product of anything, one factor holds them all and its levels are the variants.
        variants: their names, twins left out.
    """

    factors: tuple[Factor, ...]
    variants: tuple[str, ...]

    @property
    def is_product(self) -> bool:
        """Whether there is more than one factor."""
        return len(self.factors) > 1

    def without(self, *some: Factor | None) -> tuple[Factor, ...]:
        """Returns the other factors."""
        left_out = {each.settings for each in some if each is not None}
        return tuple(each for each in self.factors if each.settings not in left_out)

    def grouped(self, by: Sequence[Factor]) -> dict[tuple[int, ...], list[str]]:
        """Returns the variants for each combination of levels of some factors, the last varying fastest."""
        groups: dict[tuple[int, ...], list[str]] = {
            places: [] for places in itertools.product(*(range(len(each.labels)) for each in by))
        }
        for variant in self.variants:
            groups[tuple(each.places[variant] for each in by)].append(variant)
        return groups


def design(study: Study) -> Design:
    """Returns a study's factors: the finest that its variants are the full product of.

    Settings that always change together, such as an optimizer and its momentum, come to one factor; so do
    settings of which only some combinations are there. A set of variants has one finest such product.
    """
    twins = study.twins()
    own = [variant for variant in study.variants if variant.name not in twins]
    settings = study.differing()
    tables = {variant.name: variant.settings() for variant in own}
    rows = [tuple(json.dumps(tables[v.name].get(s), sort_keys=True) for s in settings) for v in own]
    found = [
        factor([settings[place] for place in group], tables, alone=len(group) == len(settings))
        for group in independent(rows, len(settings))
    ]
    return Design(tuple(found), tuple(tables))


def independent(rows: Sequence[Row], width: int) -> list[tuple[int, ...]]:
    """Returns the columns in groups such that the rows are the product of the groups' values.

    Args:
        rows: distinct ones, each of `width` values.
        width: how many columns there are.
    """
    together = alike(rows, width)
    if len(together) > MOST_TRIED:
        return [tuple(range(width))]
    left, groups = together, []
    while left:
        split = next(each for each in splits(left) if divides(rows, each, left))
        groups.append(tuple(sorted(itertools.chain(*split))))
        left = [each for each in left if each not in split]
    return groups


def alike(rows: Sequence[Row], width: int) -> list[tuple[int, ...]]:
    """Returns the columns, those together that divide the rows in the same way."""
    groups: dict[Row | tuple[int, ...], list[int]] = {}
    for place in range(width):
        seen: dict[str, int] = {}
        pattern = tuple(seen.setdefault(row[place], len(seen)) for row in rows)
        groups.setdefault(pattern, []).append(place)
    return [tuple(group) for group in groups.values()]


def splits(left: Sequence[tuple[int, ...]]) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Yields every choice of the columns' groups that holds the first, small ones first."""
    for size in range(len(left)):
        for others in itertools.combinations(left[1:], size):
            yield (left[0], *others)


def divides(rows: Sequence[Row], split: Sequence[tuple[int, ...]], left: Sequence[tuple[int, ...]]) -> bool:
    """Returns whether what is left of the columns is the product of a choice of them and the others."""
    chosen = tuple(itertools.chain(*split))
    others = tuple(itertools.chain(*(each for each in left if each not in split)))
    return distinct(rows, chosen) * distinct(rows, others) == distinct(rows, (*chosen, *others))


def distinct(rows: Sequence[Row], columns: Sequence[int]) -> int:
    """Returns how many different values some columns have together."""
    return len({tuple(row[place] for place in columns) for row in rows})


def factor(settings: Sequence[str], tables: Mapping[str, Mapping[str, Any]], alone: bool) -> Factor:
    """Returns one factor.

    Args:
        settings: the dotted names of what it sets.
        tables: each variant's settings.
        alone: whether nothing else differs.
    """
    values: dict[str, tuple[Any, ...]] = {
        name: tuple(table.get(s) for s in settings) for name, table in tables.items()
    }
    keys = {name: json.dumps(value, sort_keys=True) for name, value in values.items()}
    levels = dict(zip(keys.values(), values.values(), strict=True))
    numeric = all(len(level) == 1 and is_number(level[0]) for level in levels.values())
    if numeric:
        levels = dict(sorted(levels.items(), key=lambda item: item[1]))
    order = list(levels)
    places = {name: order.index(key) for name, key in keys.items()}
    labels = labels_of(list(levels.values()), places, alone)
    return Factor(
        settings=tuple(settings),
        name=factor_name(settings, list(levels.values())),
        labels=labels,
        numbers=tuple(float(level[0]) for level in levels.values()) if numeric else (),
        places=places,
        plain=len(settings) > 1 or all(isinstance(level[0], str) for level in levels.values()),
    )


def joined(factors: Sequence[Factor]) -> Factor:
    """Returns several factors as one, a level for each of their combinations, the last varying fastest."""
    combinations = list(itertools.product(*(range(len(each.labels)) for each in factors)))
    variants = factors[0].places
    return Factor(
        settings=tuple(itertools.chain(*(each.settings for each in factors))),
        name="variant",
        labels=tuple(", ".join(map(Factor.said, factors, places)) for places in combinations),
        numbers=(),
        places={v: combinations.index(tuple(each.places[v] for each in factors)) for v in variants},
        plain=True,
    )


def is_number(value: Any) -> bool:
    """Returns whether a setting's value is a number; true is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def telling(levels: Sequence[tuple[Any, ...]]) -> int | None:
    """Returns the place of the first setting whose words tell all levels apart, None where none does."""
    for place in range(len(levels[0])):
        words = {level[place] for level in levels if isinstance(level[place], str)}
        if len(words) == len(levels):
            return place
    return None


def factor_name(settings: Sequence[str], levels: Sequence[tuple[Any, ...]]) -> str:
    """Returns a factor's name: of the setting that tells all levels apart, else of all its settings."""
    place = telling(levels)
    return names([short(setting) for setting in settings]) if place is None else short(settings[place])


def short(setting: str) -> str:
    """Returns a dotted setting's name for a figure: "data.name" is "data", "net.init_std" is "init std"."""
    part, _, key = setting.partition(".")
    return part if key == "name" else key.replace("_", " ")


def labels_of(levels: Sequence[tuple[Any, ...]], places: Mapping[str, int], alone: bool) -> tuple[str, ...]:
    """Returns the levels' labels: a setting's value, or for joined settings the variants' own word for it."""
    if len(levels[0]) == 1:
        return tuple(setting_value(level[0]) for level in levels)
    if alone:
        by_place = {place: name for name, place in places.items()}
        return tuple(by_place[place] for place in range(len(levels)))
    place = telling(levels)
    by_value = (setting_value(each[place]) if place is not None else values_in_a_row(each) for each in levels)
    return pieces(places) or tuple(by_value)


def values_in_a_row(level: Sequence[Any]) -> str:
    """Returns the values of joined settings: "xavier, 0.1"."""
    return ", ".join(map(setting_value, level))


def pieces(places: Mapping[str, int]) -> tuple[str, ...]:
    """Returns for each level the piece of its variants' names that no other level has; empty without such.

    Names are levels joined with "-". Names that are alike but for one piece differ in that factor alone, so
    each level's piece must come out the same whatever the other factors' levels are.

    Args:
        places: each variant's level.
    """
    count = max(places.values()) + 1
    columns: list[list[list[str]]] = [[] for _ in range(count)]
    for name, place in places.items():
        columns[place].append(name.split("-"))
    found = {tuple(stripped(written)) for written in zip(*columns, strict=True)}
    if len(found) != 1:
        return ()
    (labels,) = found
    return labels if all(labels) and len(set(labels)) == count else ()


def stripped(written: Sequence[Sequence[str]]) -> list[str]:
    """Returns names in pieces without the pieces at their beginnings and ends that all of them share."""
    before = sum(1 for _ in itertools.takewhile(is_same, zip(*written, strict=False)))
    rest = [each[before:] for each in written]
    after = sum(1 for _ in itertools.takewhile(is_same, zip(*map(reversed, rest), strict=False)))
    return ["-".join(each[: len(each) - after]) for each in rest]


def is_same(row: Sequence[str]) -> bool:
    """Returns whether all of a row is one text."""
    return len(set(row)) == 1
