import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glasslab.stats import Verdict, decide, difference

PROBABILITY = st.floats(0, 1)


def test_verdicts_read_as_the_report_writes_them() -> None:
    assert [str(verdict) for verdict in Verdict] == ["holds", "does not hold", "cannot tell"]
    assert Verdict("holds") is Verdict.HOLDS


def test_a_small_adjusted_p_value_decides_for_the_likelier_side() -> None:
    assert decide(0.001, 0.999, 0.002) is Verdict.HOLDS
    assert decide(0.999, 0.001, 0.002) is Verdict.DOES_NOT_HOLD


def test_what_is_lost_in_the_correction_cannot_be_told() -> None:
    assert decide(0.01, 0.99, 0.02) is Verdict.HOLDS
    assert decide(0.01, 0.99, 0.06) is Verdict.CANNOT_TELL


def test_an_adjusted_p_value_of_just_alpha_cannot_be_told() -> None:
    assert decide(0.025, 0.975, 0.05) is Verdict.CANNOT_TELL
    assert decide(0.025, 0.975, 0.05, alpha=0.06) is Verdict.HOLDS


def test_what_was_not_tested_cannot_be_told() -> None:
    assert decide(None, None, None) is Verdict.CANNOT_TELL
    assert decide(None, 0.01, 0.02) is Verdict.CANNOT_TELL
    assert decide(0.01, None, 0.02) is Verdict.CANNOT_TELL
    assert decide(0.01, 0.99, None) is Verdict.CANNOT_TELL


def test_a_tie_cannot_be_told() -> None:
    assert decide(0.0, 0.0, 0.0) is Verdict.CANNOT_TELL


@given(PROBABILITY, PROBABILITY, PROBABILITY)
def test_turning_a_claim_round_turns_its_verdict(p_for: float, p_against: float, adjusted: float) -> None:
    opposite = {
        Verdict.HOLDS: Verdict.DOES_NOT_HOLD,
        Verdict.DOES_NOT_HOLD: Verdict.HOLDS,
        Verdict.CANNOT_TELL: Verdict.CANNOT_TELL,
    }
    assert decide(p_against, p_for, adjusted) is opposite[decide(p_for, p_against, adjusted)]


@given(
    st.lists(st.floats(-10, 10), min_size=2, max_size=8).filter(
        lambda values: max(values) - min(values) > 1e-3
    )
)
def test_a_claim_alone_is_decided_exactly_when_its_interval_excludes_zero(values: list[float]) -> None:
    result = difference(values)
    expected = Verdict.CANNOT_TELL
    if result.low > 0.0:
        expected = Verdict.HOLDS
    if result.high < 0.0:
        expected = Verdict.DOES_NOT_HOLD
    assert decide(result.p_above, result.p_below, result.p_two_sided) is expected


def test_a_true_claim_is_called_false_in_at_most_two_and_a_half_percent_of_studies() -> None:
    """Tolerance: four binomial standard errors of 10,000 rounds at 0.025, 0.0062."""
    rounds = 10_000
    studies = np.random.default_rng(3).normal(1e-9, 1.0, (rounds, 4)).tolist()
    results = [difference(study) for study in studies]
    verdicts = [decide(each.p_above, each.p_below, each.p_two_sided) for each in results]
    wrong = verdicts.count(Verdict.DOES_NOT_HOLD) / rounds
    assert wrong < 0.025 + 4 * math.sqrt(0.025 * 0.975 / rounds)


def test_numbers_that_are_no_probabilities_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^p_for: must be a p-value from 0 to 1, got 2"):
        decide(2.0, 0.5, 0.5)
    with pytest.raises(ValueError, match=r"^p_against: must be a p-value from 0 to 1, got nan"):
        decide(0.5, float("nan"), 0.5)
    with pytest.raises(ValueError, match=r"^adjusted: must be a p-value from 0 to 1, got -1"):
        decide(0.5, 0.5, -1.0)
    with pytest.raises(ValueError, match=r"^alpha: must be strictly between 0 and 1, got 5"):
        decide(None, None, None, alpha=5)
