import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glasslab.stats.sample import summarise

FINITE = st.floats(-1e6, 1e6, allow_subnormal=False)


@given(st.lists(FINITE, min_size=2, max_size=12))
def test_mean_and_sd_are_those_of_the_standard_library(values: list[float]) -> None:
    sample = summarise(values)
    assert sample.n == len(values)
    assert sample.mean == pytest.approx(statistics.fmean(values), rel=1e-12, abs=1e-12)
    if sample.sd:
        assert sample.sd == pytest.approx(statistics.stdev(values), rel=1e-6)


@given(st.floats(-1e300, 1e300), st.integers(2, 30))
def test_equal_values_have_exactly_their_own_mean_and_no_spread(value: float, n: int) -> None:
    sample = summarise([value] * n)
    assert (sample.mean, sample.sd) == (value, 0.0)


def test_the_rounding_of_a_subtraction_is_not_taken_for_spread() -> None:
    differences = [0.9 - 0.8, 0.8 - 0.7, 0.6 - 0.5]
    assert len(set(differences)) > 1
    assert summarise(differences).sd == 0.0


def test_the_least_spread_of_single_precision_is_taken_for_spread() -> None:
    one = np.float32(1.0)
    assert summarise([float(one), float(np.nextafter(one, np.float32(2.0)))]).sd > 0.0


def test_one_value_has_no_spread_to_speak_of() -> None:
    sample = summarise([0.5])
    assert (sample.mean, sample.sd, sample.n) == (0.5, None, 1)


def test_an_array_is_as_good_as_a_list() -> None:
    assert summarise(np.array([1.0, 3.0])) == summarise([1, 3])


def test_huge_values_do_not_overflow() -> None:
    sample = summarise([1e300, -1e300, 1e300, -1e300])
    assert sample.mean == 0.0
    assert sample.sd == pytest.approx(2e300 / 3**0.5)


def test_no_values_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^values: at least one is needed, got none; leave out what"):
        summarise([])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 2e300])
def test_a_diverged_value_is_refused_with_its_position(value: float) -> None:
    with pytest.raises(
        ValueError, match=r"^values: must be finite .* got .* at position 1; count a diverged run"
    ):
        summarise([0.5, value])
