from itertools import product
from typing import Any

import pytest

from glasslab.plan.grid import MOST_VARIANTS, value_name
from glasslab.plan.recipe import Sgd
from tests.plan.small import small, told, told_of_file

LR = {"recipe": {"lr": [0.1, 0.01]}}


@pytest.mark.parametrize(
    "value, name",
    [
        (0.001, "0.001"),
        (1e-5, "1e-05"),
        (3, "3"),
        (True, "true"),
        ("relu", "relu"),
        ([128, 64], "128x64"),
        ([[32, 32], 64], "32x32x64"),
        ([], "none"),
        ("mine:Net", "mine_Net"),
    ],
)
def test_a_value_has_a_name(value: Any, name: str) -> None:
    assert value_name(value) == name


def test_a_grid_is_every_combination_named_by_its_values() -> None:
    study = small(grid={"net": {"activation": ["relu", "tanh"]}, "recipe": {"lr": [0.1, 0.01]}})
    assert [v.name for v in study.variants] == ["relu-0.1", "relu-0.01", "tanh-0.1", "tanh-0.01"]
    found = [(v.settings()["net.activation"], v.settings()["recipe.lr"]) for v in study.variants]
    assert found == list(product(["relu", "tanh"], [0.1, 0.01]))


def test_a_grid_may_use_dotted_names() -> None:
    assert small(grid={"recipe.lr": [0.1, 0.01]}).variants == small(grid=LR).variants


def test_a_grid_of_one_value_is_one_variant() -> None:
    assert [v.name for v in small(grid={"net": {"widths": [[8, 4]]}}).variants] == ["8x4"]


def test_variants_and_a_grid_are_a_product() -> None:
    variants = {"plain": {}, "sgd": {"recipe": {"optimizer": "sgd", "momentum": 0.9}}}
    study = small(variants=variants, grid=LR)
    assert [v.name for v in study.variants] == ["plain-0.1", "plain-0.01", "sgd-0.1", "sgd-0.01"]
    assert study.variant("sgd-0.01").recipe.optimizer == Sgd(lr=0.01, momentum=0.9)


def test_names_of_a_grid_may_stand_in_claims() -> None:
    (claim,) = small(grid=LR, claims=[{"says": "x", "holds": "0.1 > 0.01"}]).claims
    assert claim.variants == ("0.1", "0.01")


@pytest.mark.parametrize(
    "grid, sentences",
    [
        ({}, ["[grid]: is empty; give it a list, such as recipe.lr = [1e-3, 1e-2], or leave it out"]),
        ({"recipe": {}}, ["[grid] recipe: must be a list of values to try, got {}"]),
        ({"recipe": {"lr": []}}, ["[grid] recipe.lr: is an empty list; give it at least one value"]),
        ({"recipe": {"lr": 0.1}}, ["[grid] recipe.lr: must be a list of values to try, got 0.1"]),
        (
            {"recipe": {"lr": [0.1, 0.1]}},
            ["[grid] recipe.lr: holds two values that make the same name: [0.1, 0.1]"],
        ),
        (
            {"net": {"name": ["a:B", "a_B"]}},
            ["[grid] net.name: holds two values that make the same name: ['a:B', 'a_B']"],
        ),
        (
            {"net": {"name": ["", ""]}},
            ["[grid] net.name: holds two values that make the same name: ['', '']"],
        ),
        ({"lr": [0.1]}, ["[grid] lr: is not a setting; did you mean 'recipe.lr'?"]),
        (
            {"recipe": [{"lr": 0.1}]},
            ["[grid] recipe: must be a table of settings, such as recipe.a = ..., got [{ lr = 0.1 }]"],
        ),
        (
            {"recipe": {"lr": [0.1, -1]}},
            [
                "[grid] '-1': a variant's name is at most 80 letters a to z, digits and . _ + -, "
                "and begins with a letter or digit",
                "[grid] recipe.lr: must be a number above 0, got -1 (in variant -1)",
            ],
        ),
        (
            {"recipe": {"lr": [0.1, 0.2], "momentum": [0, 0.9]}},
            [
                "[grid] recipe.momentum: adam does not take it (sgd, rmsprop do); "
                "adam takes lr, weight_decay, betas, eps"
            ],
        ),
    ],
)
def test_a_wrong_grid_is_told_with_its_place(grid: dict[str, Any], sentences: list[str]) -> None:
    assert told(grid=grid) == sentences


def test_a_problem_of_many_variants_names_some_of_them() -> None:
    grid = {"net": {"activation": ["relu", "x"]}, "recipe": {"lr": [1, 2, 3, 4, 5, 6, 7]}}
    (sentence,) = told(grid=grid)
    assert sentence.endswith("got 'x' (in variant x-1, x-2, x-3, x-4, x-5 and 2 more)")


def test_a_setting_that_a_variant_and_the_grid_both_set_is_refused() -> None:
    assert told(variants={"a": {"recipe": {"lr": 1}}, "b": {}}, grid=LR) == [
        "[grid] recipe.lr: is set by the variant 'a' too; leave it to one of them"
    ]


def test_two_combinations_of_one_name_are_refused() -> None:
    grid = {"net": {"name": ["m:A", "m:A-m"], "kind": ["m-x", "x"]}}
    assert "m_A-m-x" in {f"{value_name(a)}-{b}" for a, b in product(grid["net"]["name"], grid["net"]["kind"])}
    assert told(grid=grid) == [
        "[grid]: makes two variants of the name 'm_A-m-x'; name them in [variants] instead"
    ]
    variants = {"a": {}, "a-b": {}}
    assert told(variants=variants, grid={"net.activation": ["b-c", "c"]}) == [
        "[grid]: makes two variants of the name 'a-b-c'; name them in [variants] instead"
    ]


def test_more_variants_than_anybody_can_mean_are_refused_at_once() -> None:
    many = list(range(1, 1001))
    sentence = f"[grid]: makes more than {MOST_VARIANTS:,} variants; leave some values out"
    grid = {"recipe": {"lr": many, "epochs": many, "batch_size": many}, "data": {"samples": many}}
    assert told(grid=grid) == [sentence]
    assert told(variants={f"v{i}": {} for i in many}, grid={"recipe": {"lr": many}}) == [sentence]


def test_names_too_long_for_a_folder_are_told_a_few_at_a_time() -> None:
    said = told(grid={"net": {"widths": [[100 + i] * 30 for i in range(9)]}})
    assert len(said) == 5
    assert all("a variant's name is at most 80 letters" in each for each in said)


def test_a_grid_of_tables_in_double_brackets_is_told(tmp_path: Any) -> None:
    text = 'question = "?"\n[[grid]]\nrecipe.lr = [0.1]\n'
    assert told_of_file(text, tmp_path) == [
        "[[grid]]: is one table, not a list of them; begin it with [grid]"
    ]
