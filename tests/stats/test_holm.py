import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp

from glasslab.stats import holm

P_VALUES = st.lists(st.floats(0, 1), max_size=12)


def test_holm_by_hand() -> None:
    # in order .005 .01 .03 .04: times 4, 3, 2, 1 = .02 .03 .06 .04, and the last may not fall below .06
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_no_claims_need_no_correction_and_one_claim_keeps_its_p_value() -> None:
    assert holm([]) == []
    assert holm([0.03]) == [0.03]


@given(P_VALUES)
def test_adjusted_p_values_only_grow_and_stay_probabilities(p_values: list[float]) -> None:
    for raw, adjusted in zip(p_values, holm(p_values), strict=True):
        assert raw <= adjusted <= 1.0


@given(P_VALUES)
def test_adjusting_keeps_the_order_of_the_claims(p_values: list[float]) -> None:
    by_raw = [adjusted for _, adjusted in sorted(zip(p_values, holm(p_values), strict=True))]
    assert by_raw == sorted(by_raw)


@given(P_VALUES.flatmap(lambda p: st.tuples(st.just(p), st.permutations(range(len(p))))))
def test_the_order_in_which_claims_are_written_does_not_matter(case: tuple[list[float], list[int]]) -> None:
    p_values, order = case
    adjusted = holm(p_values)
    assert holm([p_values[index] for index in order]) == [adjusted[index] for index in order]


@given(P_VALUES, st.floats(0.001, 0.5))
def test_adjusted_p_values_reject_what_holms_procedure_rejects(p_values: list[float], alpha: float) -> None:
    """Holm's own words: compare the k-th smallest with alpha / (m - k + 1) and stop at the first failure."""
    rejected = 0
    for rank, p_value in enumerate(sorted(p_values)):
        if not p_value * (len(p_values) - rank) < alpha:
            break
        rejected += 1
    assert sum(adjusted < alpha for adjusted in holm(p_values)) == rejected


@given(P_VALUES, st.floats(0, 1))
def test_a_further_claim_never_makes_the_others_easier(p_values: list[float], further: float) -> None:
    for alone, together in zip(holm(p_values), holm([*p_values, further]), strict=False):
        assert together >= alone


@pytest.mark.parametrize("shared", [0.0, 0.9])
@pytest.mark.parametrize("false_claims", [0, 2])
def test_any_error_among_six_claims_happens_in_at_most_5_percent_of_studies(
    shared: float, false_claims: int
) -> None:
    """Six t-tests over five seeds, independent or with a common baseline; some differences may be real.

    Tolerance: four binomial standard errors of 10,000 rounds, 0.0087.
    """
    rounds, claims, seeds = 10_000, 6, 5
    generator = np.random.default_rng(int(10 * shared) + false_claims)
    common = generator.normal(size=(rounds, 1, seeds))
    values = (
        math.sqrt(1 - shared) * generator.normal(size=(rounds, claims, seeds)) + math.sqrt(shared) * common
    )
    values[:, :false_claims] += 3.0
    p_values = ttest_1samp(values, 0.0, axis=2).pvalue.tolist()
    errors = sum(min(holm(study)[false_claims:]) < 0.05 for study in p_values) / rounds
    uncorrected = sum(min(study[false_claims:]) < 0.05 for study in p_values) / rounds
    assert errors < 0.05 + 4 * math.sqrt(0.05 * 0.95 / rounds)
    assert uncorrected > 0.09


@pytest.mark.parametrize("value", [float("nan"), -0.1, 1.1])
def test_what_is_no_p_value_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r"^p_values\[1\]: must be a p-value from 0 to 1, got"):
        holm([0.5, value])
