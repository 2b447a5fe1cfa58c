from collections.abc import Mapping
from typing import Any

import pytest

from glasslab.analysis.factors import Design, design, joined
from glasslab.plan.study_file import Options, make_study

STARTS: dict[str, dict[str, Any]] = {
    "default": {"net": {"init": "pytorch", "mode": "plain"}},
    "xavier": {"net": {"init": "xavier", "mode": "plain"}},
    "orthogonal": {"net": {"init": "xavier", "mode": "orthogonal"}},
    "identity": {"net": {"init": "pytorch", "mode": "identity"}},
}


def made(**tables: Any) -> Design:
    base = {
        "question": "Which?",
        "seeds": 1,
        "data": {"name": "mnist"},
        "net": {"name": "mine:Net"},
        "recipe": {"optimizer": "sgd", "lr": 0.1, "epochs": 1},
    }
    return design(make_study(base | tables, "made", Options()))


def told(found: Design) -> Mapping[str, tuple[str, ...]]:
    return {each.name: each.labels for each in found.factors}


def test_settings_that_are_crossed_are_factors_of_their_own_and_those_that_change_together_are_one() -> None:
    grid = {"data": {"train_limit": [5, 10, 15], "normalize": ["none", "unit", "signed"]}}
    found = made(variants=STARTS, grid=grid)
    assert found.is_product
    assert told(found) == {
        "train limit": ("5", "10", "15"),
        "normalize": ("none", "unit", "signed"),
        "init and mode": ("default", "xavier", "orthogonal", "identity"),
    }
    lengths, normalize, start = found.factors
    assert lengths.numbers == (5.0, 10.0, 15.0)
    assert not normalize.is_numeric
    assert start.settings == ("net.init", "net.mode")
    assert start.places["orthogonal-10-unit"] == 2
    assert lengths.said(1) == "train limit 10"
    assert normalize.said(1) == "unit"
    assert normalize.said(0) == "normalize none"
    assert normalize.headed(1) == "normalize unit"


def test_every_combination_has_its_variants_with_the_last_factor_fastest() -> None:
    found = made(variants=STARTS, grid={"data": {"normalize": ["none", "unit"]}})
    normalize, start = found.factors
    groups = found.grouped((normalize,))
    assert groups[1,] == ["default-unit", "xavier-unit", "orthogonal-unit", "identity-unit"]
    both = found.grouped((start, normalize))
    assert list(both)[:3] == [(0, 0), (0, 1), (1, 0)]
    assert both[3, 1] == ["identity-unit"]
    assert found.without(start) == (normalize,)
    assert found.without(None) == found.factors


def test_a_data_set_with_settings_of_its_own_is_named_by_its_name() -> None:
    variants = {name: {"data": {"name": name}} for name in ("blobs", "moons", "circles")}
    found = made(variants=variants, data={}, grid={"recipe": {"lr": [0.1, 0.01]}})
    data, rate = found.factors
    assert data.settings[0] == "data.name"
    assert len(data.settings) > 1
    assert (data.name, data.labels, data.headed(2)) == ("data", ("blobs", "moons", "circles"), "circles")
    assert (rate.labels, rate.numbers) == (("0.01", "0.1"), (0.01, 0.1))
    assert rate.places["blobs-0.1"] == 1


def test_a_missing_combination_leaves_one_factor_whose_levels_are_the_variants() -> None:
    variants = {
        f"{width}-{rate}": {"net": {"width": width}, "recipe": {"lr": rate}}
        for width, rate in ((1, 0.1), (1, 0.2), (2, 0.1))
    }
    found = made(variants=variants)
    assert not found.is_product
    assert told(found) == {"width and lr": ("1-0.1", "1-0.2", "2-0.1")}
    assert not found.factors[0].is_numeric


def test_one_setting_is_one_factor_and_one_variant_has_none() -> None:
    found = made(variants={"b": {"recipe": {"lr": 0.2}}, "a": {"recipe": {"lr": 0.1}}})
    assert not found.is_product
    assert found.factors[0].numbers == (0.1, 0.2)
    assert found.factors[0].places == {"b": 1, "a": 0}
    assert made().factors == ()
    assert made().grouped(()) == {(): ["base"]}


def test_twins_are_left_out() -> None:
    found = made(variants={"a": {"recipe": {"lr": 0.1}}, "again": {}, "b": {"recipe": {"lr": 0.2}}})
    assert found.variants == ("a", "b")
    assert found.factors[0].labels == ("0.1", "0.2")


def test_true_and_false_are_no_numbers_and_never_stand_alone() -> None:
    (found,) = made(variants={"a": {"net": {"softmax": True}}, "b": {"net": {"softmax": False}}}).factors
    assert not found.is_numeric
    assert [found.said(place) for place in (0, 1)] == ["softmax yes", "softmax no"]


@pytest.mark.parametrize("names", [("x", "y", "v", "w"), ("a-1", "b-2", "c-1", "d-2")])
def test_levels_are_told_by_their_values_where_names_do_not_tell_them(names: tuple[str, ...]) -> None:
    points = [(gain, bias, rate) for gain, bias in ((1, 5), (2, 6)) for rate in (0.1, 0.2)]
    variants = {
        name: {"net": {"gain": gain, "bias": bias}, "recipe": {"lr": rate}}
        for name, (gain, bias, rate) in zip(names, points, strict=True)
    }
    assert told(made(variants=variants)) == {"gain and bias": ("1, 5", "2, 6"), "lr": ("0.1", "0.2")}


def test_where_names_do_not_tell_levels_the_setting_that_does_is_said() -> None:
    variants = {
        "leaky-relu": {"net": {"activation": "leaky-relu", "slope": 0.1}},
        "relu": {"net": {"activation": "relu"}},
    }
    # Both names end alike, so no piece of them is left for the second.
    found = made(variants=variants, grid={"recipe": {"lr": [0.1, 0.2]}})
    assert told(found)["activation"] == ("leaky-relu", "relu")


def test_several_factors_make_one_with_a_level_for_each_combination() -> None:
    found = made(variants=STARTS, grid={"data": {"normalize": ["none", "unit"]}})
    normalize, start = found.factors
    both = joined((start, normalize))
    assert both.labels[:3] == ("default, normalize none", "default, unit", "xavier, normalize none")
    assert len(both.labels) == 8
    assert both.labels[both.places["identity-unit"]] == "identity, unit"
    assert not both.is_numeric
