import pytest

from glasslab.analysis.scores import ranked, scores
from glasslab.plan.metric import parse_metric
from tests.analysis.made_runs import DIVERGED, FAILED, RUNNING, Ending, Values, made

ACCURACY, LOSS = parse_metric("test/accuracy"), parse_metric("test/loss")


def test_a_score_has_mean_and_interval_over_seeds() -> None:
    (score,) = scores(made({"a": [0.9, 0.8, 0.7]}), ACCURACY)
    assert score.values == {0: 0.9, 1: 0.8, 2: 0.7}
    assert score.estimate is not None
    assert score.estimate.mean == pytest.approx(0.8)
    # Student's 97.5 % quantile for 2 degrees of freedom is 4.3027; sd 0.1; 4.3027 * 0.1 / sqrt(3) = 0.2484
    assert score.estimate.high == pytest.approx(0.8 + 0.2484, abs=1e-4)


def test_what_has_no_value_is_counted_and_leaves_the_mean() -> None:
    (score,) = scores(made({"a": [0.9, DIVERGED, DIVERGED, FAILED, RUNNING, None]}), ACCURACY)
    assert (score.diverged, score.failed, score.missing) == (2, 1, 2)
    assert score.estimate is not None
    assert (score.estimate.n, score.estimate.mean, score.estimate.low) == (1, 0.9, None)


def test_a_variant_without_values_has_no_estimate() -> None:
    (score,) = scores(made({"a": [DIVERGED, FAILED]}), ACCURACY)
    assert (score.values, score.estimate) == ({}, None)


def test_the_best_mean_comes_first_and_what_has_none_last() -> None:
    values: Values = {"none": [DIVERGED], "low": [0.1], "high": [0.9], "middle": [0.5]}
    found = ranked(scores(made(values), ACCURACY), ACCURACY)
    assert [each.variant for each in found] == ["high", "middle", "low", "none"]


def test_the_lowest_loss_is_the_best() -> None:
    values = {name: [Ending({"test/loss": loss})] for name, loss in (("a", 2.0), ("b", 1.0), ("c", 3.0))}
    found = ranked(scores(made(values), LOSS), LOSS)
    assert [each.variant for each in found] == ["b", "a", "c"]
