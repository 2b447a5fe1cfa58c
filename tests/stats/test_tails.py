import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp

from glasslab.stats.sample import summarise
from glasslab.stats.tails import one_sided, two_sided

SPREAD = st.lists(st.floats(-10, 10), min_size=2, max_size=10).filter(
    lambda values: max(values) - min(values) > 1e-3
)


@given(SPREAD, st.floats(-10, 10))
def test_tails_are_those_of_scipys_t_test(values: list[float], null: float) -> None:
    tails = one_sided(summarise(values), null)
    assert tails is not None
    assert tails[0] == pytest.approx(ttest_1samp(values, null, alternative="greater").pvalue, rel=1e-8)
    assert tails[1] == pytest.approx(ttest_1samp(values, null, alternative="less").pvalue, rel=1e-8)


def test_without_spread_each_seed_halves_the_p_value_of_the_side_that_was_seen() -> None:
    assert one_sided(summarise([0.01] * 3)) == (0.125, 1.0)
    assert one_sided(summarise([-0.01] * 4)) == (1.0, 0.0625)


def test_without_spread_a_tie_with_the_null_speaks_for_neither_side() -> None:
    assert one_sided(summarise([0.0] * 9)) == (1.0, 1.0)
    assert one_sided(summarise([0.9 - 0.8] * 9), 0.1) == (1.0, 1.0)


def test_one_seed_has_no_p_value() -> None:
    assert one_sided(summarise([3.0])) is None


def test_the_two_sided_p_value_is_twice_the_smaller_and_at_most_one() -> None:
    assert two_sided(0.01, 0.99) == two_sided(0.99, 0.01) == 0.02
    assert two_sided(0.7, 0.8) == 1.0
    assert two_sided(None, 0.1) is None
    assert two_sided(0.1, None) is None
