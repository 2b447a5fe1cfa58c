import math

import numpy as np
import pytest
from scipy import stats

from glasslab.analysis.gradients import (
    START,
    TRAINING,
    asks_for_gradients,
    first_over_last,
    history,
    multiple,
    over_seeds,
    profile,
)
from tests.analysis.made_runs import DIVERGED, Ending, made, study_over

Layers = dict[str, float | None]


def ending(start: Layers, *later: Layers) -> Ending:
    """A finished run with these gradients: of the first batch, then at each measurement."""
    rows = [{"epoch": k, "step": 10 * k, "gradients": each} for k, each in enumerate(later, start=1)]
    rows[0]["gradients_at_start"] = start
    return Ending({"test/accuracy": 0.9}, rows=rows)


STEEP = ending({"first": 1e-6, "last": 1e-2}, {"first": 1e-4, "last": 1e-2}, {"first": 3e-4, "last": 3e-2})
FLAT = ending({"first": 1e-4, "last": 1e-2}, {"first": 2e-4, "last": 1e-2}, {"first": 6e-4, "last": 3e-2})


def test_the_mean_over_seeds_is_that_of_the_logarithms() -> None:
    # the geometric mean of 1, 10 and 100 is 10, where the arithmetic one is 37
    assert over_seeds({0: 1.0, 1: 10.0, 2: 100.0}).mean == pytest.approx(10.0)


def test_the_interval_is_students_on_the_logarithms() -> None:
    values = [2e-5, 5e-5, 3e-5, 9e-5]
    logs = np.log(values)
    low, high = stats.t.interval(0.95, 3, loc=logs.mean(), scale=stats.sem(logs))
    found = over_seeds(dict(enumerate(values)))
    assert found.mean == pytest.approx(stats.gmean(values))
    assert (found.low, found.high) == (pytest.approx(math.exp(low)), pytest.approx(math.exp(high)))


def test_zeros_are_counted_and_left_out() -> None:
    found = over_seeds({0: 0.0, 1: 1e-3, 2: 1e-5})
    assert (found.n, found.zeros) == (2, 1)
    assert found.mean == pytest.approx(1e-4)
    none = over_seeds({0: 0.0, 1: 0.0})
    assert (none.mean, none.low, none.zeros) == (None, None, 2)


def test_one_seed_has_a_mean_and_no_interval() -> None:
    found = over_seeds({7: 0.25})
    assert (found.mean, found.low, found.high) == (pytest.approx(0.25), None, None)


def test_seeds_that_lie_further_apart_than_a_double_reaches_break_nothing() -> None:
    found = over_seeds({0: 1e-300, 1: 1.0})
    assert found.mean == pytest.approx(1e-150)
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low < found.high < math.inf


def test_the_profile_of_the_training_is_each_runs_mean_over_its_measurements() -> None:
    (a,) = made({"a": [STEEP, FLAT]}).variants
    found = profile(a, TRAINING)
    assert found is not None
    assert found.layers["first"].by_seed == {0: pytest.approx(2e-4), 1: pytest.approx(4e-4)}
    assert list(found.layers) == ["first", "last"]
    # each run's value is the metric's, so that the page never says two things of one run
    assert found.layers["first"].by_seed[1] == pytest.approx(a.runs[1].metric("gradient/first"))


def test_the_profile_of_the_start_is_the_first_batchs() -> None:
    (a,) = made({"a": [STEEP, FLAT]}).variants
    found = profile(a, START)
    assert found is not None
    assert found.layers["first"].by_seed == {0: 1e-6, 1: 1e-4}


def test_the_first_layer_over_the_last_is_taken_seed_by_seed() -> None:
    (a,) = made({"a": [STEEP, FLAT]}).variants
    found = profile(a, START)
    assert found is not None
    ratio = first_over_last(found)
    assert ratio.by_seed == {0: pytest.approx(1e-4), 1: pytest.approx(1e-2)}
    assert ratio.mean == pytest.approx(1e-3)


def test_a_last_layer_without_gradient_leaves_no_ratio() -> None:
    (a,) = made({"a": [ending({"first": 1.0, "last": 0.0}, {"first": 1.0, "last": 5e-324})]}).variants
    for when in (START, TRAINING):
        found = profile(a, when)
        assert found is not None
        assert first_over_last(found).by_seed == {}


def test_what_was_not_finite_leaves_its_layer_of_its_run_only() -> None:
    broken = ending(
        {"first": 1e-6, "last": 1e-2}, {"first": None, "last": 1e-2}, {"first": 1.0, "last": 3e-2}
    )
    (a,) = made({"a": [broken, FLAT]}).variants
    found = profile(a, TRAINING)
    assert found is not None
    assert list(found.layers["first"].by_seed) == [1]
    assert list(found.layers["last"].by_seed) == [0, 1]


def test_runs_without_gradients_and_diverged_ones_have_no_part() -> None:
    older = Ending({"test/accuracy": 0.9})
    a, b = made({"a": [older, DIVERGED], "b": [older, FLAT]}).variants
    assert profile(a, START) is None
    assert history(a) == {}
    found = profile(b, START)
    assert found is not None
    assert list(found.layers["first"].by_seed) == [1]


def test_the_history_follows_every_layer_by_measurement() -> None:
    (a,) = made({"a": [STEEP, FLAT]}).variants
    moments = history(a)["first"]
    assert [(each.epoch, each.step) for each in moments] == [(1, 10), (2, 20)]
    assert moments[1].gradient.by_seed == {0: 3e-4, 1: 6e-4}


@pytest.mark.parametrize(
    "tables, asked",
    [
        ({}, False),
        ({"metric": "gradient/ratio"}, True),
        ({"also": ["seconds", "gradient/first:start"]}, True),
        ({"also": ["gradient_norm"]}, False),
        ({"claims": [{"says": "it", "holds": "a < 1", "metric": "gradient/ratio"}]}, True),
        ({"reported": {"source": "it", "gradient/last": {"a": 0.1}}}, True),
    ],
)
def test_a_study_asks_for_gradients_by_any_of_its_metrics(tables: dict[str, object], asked: bool) -> None:
    assert asks_for_gradients(study_over({"a": [0.9]}, **tables)) is asked


@pytest.mark.parametrize(
    "ratio, said",
    [
        (1 / 3210, "1/3200"),
        (1 / 32100, "1/32\u2009000"),
        (0.25, "1/4"),
        (0.4, "1/2.5"),
        (1 / 9.96, "1/10"),
        (1 / 99.7, "1/100"),
        (0.9, "0.9"),
        (1.0, "1"),
        (1.34, "1.3"),
        (42.3, "42"),
        (3.21e-9, "1/(3.1 × 10⁸)"),
    ],
)
def test_a_ratio_is_said_as_a_part_with_two_digits(ratio: float, said: str) -> None:
    assert multiple(ratio) == said
