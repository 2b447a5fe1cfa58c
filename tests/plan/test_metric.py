import pytest

from glasslab.plan.expression import ExpressionError
from glasslab.plan.metric import OF_A_RUN, Metric, metric_names, parse_metric


@pytest.mark.parametrize("name", metric_names())
def test_every_simple_metric_is_itself(name: str) -> None:
    metric = parse_metric(name)
    assert metric.text == name
    assert metric.names == (name,)


def test_simple_metrics_are_those_of_three_splits_of_three_layers_and_four_of_a_run() -> None:
    assert len(metric_names()) == 3 * 2 * 4 + 2 + 3 * 2 + len(OF_A_RUN) == 36
    assert len(set(metric_names())) == 36


@pytest.mark.parametrize("name", ["test/loss@1", "train/accuracy@65", "val/loss@100"])
def test_a_metric_may_be_taken_at_an_epoch(name: str) -> None:
    assert parse_metric(name).names == (name,)


@pytest.mark.parametrize(
    "name", ["test/loss@0", "test/loss@", "test/loss@1.5", "seconds@2", "test/loss:max@2"]
)
def test_an_epoch_is_a_whole_number_from_one_and_stands_alone(name: str) -> None:
    with pytest.raises(ExpressionError, match="no metric"):
        parse_metric(name)


def test_an_expression_is_a_metric_named_as_it_is_written() -> None:
    metric = parse_metric(" train/accuracy:clean   - test/accuracy ")
    assert metric.text == "train/accuracy:clean - test/accuracy"
    assert metric.expression.value({"train/accuracy:clean": 0.75, "test/accuracy": 0.5}) == 0.25


@pytest.mark.parametrize(
    "text, higher_is_better, is_share, chosen_on_test, exact",
    [
        ("test/accuracy", True, True, False, False),
        ("test/accuracy:max", True, True, True, False),
        ("val/accuracy:max", True, True, False, False),
        ("train/loss:min", False, False, False, False),
        ("test/loss:min", False, False, True, False),
        ("parameters", False, False, False, True),
        ("seconds", False, False, False, False),
        ("train/accuracy:clean - test/accuracy", False, True, False, False),
        ("train/accuracy - train/loss", True, False, False, False),
        ("test/accuracy:setbacks", False, True, False, False),
        ("test/loss@3", False, False, False, False),
        ("gradient/ratio", True, False, False, False),
        ("- test/accuracy", False, True, False, False),
        ("test/accuracy - test/accuracy + test/loss", False, False, False, False),
        ("test/loss - train/loss", False, False, False, False),
        ("test/accuracy - 0.001 * seconds", True, False, False, False),
        ("2 * parameters", False, False, False, True),
    ],
)
def test_what_a_metric_is_follows_from_its_parts(
    text: str, higher_is_better: bool, is_share: bool, chosen_on_test: bool, exact: bool
) -> None:
    metric = parse_metric(text)
    kind = (metric.higher_is_better, metric.is_share, metric.chosen_on_test, metric.exact)
    assert kind == (higher_is_better, is_share, chosen_on_test, exact)


@pytest.mark.parametrize(
    "text, wrong",
    [
        ("test/acuracy", "no metric 'test/acuracy'; did you mean 'test/accuracy'?"),
        ("accuracy", "no metric 'accuracy'; did you mean 'test/accuracy'?"),
        ("loss", "no metric 'loss'; did you mean 'test/loss'?"),
        ("test/accuracy:best", "no metric 'test/accuracy:best'; did you mean 'test/accuracy'?"),
        ("zzz", f"no metric 'zzz'; known: {', '.join(sorted(metric_names()))}"),
        (
            "test/accuracy:clean",
            "no metric 'test/accuracy:clean'; only train metrics have :clean "
            "(validation and test are always clean)",
        ),
        ("0.5", "'0.5' names no metric, or metrics that cancel"),
        ("test/loss - test/loss", "'test/loss - test/loss' names no metric, or metrics that cancel"),
        ("", "something is missing where a name or a number should stand"),
        ("test/loss * 2", "a factor is a number and stands first, as in '0.5 * name'"),
    ],
)
def test_what_is_no_metric_is_told_with_the_nearest_one(text: str, wrong: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        parse_metric(text)
    assert str(raised.value) == wrong


def test_metrics_of_equal_text_are_equal() -> None:
    assert parse_metric("test/loss") == parse_metric("test/loss") != parse_metric("train/loss")
    assert isinstance(parse_metric("seconds"), Metric)
