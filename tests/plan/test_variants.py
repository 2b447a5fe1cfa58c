from pathlib import Path
from typing import Any

import pytest

from glasslab.plan.settings import Problems
from glasslab.plan.study_file import read_study
from glasslab.plan.variants import read_variants, variant_changes
from tests.plan.small import TEXT, small, told, told_of_file


def test_a_study_that_varies_nothing_has_one_variant() -> None:
    assert [v.name for v in small().variants] == ["base"]


def test_variants_stand_in_the_order_written() -> None:
    assert [v.name for v in small(variants={"z": {}, "a": {}, "m": {}}).variants] == ["z", "a", "m"]


def test_a_variant_changes_what_it_names_and_keeps_the_rest() -> None:
    study = small(
        net={"name": "mlp", "widths": [8], "activation": "tanh"}, variants={"wide": {"net": {"widths": [9]}}}
    )
    settings = study.variants[0].settings()
    assert (settings["net.widths"], settings["net.activation"]) == ((9,), "tanh")


def test_changes_may_stand_under_dotted_names() -> None:
    dotted = small(variants={"a": {"recipe.lr": 0.5, "net.widths": [3]}})
    assert dotted.variants == small(variants={"a": {"recipe": {"lr": 0.5}, "net": {"widths": [3]}}}).variants


def test_a_variant_with_steps_has_no_epochs_and_the_other_way_round() -> None:
    study = small(variants={"epochs": {}, "steps": {"recipe": {"steps": 10, "evaluate_every": 5}}})
    courses = [v.recipe.course for v in study.variants]
    assert [(c.epochs, c.steps, c.evaluate_every) for c in courses] == [(2, None, None), (None, 10, 5)]
    counted = {"lr": 0.1, "steps": 10, "evaluate_every": 5}
    course = small(recipe=counted, variants={"a": {"recipe.epochs": 3}}).variants[0].recipe.course
    assert (course.epochs, course.steps, course.evaluate_every) == (3, None, None)


@pytest.mark.parametrize(
    "variants, sentences",
    [
        ({}, ["[variants]: is empty; name at least one variant, or leave it out"]),
        ({"a": 3}, ["[variants] a: must be a table such as { recipe.lr = 0.1 }, got 3"]),
        ({"a": [{}]}, ["[variants] a: must be a table such as { recipe.lr = 0.1 }, got [{}]"]),
        ({"a": {"lr": 3}}, ["[variants] a: lr: is not a setting; did you mean 'recipe.lr'?"]),
        (
            {"a": {"name": "mlp"}},
            ["[variants] a: name: is not a setting; did you mean 'data.name' or 'net.name'?"],
        ),
        ({"a": {"recpe": {"lr": 3}}}, ["[variants] a: recpe: is not a setting; did you mean 'recipe'?"]),
        (
            {"a": {"xyz": 3}},
            ["[variants] a: xyz: is not a setting; settings begin with data., net. or recipe."],
        ),
        (
            {"a": {"seeds": 3}},
            [
                "[variants] a: seeds: is a key of the whole study, not a setting; it stands above "
                "the first table"
            ],
        ),
        (
            {"a": {"recipe": 3}},
            ["[variants] a: recipe: must be a table of settings, such as recipe.a = ..., got 3"],
        ),
        ({"a": {"recipe": {"lr": -1}}}, ["[variants] a: recipe.lr: must be a number above 0, got -1"]),
        ({"a": {"net": {"name": "lent"}}}, ["[variants] a: net.name: no net 'lent'; did you mean 'lenet'?"]),
        (
            {"a": {"data": {"name": "mnits"}}},
            ["[variants] a: data.name: no data set 'mnits'; did you mean 'mnist'?"],
        ),
        (
            {"a": {"recipe": {"lr": -1}}, "b": {"net": {"widths": 3}}, "c": 3},
            ["[variants] c: must be a table such as { recipe.lr = 0.1 }, got 3"],
        ),
        (
            {"a": {"recipe": {"lr": -1}}, "b": {"recipe": {"lr": -1}}},
            [
                "[variants] a: recipe.lr: must be a number above 0, got -1",
                "[variants] b: recipe.lr: must be a number above 0, got -1",
            ],
        ),
    ],
)
def test_wrong_variants_are_told_with_their_place(variants: dict[str, Any], sentences: list[str]) -> None:
    assert told(variants=variants) == sentences


NAMES = "a variant's name is at most 80 letters a to z, digits and . _ + -, and begins with a letter or digit"


@pytest.mark.parametrize("name", ["", "a b", "a/b", "é", "-a", ".a", "*", "a\tb", "x" * 81])
def test_a_name_that_cannot_stand_in_a_folders_name_is_refused(name: str) -> None:
    (sentence,) = told(variants={name: {}})
    assert sentence.endswith(NAMES)
    assert sentence.startswith("[variants] '" + name[:3].replace("\t", r"\t"))


@pytest.mark.parametrize(
    "name", ["a", "0.1", "1e-3", "adam+l2", "gru-128_x", "x" * 80, "baseline", "seeds", "metric"]
)
def test_a_name_may_hold_digits_points_and_signs(name: str) -> None:
    assert small(variants={name: {}}, baseline=name).baseline == name


def test_a_wrong_name_does_not_hide_a_wrong_setting() -> None:
    assert told(variants={"a b": {"recipe": {"lr": -1}}}) == [
        f"[variants] 'a b': {NAMES}",
        "[variants] a b: recipe.lr: must be a number above 0, got -1",
    ]


