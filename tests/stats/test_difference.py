import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, ttest_1samp, ttest_rel

from glasslab.stats import difference, paired

RELU = [0.9778, 0.9761, 0.9790, 0.9783, 0.9755]
TANH = [0.9760, 0.9750, 0.9752, 0.9769, 0.9759]
SPREAD = st.lists(st.floats(-10, 10), min_size=2, max_size=10).filter(
    lambda values: max(values) - min(values) > 1e-3
)


def test_paired_differences_are_tested_as_scipy_tests_related_samples() -> None:
    result = difference(paired(RELU, TANH))
    oracle = ttest_rel(RELU, TANH)
    interval = oracle.confidence_interval(0.95)
    assert result.p_two_sided == pytest.approx(oracle.pvalue, rel=1e-9)
    assert (result.low, result.high) == pytest.approx((interval.low, interval.high), rel=1e-9)
    assert result.p_above == pytest.approx(ttest_rel(RELU, TANH, alternative="greater").pvalue, rel=1e-9)
    assert result.p_below == pytest.approx(ttest_rel(RELU, TANH, alternative="less").pvalue, rel=1e-9)
    assert (result.n, result.exact) == (5, False)


@given(SPREAD)
def test_a_difference_is_scipys_one_sample_test(values: list[float]) -> None:
    result, oracle = difference(values, confidence=0.9), ttest_1samp(values, 0.0)
    interval = oracle.confidence_interval(0.9)
    assert result.p_two_sided == pytest.approx(oracle.pvalue, rel=1e-8)
    assert (result.low, result.high) == pytest.approx((interval.low, interval.high), rel=1e-8, abs=1e-9)


@given(SPREAD)
def test_swapping_the_variants_mirrors_everything(values: list[float]) -> None:
    forward, backward = difference(values), difference([-value for value in values])
    assert (backward.mean, backward.low, backward.high) == (-forward.mean, -forward.high, -forward.low)
    assert (backward.p_above, backward.p_below) == (forward.p_below, forward.p_above)


@given(SPREAD)
def test_the_interval_excludes_zero_exactly_when_the_p_value_is_below_one_less_confidence(
    values: list[float],
) -> None:
    result = difference(values)
    assert (result.p_two_sided < 0.05) == (result.low > 0.0 or result.high < 0.0)


def test_one_seed_gives_the_difference_and_nothing_about_its_certainty() -> None:
    result = difference([0.01])
    assert (result.mean, result.n) == (0.01, 1)
    assert result.sd is result.low is result.high is None
    assert result.p_above is result.p_below is result.p_two_sided is None


@pytest.mark.parametrize("n", [2, 5, 6, 12])
def test_without_spread_the_sign_test_decides_and_the_interval_is_the_point(n: int) -> None:
    result = difference([0.01] * n)
    assert result.p_above == pytest.approx(binomtest(n, n, alternative="greater").pvalue)
    assert result.p_below == pytest.approx(binomtest(n, n, alternative="less").pvalue) == 1.0
    assert result.p_two_sided == pytest.approx(binomtest(n, n).pvalue)
    assert (result.low, result.mean, result.high, result.sd) == (0.01, 0.01, 0.01, 0.0)


def test_without_spread_six_seeds_are_the_fewest_below_five_per_cent() -> None:
    assert difference([-0.01] * 5).p_two_sided == 0.0625
    assert difference([-0.01] * 6).p_two_sided == 0.03125


def test_no_difference_in_any_seed_is_no_evidence_for_either_side() -> None:
    result = difference([0.0] * 20)
    assert (result.p_above, result.p_below, result.p_two_sided) == (1.0, 1.0, 1.0)
    assert (result.low, result.high) == (0.0, 0.0)


def test_equal_differences_are_not_made_certain_by_their_rounding() -> None:
    assert difference(paired([0.9, 0.8], [0.8, 0.7])).p_two_sided == 0.5


@pytest.mark.parametrize("n", [1, 3])
def test_an_exact_difference_needs_one_seed_and_no_chance(n: int) -> None:
    more, fewer = difference([1024] * n, exact=True), difference([-1024] * n, exact=True)
    assert (more.p_above, more.p_below, more.p_two_sided) == (0.0, 1.0, 0.0)
    assert (fewer.p_above, fewer.p_below, fewer.p_two_sided) == (1.0, 0.0, 0.0)
    assert (more.low, more.mean, more.high, more.sd, more.n, more.exact) == (1024, 1024, 1024, 0, n, True)


def test_an_exact_tie_is_neither_above_nor_below() -> None:
    result = difference([0], exact=True)
    assert (result.p_above, result.p_below, result.p_two_sided) == (1.0, 1.0, 1.0)


def test_what_varies_is_not_exact() -> None:
    with pytest.raises(
        ValueError, match=r"^values: exact ones must all be equal, got 1.0 to 2.0; leave 'exact'"
    ):
        difference([1.0, 2.0], exact=True)


def test_a_bad_confidence_is_refused_for_exact_values_too() -> None:
    with pytest.raises(ValueError, match=r"confidence: must be strictly between 0 and 1, got 95"):
        difference([1.0], confidence=95, exact=True)


def test_pairs_are_subtracted_seed_by_seed() -> None:
    assert paired([3, 5.0], [1.0, 8]) == [2.0, -3.0]


def test_a_value_without_partner_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^paired: both sides need the same seeds, got 2 and 1 values; drop"
    ):
        paired([1.0, 2.0], [1.0])


@pytest.mark.parametrize("n", [2, 5, 10])
@pytest.mark.parametrize("grid", [None, 1.0, 3.0])
def test_no_difference_is_called_one_in_at_most_5_percent_of_studies(n: int, grid: float | None) -> None:
    """True mean 0 and sd 1, as is and rounded to a coarse grid (few test images), where spread is often 0.

    Rounding keeps the symmetry but not the normality, so there only the upper bound is asked for.
    Tolerance: four binomial standard errors of 10,000 rounds, 0.0087.
    """
    rounds = 10_000
    studies = np.random.default_rng(n).normal(size=(rounds, n))
    if grid:
        studies = np.round(studies / grid) * grid
    called = sum(difference(study).p_two_sided < 0.05 for study in studies.tolist()) / rounds
    tolerance = 4 * math.sqrt(0.05 * 0.95 / rounds)
    assert called < 0.05 + tolerance
    if grid is None:
        assert called > 0.05 - tolerance


def test_pairing_removes_what_the_seeds_share() -> None:
    shared = np.random.default_rng(0).normal(size=10)
    a = shared + np.linspace(0.09, 0.11, 10)
    result = difference(paired(a, shared))
    assert result.sd == pytest.approx(np.std(np.linspace(0.09, 0.11, 10), ddof=1))
    assert result.p_two_sided < 1e-9
