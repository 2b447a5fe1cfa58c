from typing import Any

import pytest

from tests.plan.small import small, told

TWO = {"relu": {}, "tanh": {"net": {"activation": "tanh"}}}
QUOTE = "TOML reads the dot in a bare name as a table; quote the variant's name"
NO_HOLDS = "holds: is missing; it is a comparison, such as 'a > b'"
SHARES = "accuracies are shares between 0 and 1 (0.978, not 97.8)"


def told_of_claim(**table: Any) -> list[str]:
    """Returns what is said of a study of two variants with one claim."""
    return told(variants=TWO, claims=[table])


@pytest.mark.parametrize(
    "metric, sentence",
    [
        (5, "must be a text such as 'test/accuracy', got 5"),
        (["test/loss"], "must be a text such as 'test/accuracy', got ['test/loss']"),
        ("test/acc", "no metric 'test/acc'; did you mean 'test/accuracy'?"),
        ("val/loss", "'val/loss' needs a validation set; set data.validation"),
        (
            "test/loss - val/loss:min",
            "'test/loss - val/loss:min' needs a validation set; set data.validation",
        ),
    ],
)
def test_a_wrong_metric_is_told_in_one_sentence(metric: Any, sentence: str) -> None:
    assert told(metric=metric) == [f"metric: {sentence}"]


def test_the_metric_is_test_accuracy_unless_another_is_named() -> None:
    assert small().metric.text == "test/accuracy"
    assert small(metric="test/loss").metric.text == "test/loss"


def test_a_validation_metric_names_the_variants_that_hold_nothing_out() -> None:
    variants = {"a": {}, "b": {"data": {"validation": 100}}}
    sentence = "'val/loss' needs a validation set; set data.validation in a"
    assert told(metric="val/loss", variants=variants) == [f"metric: {sentence}"]
    assert told(variants=variants, claims=[{"says": "x", "holds": "a > b", "metric": "val/loss"}]) == [
        f"[[claims]] 1 metric: {sentence}"
    ]
    assert small("data.validation=100", metric="val/loss").metric.names == ("val/loss",)


@pytest.mark.parametrize(
    "table, sentences",
    [
        ({}, ["says: is missing; it is the claim in words", NO_HOLDS]),
        (
            {"says": "", "holds": 3},
            [
                "says: must be the claim in words, got ''",
                "holds: must be a comparison, such as 'a > b', got 3",
            ],
        ),
        (
            {"says": "x", "hold": "relu > tanh"},
            ["hold: is not a key of a claim; did you mean 'holds'?", NO_HOLDS],
        ),
        (
            {"says": "x", "holds": "relu > tanh", "seeds": 5},
            ["seeds: is a key of the whole study; move it above the first table"],
        ),
        (
            {"says": "x", "holds": "relu > tahn"},
            ["holds: 'relu > tahn': no variant 'tahn'; did you mean 'tanh'?"],
        ),
        (
            {"says": "x", "holds": "relu > tanh", "metric": "loss"},
            ["metric: no metric 'loss'; did you mean 'test/loss'?"],
        ),
        (
            {"says": "x", "holds": "relu > tanh", "metric": 5},
            ["metric: must be a text such as 'test/accuracy', got 5"],
        ),
        ({"says": "x", "holds": "relu > 97"}, [f"holds: 'relu > 97': {SHARES}"]),
        ({"says": "x", "holds": "relu < -0.5"}, [f"holds: 'relu < -0.5': {SHARES}"]),
        ({"says": "x", "holds": "relu - tanh > 1.5"}, [f"holds: 'relu - tanh > 1.5': {SHARES}"]),
        ({"says": "x", "holds": "relu ~ tanh within 2"}, [f"holds: 'relu ~ tanh within 2': {SHARES}"]),
    ],
)
def test_a_wrong_claim_is_told_with_its_number_and_key(table: dict[str, Any], sentences: list[str]) -> None:
    assert told_of_claim(**table) == [f"[[claims]] 1 {each}" for each in sentences]