def test_what_is_wrong_for_every_variant_is_told_once_and_else_with_its_variants() -> None:
    variants: dict[str, Any] = {"a": {}, "b": {"net": {"name": "lenet"}}, "c": {"net": {"name": "lenet"}}}
    assert told(net={"name": "mlp", "widths": [3], "init": "normal"}, variants=variants) == [
        "[net] init_std: goes with init = 'normal': set both or neither (in variant a)",
        "[net] widths: lenet does not take it (mlp, numpy-mlp do); lenet takes activation, init, init_std, "
        "channels, kernel, padding, pool, hidden, dropout (in variant b, c)",
    ]
    assert told(recipe={"lr": 0, "epochs": 1}, variants=variants) == [
        "[recipe] lr: must be a number above 0, got 0"
    ]


@pytest.mark.parametrize(
    "line, name",
    [
        ("adam-0.01 = { recipe.lr = 0.01 }", "adam-0.01"),
        ("0.5 = { recipe.lr = 0.5 }", "0.5"),
        ('v1.2.3 = { net.activation = "relu" }', "v1.2.3"),
        ("adam-0.01 = {}", "adam-0.01"),
        ('net.1 = { net.activation = "relu" }', "net.1"),
    ],
)
def test_a_dotted_name_without_quotes_is_told_with_the_name_that_was_meant(
    line: str, name: str, tmp_path: Path
) -> None:
    rule = f'TOML reads the dot in a bare name as a table; quote the name: "{name}" = ...'
    assert told_of_file(f"{TEXT}[variants]\nfirst = {{}}\n{line}\n", tmp_path) == [
        f"[variants] {name}: {rule}"
    ]
    quoted = line.replace(name, f'"{name}"', 1)
    path = tmp_path / "small.toml"
    path.write_text(f"{TEXT}[variants]\nfirst = {{}}\n{quoted}\n", encoding="utf-8")
    assert [v.name for v in read_study(path).variants] == ["first", name]


def test_every_dotted_name_is_told(tmp_path: Path) -> None:
    lines = "a-0.1 = { recipe.lr = 0.1 }\na-0.2 = { recipe.lr = 0.2 }\nb-0.1 = { recipe.lr = 0.1 }\n"
    said = told_of_file(f"{TEXT}[variants]\n{lines}", tmp_path)
    assert [each.partition(":")[0] for each in said] == [
        "[variants] a-0.1",
        "[variants] a-0.2",
        "[variants] b-0.1",
    ]


@pytest.mark.parametrize(
    "more, sentence",
    [
        (
            {"patience": 3},
            "patience: early stopping looks at a validation set, never at the test set; set data.validation",
        ),
        (
            {"keep": "best"},
            "keep: 'best' is judged on a validation set, never on the test set; set data.validation",
        ),
        ({"augment": ["flip"]}, "augment: is for images; points in the plane have no pixels to crop or flip"),
    ],
)
def test_settings_that_are_wrong_together_are_told(more: dict[str, Any], sentence: str) -> None:
    recipe = {"lr": 0.1, "epochs": 2, **more}
    assert told(recipe=recipe) == [f"[recipe] {sentence}"]
    assert told(recipe=recipe, data={"name": "xor"}) == [f"[recipe] {sentence}"]
    assert small(recipe=recipe, data={"name": "mnist", "validation": 100}).variants


def test_problems_that_were_known_before_are_kept() -> None:
    problems = Problems("s", found=["s before"])
    assert read_variants({"data": {}, "net": {}, "recipe": {}}, {"a": {}}, {}, problems) == ()
    assert problems.found[0] == "s before"
    assert variant_changes({"variants": {"a": {"b": 1}}}, problems) == {}


def test_a_name_that_does_not_print_is_told_in_one_line() -> None:
    said = told(variants={"a\nb": {"net": {"name": "lenet"}}, "c": {}}, net={"name": "mlp", "widths": [3]})
    assert said[0] == rf"[variants] 'a\nb': {NAMES}"
    assert said[1].endswith(r"(in variant a\nb)")


@pytest.mark.parametrize(
    "recipe, sentence",
    [
        (
            {"optimizer": "adam"},
            "optimizer: net 'numpy-mlp' has plain SGD only, got 'adam'; set optimizer = 'sgd'",
        ),
        (
            {"optimizer": "sgd", "momentum": 0.9},
            "momentum: net 'numpy-mlp' has SGD without momentum only, got 0.9; leave it out",
        ),
        (
            {"optimizer": "sgd", "label_smoothing": 0.1},
            "label_smoothing: net 'numpy-mlp' has none, got 0.1; leave it out",
        ),
        (
            {"optimizer": "sgd", "loss": "binary-cross-entropy"},
            "loss: net 'numpy-mlp' has cross-entropy only, got 'binary-cross-entropy'; "
            "set loss = 'cross-entropy'",
        ),
    ],
)
def test_a_network_by_hand_has_plain_sgd_and_cross_entropy_only(
    recipe: dict[str, Any], sentence: str
) -> None:
    tables = {"data": {"name": "moons"}, "net": {"name": "numpy-mlp"}}
    assert told(recipe={"lr": 0.1, "epochs": 1} | recipe, **tables) == [f"[recipe] {sentence}"]
