import math
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from glasslab.plan.data import DATASETS
from glasslab.plan.net import NETS
from glasslab.plan.probe import PROBES
from glasslab.plan.recipe import LOSSES, OPTIMIZERS, SCHEDULES, Adam
from glasslab.plan.settings import (
    Count,
    Fraction,
    NotNegative,
    Part,
    Positive,
    Problems,
    Settings,
    Whole,
    builder,
    describe,
    fault,
    part_name,
    plain,
    read,
    show,
)

TABLES = {
    "data sets": DATASETS,
    "nets": NETS,
    "optimizers": OPTIMIZERS,
    "schedules": SCHEDULES,
    "losses": LOSSES,
    "probes": PROBES,
}
PARTS = [
    pytest.param(name, part, id=f"{table}-{name}")
    for table, parts in TABLES.items()
    for name, part in parts.items()
]
Widths = Annotated[tuple[Count, ...], Meta(max_length=3)]
Words = Literal["high", "low"]


class Oven(Settings, frozen=True, kw_only=True, tag_field="kind", tag="oven"):
    """Something with settings."""

    heat: Positive
    rack: Count = 1
    mode: Words = "low"


class Stove(Settings, frozen=True, kw_only=True, tag_field="kind", tag="stove"):
    """Something with another setting."""

    flame: Positive = 1.0


KITCHEN = {"oven": Part(Oven, "math:sqrt"), "stove": Part(Stove, "math:cos")}


def said(table: dict[str, Any], **how: Any) -> list[str]:
    """Returns what is said of an oven's settings."""
    problems = Problems("k.toml", **how)
    assert read(Oven, table, "[oven]", problems, KITCHEN) is None
    return problems.found


def test_right_settings_become_a_frozen_struct() -> None:
    problems = Problems("k.toml")
    oven = read(Oven, {"heat": 200, "mode": "high"}, "[oven]", problems, KITCHEN)
    assert oven == Oven(heat=200.0, rack=1, mode="high")
    assert problems.found == []
    with pytest.raises(AttributeError, match="immutable"):
        oven.heat = 1.0  # type: ignore[union-attr, misc]


def test_every_problem_is_found_in_the_order_written() -> None:
    assert said({"rak": 1, "flame": 2, "zzz": 3, "rack": 0}) == [
        "k.toml [oven] rak: is not a setting here; did you mean 'rack'?",
        "k.toml [oven] flame: oven does not take it (stove does); oven takes heat, rack, mode",
        "k.toml [oven] zzz: is not a setting here; known: heat, mode, rack",
        "k.toml [oven] heat: is missing; it needs a number above 0",
        "k.toml [oven] rack: must be a whole number of 1 or more, got 0",
    ]


def test_a_place_is_named_where_it_was_written() -> None:
    assert said({"heat": -1}, places={"[oven] heat": "--set oven.heat"}) == [
        "k.toml --set oven.heat: must be a number above 0, got -1"
    ]


def test_a_sentence_is_noted_once_and_in_one_line() -> None:
    problems = Problems("k.toml")
    for _ in range(2):
        problems.add("[a]\n", "is \x07 wrong")
    assert problems.found == [r"k.toml [a]\n: is \x07 wrong"]


@pytest.mark.parametrize(
    "annotation, words",
    [
        (bool, "true or false"),
        (int, "a whole number"),
        (Count, "a whole number of 1 or more"),
        (Whole, "a whole number of 0 or more"),
        (Annotated[int, Meta(ge=8, le=256)], "a whole number from 8 to 256"),
        (float, "a number"),
        (Positive, "a number above 0"),
        (NotNegative, "a number of 0 or more"),
        (Fraction, "a number of 0 or more and below 1"),
        (Annotated[float, Meta(gt=0, le=1)], "a number above 0 and at most 1"),
        (Annotated[float, Meta(le=1)], "a number at most 1"),
        (str, "a text"),
        (Words, "one of 'high', 'low'"),
        (Positive | None, "a number above 0"),
        (Count | Literal["full"], "a whole number of 1 or more, or 'full'"),
        (tuple[Count, ...], "a list, each a whole number of 1 or more"),
        (Widths, "a list of at most 3, each a whole number of 1 or more"),
        (Annotated[tuple[Words, ...], Meta(min_length=1)], "a list of 1 or more, each one of 'high', 'low'"),
        (
            Annotated[tuple[int, ...], Meta(min_length=1, max_length=8)],
            "a list of 1 to 8, each a whole number",
        ),
        (tuple[Positive, Positive], "a list of 2, each a number above 0"),
        (tuple[Positive, str], "a list of 2, each a number above 0 or a text"),
    ],
)
def test_what_a_setting_accepts_is_said_in_words(annotation: Any, words: str) -> None:
    assert describe(annotation) == words


def test_a_setting_of_a_type_without_words_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError, match="no words for a setting of type"):
        describe(dict[str, int])


@pytest.mark.parametrize("name, part", PARTS)
def test_every_setting_of_every_part_can_be_described(name: str, part: Part) -> None:
    assert all(describe(field.type) for field in msgspec.structs.fields(part.settings))


