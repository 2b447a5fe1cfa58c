from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from glasslab.plan.tables import flat, merged, nested, without

keys = st.sampled_from("abc")
tables = st.recursive(
    st.dictionaries(keys, st.integers(0, 3), min_size=1, max_size=3),
    lambda below: st.dictionaries(keys, below | st.integers(0, 3), min_size=1, max_size=3),
    max_leaves=6,
)


def test_tables_merge_and_other_values_replace() -> None:
    base = {"a": {"b": 1, "c": [1, 2]}, "d": 1}
    assert merged(base, {"a": {"c": [3]}}, {"d": {"e": 2}}) == {"a": {"b": 1, "c": [3]}, "d": {"e": 2}}
    assert merged({"a": {"b": 1}}, {"a": 2}) == {"a": 2}


def test_what_is_merged_is_left_as_it_was() -> None:
    base = {"a": {"b": 1}}
    merged(base, {"a": {"b": 2}})["a"]["c"] = 3
    assert base == {"a": {"b": 1}}


def test_dotted_names_say_where_a_value_stands() -> None:
    assert flat({"a": {"b": {"c": 1}, "d": {}}, "e": 2}) == {"a.b.c": 1, "a.d": {}, "e": 2}
    assert nested({"a.b.c": 1, "a.d": {}, "e": 2}) == {"a": {"b": {"c": 1}, "d": {}}, "e": 2}


def test_of_names_that_contradict_each_other_the_later_counts() -> None:
    assert nested({"a": 1, "a.b": 2}) == {"a": {"b": 2}}
    assert nested({"a.b": 2, "a": 1}) == {"a": 1}


@given(tables)
def test_nested_undoes_flat(table: dict[str, Any]) -> None:
    assert nested(flat(table)) == table


@given(tables, tables)
def test_merging_is_dotted_names_laid_over_each_other(base: dict[str, Any], change: dict[str, Any]) -> None:
    assert merged(base, change) == nested({**flat(without(base, flat(change))), **flat(change)})


def test_without_leaves_out_what_stands_at_below_or_above_a_name() -> None:
    table = {"a": {"b": {"c": 1, "d": 2}, "e": 3}, "f": 4}
    assert without(table, ["a.b"]) == {"a": {"e": 3}, "f": 4}
    assert without(table, ["a.b.c", "f"]) == {"a": {"b": {"d": 2}, "e": 3}}
    assert without(table, ["a.e.x"]) == {"a": {"b": {"c": 1, "d": 2}}, "f": 4}
    assert without(table, ["g", "a.bb"]) == table
