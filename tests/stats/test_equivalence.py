import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp

from glasslab.stats import Equivalence, Verdict, decide, difference, equivalence

SPREAD = st.lists(st.floats(-10, 10), min_size=2, max_size=10).filter(
    lambda values: max(values) - min(values) > 1e-3
)


def verdict(result: Equivalence) -> Verdict:
    return decide(result.p_within, result.p_outside, result.p_two_sided)


@given(SPREAD, st.floats(0.01, 20))
def test_both_p_values_are_made_of_scipys_one_sided_tests(values: list[float], margin: float) -> None:
    result = equivalence(values, margin)
    above_minus = ttest_1samp(values, -margin, alternative="greater").pvalue
    below_plus = ttest_1samp(values, margin, alternative="less").pvalue
    above_plus = ttest_1samp(values, margin, alternative="greater").pvalue
    below_minus = ttest_1samp(values, -margin, alternative="less").pvalue
    assert result.p_within == pytest.approx(max(above_minus, below_plus), rel=1e-8)
    assert result.p_outside == pytest.approx(min(1.0, 2 * min(above_plus, below_minus)), rel=1e-8)
    assert result.difference == difference(values)
    assert result.margin == margin


@given(SPREAD, st.floats(0.01, 20))
def test_equivalence_alone_holds_exactly_when_the_95_percent_interval_lies_within_the_margin(
    values: list[float], margin: float
) -> None:
    result = equivalence(values, margin)
    within = -margin < result.difference.low and result.difference.high < margin
    assert (verdict(result) is Verdict.HOLDS) == within


@given(SPREAD, st.floats(0.01, 5))
def test_equivalence_alone_fails_exactly_when_the_97_5_percent_interval_lies_beyond_the_margin(
    values: list[float], margin: float
) -> None:
    result = equivalence(values, margin, confidence=0.975)
    beyond = result.difference.low > margin or result.difference.high < -margin
    assert (verdict(result) is Verdict.DOES_NOT_HOLD) == beyond


@given(SPREAD, st.floats(0.01, 20))
def test_the_sign_of_the_difference_does_not_matter(values: list[float], margin: float) -> None:
    one, other = equivalence(values, margin), equivalence([-value for value in values], margin)
    assert (one.p_within, one.p_outside) == (other.p_within, other.p_outside)


def test_one_seed_cannot_show_equivalence() -> None:
    result = equivalence([0.0], 0.1)
    assert result.p_within is result.p_outside is result.p_two_sided is None
    assert verdict(result) is Verdict.CANNOT_TELL


def test_without_spread_the_sign_test_decides_within_and_outside() -> None:
    within, outside = equivalence([0.001] * 4, 0.002), equivalence([-0.003] * 4, 0.002)
    assert (within.p_within, within.p_outside) == (0.0625, 1.0)
    assert (outside.p_within, outside.p_outside) == (1.0, 0.125)


def test_without_spread_networks_that_never_differ_are_equivalent_from_six_seeds_on() -> None:
    assert verdict(equivalence([0.0] * 5, 0.002)) is Verdict.CANNOT_TELL
    assert verdict(equivalence([0.0] * 6, 0.002)) is Verdict.HOLDS


@pytest.mark.parametrize("edge", [0.1, -0.1, 0.9 - 0.8])
def test_without_spread_a_difference_of_just_the_margin_speaks_for_neither(edge: float) -> None:
    result = equivalence([edge] * 20, 0.1)
    assert (result.p_within, result.p_outside) == (1.0, 1.0)


def test_exact_quantities_need_one_seed() -> None:
    assert verdict(equivalence([100], 128, exact=True)) is Verdict.HOLDS
    assert verdict(equivalence([-128], 128, exact=True)) is Verdict.HOLDS
    assert verdict(equivalence([129], 128, exact=True)) is Verdict.DOES_NOT_HOLD
    assert equivalence([129], 128, exact=True).difference.exact


@pytest.mark.parametrize("margin", [0.0, -0.1, float("nan"), float("inf")])
def test_a_margin_that_nothing_or_everything_meets_is_refused(margin: float) -> None:
    with pytest.raises(
        ValueError, match=r"^margin: must be finite and above 0, got .*largest gap that would not"
    ):
        equivalence([0.1, 0.2], margin)


@pytest.mark.parametrize("n", [2, 5, 10])
@pytest.mark.parametrize("margin", [0.1, 1.0, 3.0])
def test_a_difference_of_just_the_margin_is_called_wrongly_in_at_most_5_percent_of_studies(
    n: int, margin: float
) -> None:
    """The true mean is at the margin (sd 1), where both mistakes are likeliest.

    "Within" below 0.05 is the size of TOST; "outside" below 0.05 that of its opposite; both are valid
    p-values. Tolerance: four binomial standard errors of 10,000 rounds, 0.0087.
    """
    rounds = 10_000
    studies = np.random.default_rng(n).normal(margin, 1.0, (rounds, n)).tolist()
    results = [equivalence(study, margin) for study in studies]
    most = 0.05 + 4 * math.sqrt(0.05 * 0.95 / rounds)
    assert sum(result.p_within < 0.05 for result in results) / rounds < most
    assert sum(result.p_outside < 0.05 for result in results) / rounds < most


def test_with_room_enough_the_size_of_tost_is_reached() -> None:
    """At margin 3 and ten seeds only one of the two tests can fail, so TOST errs in just 5 % (as above)."""
    rounds = 10_000
    studies = np.random.default_rng(1).normal(3.0, 1.0, (rounds, 10)).tolist()
    called = sum(equivalence(study, 3.0).p_within < 0.05 for study in studies) / rounds
    assert abs(called - 0.05) < 4 * math.sqrt(0.05 * 0.95 / rounds)