@pytest.mark.parametrize(
    "value, annotation, wrong",
    [
        (True, Positive, "must be a number above 0, got true"),
        (False, Count, "must be a whole number of 1 or more, got false"),
        (1, bool, "must be true or false, got 1"),
        (-0.1, Positive, "must be a number above 0, got -0.1"),
        (0, Positive, "must be a number above 0, got 0"),
        (1, Fraction, "must be a number of 0 or more and below 1, got 1"),
        (math.nan, Positive, "must be a number above 0, got nan (NaN and infinity are refused)"),
        (math.inf, Positive, "must be a number above 0, got inf (NaN and infinity are refused)"),
        (
            [0.1, -math.inf],
            tuple[Positive, Positive],
            "must be a list of 2, each a number above 0, got [0.1, -inf] (NaN and infinity are refused)",
        ),
        ("0.1", Positive, "must be a number above 0, got '0.1'; write 0.1, without quotes"),
        ("1e-3", Positive, "must be a number above 0, got '1e-3'; write 0.001, without quotes"),
        ("-1", Positive, "must be a number above 0, got '-1'"),
        ("nan", Positive, "must be a number above 0, got 'nan'"),
        ("True", bool, "must be true or false, got 'True'; write true, without quotes"),
        (
            "[1, 2]",
            Widths,
            "must be a list of at most 3, each a whole number of 1 or more, got '[1, 2]'; write "
            "[1, 2], without quotes",
        ),
        (128.0, Count, "must be a whole number of 1 or more, got 128.0; write 128"),
        (1.5, Count, "must be a whole number of 1 or more, got 1.5"),
        (128, Widths, "must be a list of at most 3, each a whole number of 1 or more, got 128; write [128]"),
        (
            [1, 2, 3, 4],
            Widths,
            "must be a list of at most 3, each a whole number of 1 or more, got [1, 2, 3, 4]",
        ),
        ("high", tuple[Words, ...], "must be a list, each one of 'high', 'low', got 'high'; write ['high']"),
        ("hihg", Words, "must be one of 'high', 'low', got 'hihg'; did you mean 'high'?"),
        ("HIGH", Words, "must be one of 'high', 'low', got 'HIGH'; did you mean 'high'?"),
        ("x", Words, "must be one of 'high', 'low', got 'x'"),
        (["hihg"], tuple[Words, ...], "must be a list, each one of 'high', 'low', got ['hihg']"),
        (
            "ful",
            Count | Literal["full"],
            "must be a whole number of 1 or more, or 'full', got 'ful'; did you mean 'full'?",
        ),
        (
            "64",
            Count | Literal["full"],
            "must be a whole number of 1 or more, or 'full', got '64'; write 64, without quotes",
        ),
        (
            [0.1, 0.2],
            Positive,
            "must be a number above 0, got [0.1, 0.2]; values to try in turn stand in [grid]",
        ),
        ([], Positive, "must be a number above 0, got []"),
        ({"a": 1}, Positive, "must be a number above 0, got { a = 1 }"),
        (3, str, "must be a text, got 3"),
    ],
)
def test_a_wrong_value_is_told_with_the_rule_and_what_was_meant(
    value: Any, annotation: Any, wrong: str
) -> None:
    assert fault(value, annotation) == wrong


@pytest.mark.parametrize(
    "value, annotation",
    [
        (1, Positive),
        (1e-300, Positive),
        (0, NotNegative),
        ("full", Count | Literal["full"]),
        ([], Widths),
        (None, Count | None),
    ],
)
def test_a_right_value_has_no_fault(value: Any, annotation: Any) -> None:
    assert fault(value, annotation) is None


@pytest.mark.parametrize(
    "value, shown",
    [
        (True, "true"),
        ("a", "'a'"),
        (1.0, "1.0"),
        (0.1 + 0.2, "0.30000000000000004"),
        ((1, ["x"]), "[1, ['x']]"),
        ({"a": {"b": 1}, "c": {}}, "{ a = { b = 1 }, c = {} }"),
        ("x" * 100, "'" + "x" * 76 + "..."),
    ],
)
def test_a_value_is_shown_as_toml_writes_it_and_cut_where_it_is_long(value: Any, shown: str) -> None:
    assert show(value) == shown


def test_plain_settings_are_named_and_leave_out_what_is_not_set() -> None:
    assert plain(Oven(heat=1.0)) == {"kind": "oven", "heat": 1.0, "rack": 1, "mode": "low"}
    kind = msgspec.defstruct("Kind", [("a", int | None, None), ("b", int, 0)], bases=(Settings,), frozen=True)
    assert plain(kind()) == {"b": 0}


@pytest.mark.parametrize("name, part", PARTS)
def test_every_part_loads_what_builds_it_and_is_named_as_in_its_table(name: str, part: Part) -> None:
    assert callable(part.load())
    if part.settings.__struct_config__.tag is not None:
        assert part_name(part.settings) == name


def test_a_builder_is_found_by_the_settings_it_is_for() -> None:
    assert builder(KITCHEN, Stove()) is math.cos
    assert builder(OPTIMIZERS, Adam(lr=0.1)) is OPTIMIZERS["adam"].load()
