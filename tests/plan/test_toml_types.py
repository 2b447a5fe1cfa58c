import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glasslab.plan.settings import Problems
from glasslab.plan.toml_types import plain_tables
from tests.plan.small import small, told, told_of_file


def plain(**tables: Any) -> tuple[dict[str, Any], list[str]]:
    """Returns tables in TOML's types, and what is said of them."""
    problems = Problems("s")
    return plain_tables(tables, problems), problems.found


@pytest.mark.parametrize(
    "value, same",
    [
        ((1, 2), [1, 2]),
        (range(3), [0, 1, 2]),
        (np.array([1, 2]), [1, 2]),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (Path("a") / "b.npz", str(Path("a") / "b.npz")),
        ({"b": ({"c": (1,)},)}, {"b": [{"c": [1]}]}),
    ],
)
def test_what_python_has_and_toml_has_not_is_put_into_its_types(value: Any, same: Any) -> None:
    tables, found = plain(net={"a": value})
    assert found == []
    assert tables == {"net": {"a": same}}
    assert type(tables["net"]["a"]) is type(same)


def test_numbers_of_other_classes_become_plain_ones() -> None:
    tables, _ = plain(a=np.float64(0.5), b=np.str_("x"))
    assert [type(value) for value in tables.values()] == [float, str]


def test_a_top_level_key_that_is_none_is_not_there() -> None:
    assert plain(baseline=None, seeds=1) == ({"seeds": 1}, [])


@pytest.mark.parametrize(
    "value, rule",
    [
        (None, "is None; leave out what is not set"),
        ({1, 2}, "must be a text, a number, true or false, a list or a table, got a set"),
        (b"x", "must be a text, a number, true or false, a list or a table, got a bytes"),
        (1j, "must be a text, a number, true or false, a list or a table, got a complex"),
        (2**63, "is too large a whole number; it has more than 64 bits"),
        (2**64, "is too large a whole number; it has more than 64 bits"),
        ("\ud800", "holds a character that UTF-8 cannot write"),
        (
            datetime.date(2024, 1, 1),
            "no setting is a date or a time, got 2024-01-01; a text stands in quotes",
        ),
        (datetime.time(1, 2), "no setting is a date or a time, got 01:02:00; a text stands in quotes"),
    ],
)
def test_what_toml_cannot_hold_is_refused_with_its_place(value: Any, rule: str) -> None:
    for place, tables in (
        ("seeds", {"seeds": value} if value is not None else {"seeds": [value]}),
        ("[net] a", {"net": {"a": value}}),
        ("[net] a.b", {"net": {"a": {"b": value}}}),
        ("[grid] recipe.lr", {"grid": {"recipe": {"lr": [0.1, value]}}}),
    ):
        assert plain(**tables)[1] == [f"s {place}: {rule}"]


def test_a_number_too_long_to_print_is_refused_too() -> None:
    assert plain(seeds=10**9999)[1] == ["s seeds: is too large a whole number; it has more than 64 bits"]
    assert plain(seeds=-(2**63 - 1))[1] == []


def test_names_that_are_no_texts_are_refused() -> None:
    assert told(variants={0.1: {}}) == ["[variants]: names are texts, got 0.1; put it in quotes"]
    assert told(net={"name": "m:Net", "a": {1: 2}}) == ["[net] a: names are texts, got 1; put it in quotes"]


def test_tables_without_end_are_refused() -> None:
    endless: dict[str, Any] = {"name": "m:Net"}
    endless["a"] = endless
    said = told(net=endless)
    assert len(said) == 1
    assert said[0].startswith("[net] a.a.a")
    assert said[0].endswith(": holds tables or lists within each other more than 16 deep")


def test_a_date_in_a_file_is_refused(tmp_path: Path) -> None:
    assert told_of_file("question = 2024-01-01\n", tmp_path) == [
        "question: no setting is a date or a time, got 2024-01-01; a text stands in quotes"
    ]


def test_a_study_may_be_given_in_pythons_types() -> None:
    study = small(
        net={"name": "mlp", "widths": (8,)}, grid={"recipe.lr": np.array([0.5, 0.25])}, seeds=range(2)
    )
    assert [variant.name for variant in study.variants] == ["0.5", "0.25"]
    assert study.seeds == (0, 1)