@pytest.mark.parametrize(
    "holds, metric",
    [
        ("relu > 0.97", "test/accuracy"),
        ("relu > 1", "test/accuracy"),
        ("relu - tanh > -0.9", "test/accuracy"),
        ("relu < 97", "seconds"),
        ("relu > 1.5", "test/loss"),
        ("relu < -0.5", "train/accuracy:clean - test/accuracy"),
        ("relu - tanh > 1.5", "train/accuracy:clean - test/accuracy"),
    ],
)
def test_what_a_metric_can_be_may_be_claimed(holds: str, metric: str) -> None:
    (claim,) = small(variants=TWO, claims=[{"says": "x", "holds": holds, "metric": metric}]).claims
    assert (claim.holds, claim.metric.text) == (holds, metric)


def test_a_claim_without_a_metric_is_about_the_studys() -> None:
    (claim,) = small(variants=TWO, metric="test/loss", claims=[{"says": "x", "holds": "relu < *"}]).claims
    assert claim.metric.text == "test/loss"


@pytest.mark.parametrize(
    "claims, shown",
    [({"says": "x"}, "{ says = 'x' }"), ("a > b", "'a > b'"), (["a > b"], "['a > b']"), (3, "3")],
)
def test_claims_that_are_no_tables_are_told_how_they_begin(claims: Any, shown: str) -> None:
    rule = f"must be tables, each begun with [[claims]] in double brackets, got {shown}"
    assert told(claims=claims) == [f"[[claims]]: {rule}"]


def test_every_claim_is_checked() -> None:
    claims = [{"says": "x", "holds": "relu > tanh"}, {"says": "x"}, {"says": "x", "holds": "a > tanh"}]
    assert told(variants=TWO, claims=claims) == [
        "[[claims]] 2 holds: is missing; it is a comparison, such as 'a > b'",
        "[[claims]] 3 holds: 'a > tanh': no variant 'a'; known: relu, tanh",
    ]


@pytest.mark.parametrize(
    "table, sentence",
    [
        ({}, "source: is missing; say where the numbers stand"),
        ({"source": 3}, "source: must say where the numbers stand, got 3"),
        ({"source": " "}, "source: must say where the numbers stand, got ' '"),
        ({"source": "x", "test/f1": {}}, "test/f1: no metric 'test/f1'; did you mean 'test/loss'?"),
        ({"source": "x", "seconds": 3}, "seconds: must be a table such as { relu = 0.978 }, got 3"),
        ({"source": "x", "seconds": {"rleu": 3}}, "seconds: rleu: no variant 'rleu'; did you mean 'relu'?"),
        ({"source": "x", "seconds": {"relu": True}}, "seconds: relu: must be a number, got true"),
        ({"source": "x", "seconds": {"relu": "3"}}, "seconds: relu: must be a number, got '3'"),
        ({"source": "x", "seconds": {"relu": float("nan")}}, "seconds: relu: must be a number, got nan"),
        ({"source": "x", "seconds": {"adam-0": {"01": 3}}}, f"seconds: adam-0: {QUOTE}"),
        ({"source": "x", "test/accuracy": {"relu": 97.8}}, f"test/accuracy: relu: {SHARES}, got 97.8"),
        ({"source": "x", "test/accuracy": {"relu": -0.1}}, f"test/accuracy: relu: {SHARES}, got -0.1"),
    ],
)
def test_wrong_reported_values_are_told_in_one_sentence(table: dict[str, Any], sentence: str) -> None:
    assert told(variants=TWO, reported=table) == [f"[reported] {sentence}"]


def test_reported_values_are_kept_by_metric_and_variant() -> None:
    gap = "train/accuracy:clean - test/accuracy"
    reported = small(
        variants=TWO,
        reported={"source": "A book", "test/accuracy": {"relu": 1, "tanh": 0.5}, gap: {"relu": -0.25}},
    ).reported
    assert reported is not None
    assert reported.source == "A book"
    assert reported.values == {"test/accuracy": {"relu": 1.0, "tanh": 0.5}, gap: {"relu": -0.25}}
    assert small().reported is None


