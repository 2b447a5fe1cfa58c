import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import sem, t

from glasslab.stats import Interval, estimate, prediction_interval

ACCURACIES = [0.9778, 0.9761, 0.9790, 0.9783, 0.9755]
ROUNDS = 20_000


def four_standard_errors(share: float) -> float:
    """Binomial error of a share over ROUNDS: four are 0.0062 at 95 %, exceeded by chance once in 16,000."""
    return 4 * math.sqrt(share * (1 - share) / ROUNDS)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("n", [2, 3, 5])
def test_interval_of_the_mean_is_scipys(n: int, confidence: float) -> None:
    values = ACCURACIES[:n]
    result = estimate(values, confidence)
    low, high = t.interval(confidence, n - 1, loc=np.mean(values), scale=sem(values))
    assert (result.mean, result.sd) == pytest.approx((np.mean(values), np.std(values, ddof=1)))
    assert (result.low, result.high) == pytest.approx((low, high), rel=1e-12)
    assert (result.n, result.confidence) == (n, confidence)


def test_interval_by_hand() -> None:
    # mean 2, sd 1, t(0.975, 2 degrees) = 4.3027 from the printed tables; 4.3027 / sqrt(3) = 2.4842
    result = estimate([1.0, 2.0, 3.0])
    assert (result.low, result.high) == pytest.approx((2 - 2.4842, 2 + 2.4842), abs=1e-4)


def test_prediction_interval_by_hand() -> None:
    # 4.3027 * sqrt(1 + 1/3) = 4.9683
    result = prediction_interval([1.0, 2.0, 3.0])
    assert result is not None
    assert (result.low, result.high) == pytest.approx((2 - 4.9683, 2 + 4.9683), abs=1e-4)


def test_one_seed_has_a_mean_and_no_interval() -> None:
    result = estimate([0.9])
    assert (result.mean, result.n) == (0.9, 1)
    assert result.sd is result.low is result.high is None
    assert prediction_interval([0.9]) is None


def test_without_spread_both_intervals_are_the_point() -> None:
    result = estimate([0.1] * 3)
    assert (result.low, result.mean, result.high) == (0.1, 0.1, 0.1)
    assert prediction_interval([0.1] * 3) == Interval(0.1, 0.1)


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=8))
def test_one_new_run_is_less_certain_than_the_mean(values: list[float]) -> None:
    mean, run = estimate(values), prediction_interval(values)
    assert run is not None
    assert mean.low is not None
    assert mean.high is not None
    assert run.low <= mean.low <= mean.mean <= mean.high <= run.high


def test_interval_narrows_as_seeds_are_added() -> None:
    results = [estimate([0.0, 1.0] * repeats) for repeats in (1, 2, 4, 8)]
    widths = [result.high - result.low for result in results]
    assert all(wider > narrower for wider, narrower in pairwise(widths))


@pytest.mark.parametrize("n", [2, 3, 5, 10])
def test_a_95_percent_interval_covers_the_true_mean_in_95_percent_of_studies(n: int) -> None:
    studies = np.random.default_rng(n).normal(0.9, 0.01, (ROUNDS, n)).tolist()
    covered = sum(result.low <= 0.9 <= result.high for result in map(estimate, studies))
    assert abs(covered / ROUNDS - 0.95) < four_standard_errors(0.95)


@pytest.mark.parametrize("n", [2, 3, 5, 10])
def test_a_95_percent_prediction_interval_contains_95_percent_of_new_runs(n: int) -> None:
    runs = np.random.default_rng(100 + n).normal(0.9, 0.01, (ROUNDS, n + 1)).tolist()
    contained = sum(prediction_interval(seen).contains(new) for *seen, new in runs)
    assert abs(contained / ROUNDS - 0.95) < four_standard_errors(0.95)


def test_the_interval_of_the_mean_is_no_place_for_a_reported_run() -> None:
    # P(|new - mean| < t s / sqrt n) = P(|T| < t / sqrt(n + 1)), for n = 5 that is 0.68
    runs = np.random.default_rng(7).normal(0.9, 0.01, (ROUNDS, 6)).tolist()
    contained = sum(estimate(seen).low <= new <= estimate(seen).high for *seen, new in runs)
    expected = 1 - 2 * t.sf(t.ppf(0.975, 4) / math.sqrt(6), 4)
    assert abs(contained / ROUNDS - expected) < four_standard_errors(expected)
    assert expected < 0.7


def test_an_interval_contains_its_edges() -> None:
    interval = Interval(-1.0, 2.0)
    assert [interval.contains(value) for value in (-1.1, -1.0, 0.0, 2.0, 2.1)] == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_distance_is_nothing_inside_and_signed_outside() -> None:
    interval = Interval(-1.0, 2.0)
    assert [interval.distance(value) for value in (-3.0, -1.0, 0.5, 2.0, 2.5)] == [-2.0, 0.0, 0.0, 0.0, 0.5]


def test_a_confidence_in_per_cent_is_refused_even_for_one_seed() -> None:
    with pytest.raises(ValueError, match=r"confidence: must be strictly between 0 and 1, got 95"):
        estimate([1.0], confidence=95)
    with pytest.raises(ValueError, match=r"confidence: must be strictly between 0 and 1, got 1"):
        prediction_interval([1.0, 2.0], confidence=1.0)


def test_no_values_and_diverged_values_are_refused() -> None:
    with pytest.raises(ValueError, match=r"at least one is needed"):
        estimate([])
    with pytest.raises(ValueError, match=r"must be finite .* got nan at position 0"):
        prediction_interval([float("nan"), 1.0])
