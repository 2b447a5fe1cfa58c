from pathlib import Path
from typing import Any

import pytest

from glasslab.plan.changes import laid_over, override_value, setting_names
from glasslab.plan.study import Study
from tests.plan.small import TEXT, small, told, told_of_file

KEY = "is a key of the whole study, not a setting; it stands above the first table"
WIDTHS = "must be a list of at most 64, each a whole number of 1 or more"


def rates(study: Study) -> list[float]:
    """Returns each variant's learning rate."""
    return [variant.recipe.optimizer.lr for variant in study.variants]


def test_each_place_goes_over_the_one_before() -> None:
    tables: dict[str, Any] = {"recipe": {"lr": 1, "epochs": 2}}
    assert rates(small(**tables)) == [1]
    tables["variants"] = {"a": {"recipe": {"lr": 2}}, "b": {}}
    assert rates(small(**tables)) == [2, 1]
    tables["quick"] = {"recipe": {"lr": 3}}
    assert rates(small(**tables)) == [2, 1]
    assert rates(small(**tables, quickly=True)) == [3, 3]
    assert rates(small("recipe.lr=4", **tables, quickly=True)) == [4, 4]
    assert rates(small("recipe.lr=4", "recipe.lr=5", **tables)) == [5, 5]


def test_quick_and_set_go_over_a_grid_too() -> None:
    tables: dict[str, Any] = {"grid": {"recipe": {"lr": [1, 2]}}, "quick": {"recipe.lr": 3}}
    assert rates(small(**tables)) == [1, 2]
    assert rates(small(**tables, quickly=True)) == [3, 3]
    assert rates(small("recipe.lr=4", **tables)) == [4, 4]


def test_seeds_are_changed_by_quick_then_set_then_seeds() -> None:
    tables: dict[str, Any] = {"seeds": 5, "quick": {"seeds": 2}}
    assert small(**tables).seeds == (0, 1, 2, 3, 4)
    assert small(**tables, quickly=True).seeds == (0, 1)
    assert small("seeds=[7, 9]", **tables, quickly=True).seeds == (7, 9)
    assert small("seeds=[7, 9]", **tables, quickly=True, instead=3).seeds == (0, 1, 2)


def test_a_later_length_takes_the_place_of_an_earlier_one() -> None:
    def course(*typed: str, **how: Any) -> tuple[int | None, int | None]:
        read = small(*typed, variants={"a": {"recipe": {"epochs": 9}}}, quick={"recipe": {"steps": 7}}, **how)
        return read.variants[0].recipe.course.epochs, read.variants[0].recipe.course.steps

    assert course() == (9, None)
    assert course(quickly=True) == (None, 7)
    assert course("recipe.steps=5") == (None, 5)
    assert course("recipe.epochs=5", quickly=True) == (5, None)


def test_what_is_laid_over_keeps_the_rest() -> None:
    base = {"recipe": {"lr": 1, "steps": 5, "evaluate_every": 2}, "net": {"name": "mlp"}}
    assert laid_over(base, {"recipe": {"epochs": 3}}) == {
        "recipe": {"lr": 1, "epochs": 3},
        "net": {"name": "mlp"},
    }
    assert laid_over(base, {"recipe": {"steps": 3}})["recipe"] == {"lr": 1, "steps": 3, "evaluate_every": 2}
    both = laid_over(base, {"recipe": {"steps": 3, "epochs": 4}})
    assert both["recipe"] == {"lr": 1, "steps": 3, "epochs": 4}


@pytest.mark.parametrize(
    "text, value",
    [
        ("0.01", 0.01),
        ("1e-3", 0.001),
        ("true", True),
        ("[128, 64]", [128, 64]),
        ('"mlp"', "mlp"),
        ("mlp", "mlp"),
        ("mine:Net", "mine:Net"),
        ("", ""),
        ("2024-01-01", "2024-01-01"),
        ("1, 2", "1, 2"),
        ("1\nseeds = 2", "1\nseeds = 2"),
    ],
)
def test_a_value_that_is_no_toml_is_a_text(text: str, value: Any) -> None:
    assert override_value(text) == value