@pytest.mark.parametrize(
    "baseline, sentence",
    [
        ("rleu", "no variant 'rleu'; did you mean 'relu'?"),
        ("x", "no variant 'x'; known: relu, tanh"),
        (["relu"], "no variant ['relu']; did you mean 'relu'?"),
        (3, "no variant 3; known: relu, tanh"),
        (True, "no variant true; known: relu, tanh"),
    ],
)
def test_a_wrong_baseline_is_told_with_the_nearest_variant(baseline: Any, sentence: str) -> None:
    assert told(variants=TWO, baseline=baseline) == [f"baseline: {sentence}"]


def test_the_baseline_is_a_variant_or_none() -> None:
    assert small(variants=TWO, baseline="tanh").baseline == "tanh"
    assert small(variants=TWO).baseline is None


def test_metrics_to_show_beside_are_read_in_order() -> None:
    study = small(also=["train/loss", "train/accuracy:clean - test/accuracy"])
    assert [metric.text for metric in study.also] == ["train/loss", "train/accuracy:clean - test/accuracy"]
    assert small().also == ()


@pytest.mark.parametrize(
    "also, sentence",
    [
        ("train/loss", "must be a list of metrics, such as ['train/loss'], got 'train/loss'"),
        (["test/acc"], "no metric 'test/acc'; did you mean 'test/accuracy'?"),
        (["val/loss"], "'val/loss' needs a validation set; set data.validation"),
        (["train/loss", "train/loss"], "names a metric twice: ['train/loss', 'train/loss']"),
    ],
)
def test_wrong_metrics_beside_are_told(also: Any, sentence: str) -> None:
    assert told(also=also) == [f"also: {sentence}"]


def test_a_study_may_say_which_experiment_it_does_again() -> None:
    assert small(replicates=" E4 ").replicates == "E4"
    assert small().replicates == ""
    sentence = "replicates: must name an experiment of a report, such as 'E4', got"
    assert told(replicates=["E4"]) == [f"{sentence} ['E4']"]
    assert told(replicates="") == [f"{sentence} ''"]


def test_a_claim_may_be_the_studys_own() -> None:
    claims = [{"says": "x", "holds": "relu > tanh"}, {"says": "y", "holds": "relu < tanh", "ours": True}]
    assert [claim.ours for claim in small(variants=TWO, claims=claims).claims] == [False, True]
    assert told_of_claim(says="x", holds="relu > tanh", ours="yes") == [
        "[[claims]] 1 ours: must be true or false, got 'yes'"
    ]


def test_a_metric_after_the_end_of_the_training_is_refused_but_in_a_shortened_form() -> None:
    recipe = {"lr": 0.1, "epochs": 2}
    sentence = "metric: 'test/loss@5' asks for epoch 5, and the training has 2"
    assert told(metric="test/loss@5", recipe=recipe) == [sentence]
    assert small(metric="test/loss@2", recipe=recipe).metric.text == "test/loss@2"
    assert small("recipe.epochs=1", metric="test/loss@2", recipe=recipe).metric.text == "test/loss@2"


def test_an_equivalence_that_cannot_fail_is_refused() -> None:
    assert told_of_claim(says="x", holds="relu ~ tanh within 1") == [
        f"[[claims]] 1 holds: 'relu ~ tanh within 1': {SHARES}"
    ]


@pytest.mark.parametrize("text", ["a\x1b[31m", "two\nlines"])
def test_texts_with_control_characters_are_refused(text: str) -> None:
    assert "must say in one sentence, on one line" in told(question=text)[0]
    assert "must be the claim in words" in told_of_claim(says=text, holds="relu > tanh")[0]
    assert all(each.isprintable() for each in told(question=text))
