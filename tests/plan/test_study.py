from dataclasses import FrozenInstanceError

import pytest

from tests.plan.small import small

FOUR = {
    "a": {"recipe": {"lr": 0.5}},
    "b": {"recipe": {"lr": 0.25}},
    "c": {"recipe": {"lr": 0.5}},
    "d": {"recipe": {"lr": 0.5}, "data": {"samples": 50}},
}


def test_a_variant_is_found_by_its_name() -> None:
    study = small(variants=FOUR)
    assert study.variant("b") is study.variants[1]
    with pytest.raises(KeyError, match="x"):
        study.variant("x")


def test_the_settings_that_differ_are_named_once_in_the_order_of_the_tables() -> None:
    assert small(variants=FOUR).differing() == ("data.samples", "recipe.lr")
    assert small().differing() == ()


def test_a_setting_that_only_some_variants_have_differs() -> None:
    study = small(variants={"a": {}, "b": {"net": {"name": "lenet"}}})
    assert study.differing() == (
        "net.name", "net.widths", "net.channels", "net.kernel", "net.padding", "net.pool", "net.hidden",
    )  # fmt: skip


def test_a_variant_with_the_settings_of_an_earlier_one_is_its_twin() -> None:
    assert small(variants=FOUR).twins() == {"c": "a"}
    assert small("recipe.lr=1", variants=FOUR).twins() == {"b": "a", "c": "a"}


def test_a_whole_number_and_its_float_are_twins() -> None:
    study = small(variants={"a": {"recipe": {"lr": 1}}, "b": {"recipe": {"lr": 1.0}}})
    assert study.twins() == {"b": "a"}
    assert study.differing() == ()


def test_the_order_in_which_settings_are_written_makes_no_difference() -> None:
    mine = {"name": "m:Net", "depth": 1, "width": 2}
    study = small(variants={"a": {"net": mine}, "b": {"net": dict(reversed(mine.items()))}})
    assert study.twins() == {"b": "a"}


def test_settings_stand_under_dotted_names() -> None:
    settings = small().variants[0].settings()
    assert settings["data.name"] == "moons"
    assert settings["net.widths"] == (128, 64)
    assert settings["recipe.epochs"] == 2
    assert "recipe.steps" not in settings


def test_a_study_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        small().question = "Another?"  # type: ignore[misc]