def test_spaces_and_further_equals_signs_belong_to_nobody_and_to_the_value() -> None:
    study = small(" data.name = npz ", "data.path=a=b.npz")
    assert study.variants[0].table()["data"]["path"] == "a=b.npz"


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("recipe.lr", "--set: needs the form a.b=c, such as recipe.lr=0.01, got 'recipe.lr'"),
        ("=3", "--set: needs the form a.b=c, such as recipe.lr=0.01, got '=3'"),
        ("", "--set: needs the form a.b=c, such as recipe.lr=0.01, got ''"),
        ("lr=0.1", "--set lr: is not a setting; did you mean 'recipe.lr'?"),
        ("noise=0.1", "--set noise: is not a setting; did you mean 'data.noise'?"),
        ("dropout=0.1", "--set dropout: is not a setting; did you mean 'net.dropout'?"),
        ("seed=3", "--set seed: is not a setting; did you mean 'seeds'?"),
        ("recipes.lr=3", "--set recipes.lr: is not a setting; did you mean 'recipe.lr'?"),
        ("x.y=3", "--set x.y: is not a setting; settings begin with data., net. or recipe."),
        ("recipe=3", "--set recipe: is a table of settings; name one of them: recipe.a = ..."),
        ("recipe..lr=3", "--set recipe..lr: is not a setting; did you mean 'recipe.lr'?"),
        ("metric=test/loss", f"--set metric: {KEY}"),
        ("baseline=base", f"--set baseline: {KEY}"),
        ("claims=3", "--set claims: is not a setting; settings begin with data., net. or recipe."),
        ("recipe.lrr=3", "--set recipe.lrr: is not a setting here; did you mean 'lr'?"),
        ("recipe.lr=-3", "--set recipe.lr: must be a number above 0, got -3"),
        ("recipe.lr=fast", "--set recipe.lr: must be a number above 0, got 'fast'"),
        (
            "recipe.lr=nan",
            "--set recipe.lr: must be a number above 0, got nan (NaN and infinity are refused)",
        ),
        (
            "recipe.lr=99999999999999999999",
            "--set recipe.lr: is too large a whole number; it has more than 64 bits",
        ),
        (
            "recipe.lr=[1, 2]",
            "--set recipe.lr: must be a number above 0, got [1, 2]; values to try in turn stand in [grid]",
        ),
        ("net.widths=128", f"--set net.widths: {WIDTHS}, got 128; write [128]"),
        ("net.widths=128,64", f"--set net.widths: {WIDTHS}, got '128,64'"),
        ("net.widths.a=2", f"--set net.widths.a: {WIDTHS}, got {{ a = 2 }}"),
        ("net.name=lent", "--set net.name: no net 'lent'; did you mean 'lenet'?"),
        ("seeds=0", "--set seeds: must be from 1 to 10,000 (5 or more give an interval worth having), got 0"),
        (
            "seeds=many",
            "--set seeds: must be how many seeds, or a list of whole numbers from 0 to 2^32 - 1, got 'many'",
        ),
    ],
)
def test_a_wrong_set_is_told_by_its_own_name(text: str, sentence: str) -> None:
    assert told(text) == [sentence]


def test_every_wrong_set_is_told_and_what_is_wrong_without_it() -> None:
    assert told("x", "lr=3", "recipe.lr=0", net={"name": "mpl"}) == [
        "--set: needs the form a.b=c, such as recipe.lr=0.01, got 'x'",
        "--set lr: is not a setting; did you mean 'recipe.lr'?",
        "[net] name: no net 'mpl'; did you mean 'mlp'?",
        "--set recipe.lr: must be a number above 0, got 0",
    ]


def test_settings_that_contradict_each_other_on_the_command_line_are_told() -> None:
    assert told("recipe.steps=3", "recipe.epochs=3") == [
        "--set recipe.epochs: set exactly one of epochs and steps, got both"
    ]


@pytest.mark.parametrize(
    "quick, sentences",
    [
        ({}, ["[quick]: is empty; say what it changes, such as recipe.epochs = 1, or leave it out"]),
        ({"lr": 1}, ["[quick] lr: is not a setting; did you mean 'recipe.lr'?"]),
        ({"recipe": 3}, ["[quick] recipe: is a table of settings; name one of them: recipe.a = ..."]),
        ({"recipe": {"lr": 0}}, ["[quick] recipe.lr: must be a number above 0, got 0"]),
        ({"recipe": {"lrr": 1}}, ["[quick] recipe.lrr: is not a setting here; did you mean 'lr'?"]),
        (
            {"seeds": 0},
            ["[quick] seeds: must be from 1 to 10,000 (5 or more give an interval worth having), got 0"],
        ),
        (
            {"variants": {"a": {}}},
            ["[quick] variants.a: is not a setting; settings begin with data., net. or recipe."],
        ),
        (
            {"probes": []},
            [
                "[quick] probes: is a key of the whole study; move it above the first table, or it "
                "is part of [quick]"
            ],
        ),
        (
            {"net": {"name": "lenet"}},
            [
                "[net] widths: lenet does not take it (mlp, numpy-mlp do); lenet takes activation, init, "
                "init_std, channels, kernel, padding, pool, hidden, dropout"
            ],
        ),
    ],
)
def test_a_wrong_quick_is_told_with_and_without_asking_for_it(
    quick: dict[str, Any], sentences: list[str]
) -> None:
    net = {"name": "mlp", "widths": [3]}
    assert told(net=net, quick=quick, quickly=True) == sentences
    found_early = [each if "[quick]" in each else f"{each} (with [quick])" for each in sentences]
    assert told(net=net, quick=quick) == found_early


def test_what_is_wrong_anyway_is_told_once() -> None:
    assert told(recipe={"lr": 0, "epochs": 1}, quick={"recipe.epochs": 2}) == [
        "[recipe] lr: must be a number above 0, got 0"
    ]


def test_without_a_quick_form_there_is_none_to_ask_for() -> None:
    sentence = "[quick]: is missing, so there is no quick form; add it, or run without --quick"
    assert told(quickly=True) == [sentence]


def test_a_key_at_the_end_of_a_file_is_part_of_its_last_table(tmp_path: Path) -> None:
    rule = "is a key of the whole study; move it above the first table, or it is part of [quick]"
    text = f"{TEXT}[quick]\nrecipe.epochs = 1\nmetric = 'test/loss'\n"
    assert told_of_file(text, tmp_path) == [f"[quick] metric: {rule}"]


def test_the_settings_that_are_known_are_those_of_every_part() -> None:
    names = setting_names()
    assert {"data.name", "net.widths", "net.channels", "recipe.lr", "recipe.decay", "recipe.epochs"} <= set(
        names
    )
    assert names == sorted(set(names))
