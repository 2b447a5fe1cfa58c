import math

import numpy as np
import pytest
from scipy.stats import nct, t, ttest_1samp

from glasslab.stats import difference, seeds_needed, seeds_needed_equivalence

ROUNDS = 10_000
# Four binomial standard errors of a share of 80 %: 0.016, beyond by chance once in 16,000.
TOLERANCE = 4 * math.sqrt(0.8 * 0.2 / ROUNDS)


def power_by_scipy(effect: float, n: int, alpha: float) -> float:
    """The upper tail; the lower one, often NaN in SciPy, adds less than 1e-5 wherever this is used."""
    return nct.sf(t.isf(alpha / 2, n - 1), n - 1, effect * math.sqrt(n))


def detected(mean: float, n: int) -> float:
    """Share of simulated studies of n seeds, sd 1, in which SciPy's t-test finds the mean."""
    values = np.random.default_rng(n).normal(mean, 1.0, (ROUNDS, n))
    return float(np.mean(ttest_1samp(values, 0.0, axis=1).pvalue < 0.05))


def found_within(mean: float, margin: float, n: int) -> float:
    """Share of simulated studies of n seeds, sd 1, in which both of SciPy's tests at 2.5 % succeed."""
    values = np.random.default_rng(n).normal(mean, 1.0, (ROUNDS, n))
    above = ttest_1samp(values, -margin, axis=1, alternative="greater").pvalue
    below = ttest_1samp(values, margin, axis=1, alternative="less").pvalue
    return float(np.mean(np.maximum(above, below) < 0.025))


@pytest.mark.parametrize("effect, n", [(0.2, 199), (0.5, 34), (0.8, 15)])
def test_cohens_small_medium_and_large_effects_need_the_published_numbers(effect: float, n: int) -> None:
    """The numbers are those that G*Power gives for a one-sample t-test, two-sided, 5 %, power 0.8."""
    assert seeds_needed(effect, 1.0) == n


@pytest.mark.parametrize("effect", [0.07, 0.31, 0.5, 0.77, 1.0, 1.5, 2.0, 4.0, 12.0])
@pytest.mark.parametrize("alpha, power", [(0.05, 0.8), (0.05, 0.95), (0.01, 0.8), (0.005, 0.5)])
def test_seeds_needed_is_the_first_n_at_which_scipys_power_suffices(
    effect: float, alpha: float, power: float
) -> None:
    n = seeds_needed(effect, 1.0, alpha, power)
    assert n is not None
    assert power_by_scipy(effect, n, alpha) >= power
    assert n == 2 or power_by_scipy(effect, n - 1, alpha) < power


@pytest.mark.parametrize("effect", [0.4, 0.9, 2.0])
def test_the_number_named_detects_the_difference_in_80_percent_of_studies(effect: float) -> None:
    n = seeds_needed(effect, 1.0)
    assert n is not None
    assert detected(effect, n) > 0.8 - TOLERANCE
    assert detected(effect, n - 1) < 0.8 + TOLERANCE


@pytest.mark.parametrize("mean, margin", [(0.0, 0.5), (0.0, 2.0), (0.3, 0.8), (-0.3, 0.8)])
@pytest.mark.parametrize("power", [0.3, 0.8])
def test_the_number_named_shows_equivalence_in_the_share_of_studies_asked_for(
    mean: float, margin: float, power: float
) -> None:
    n = seeds_needed_equivalence(mean, 1.0, margin, power=power)
    assert n is not None
    tolerance = 4 * math.sqrt(power * (1 - power) / ROUNDS)
    assert found_within(mean, margin, n) > power - tolerance
    assert found_within(mean, margin, n - 1) < power + tolerance


def test_equivalence_of_equals_approaches_the_textbook_formula() -> None:
    # for many seeds n = ((z(0.975) + z(0.9)) sd / margin)^2 = (1.95996 + 1.28155)^2 / 0.0025 = 4203.0
    assert seeds_needed_equivalence(0.0, 1.0, 0.05) == pytest.approx(4203, abs=3)


def test_a_difference_far_from_one_margin_needs_the_seeds_of_a_one_sided_test() -> None:
    # only the near margin matters: n = ((1.95996 + 0.84162) / 0.1)^2 = 784.9, and some 2 for estimating sd
    assert seeds_needed_equivalence(0.9, 1.0, 1.0) == pytest.approx(787, abs=1)


@pytest.mark.parametrize("factor", [-1.0, 1e-6, 1e6])
def test_neither_sign_nor_unit_matters(factor: float) -> None:
    assert seeds_needed(0.7 * factor, abs(factor)) == seeds_needed(0.7, 1.0)
    assert seeds_needed_equivalence(0.2 * factor, abs(factor), 0.9 * abs(factor)) == seeds_needed_equivalence(
        0.2, 1.0, 0.9
    )


def test_smaller_differences_stricter_levels_and_more_power_need_more_seeds() -> None:
    needed = [seeds_needed(effect, 1.0) for effect in (2.0, 1.0, 0.5, 0.1)]
    assert needed == sorted(needed)
    assert seeds_needed(0.5, 1.0, alpha=0.01) > seeds_needed(0.5, 1.0) > seeds_needed(0.5, 1.0, power=0.5)
    assert seeds_needed_equivalence(0.0, 1.0, 0.3) > seeds_needed_equivalence(0.0, 1.0, 0.4)


def test_bisection_finds_what_counting_up_finds() -> None:
    for most in (2, 9, 10, 11):
        assert seeds_needed(1.0, 1.0, most=most) == (10 if most >= 10 else None)
    counted = next(n for n in range(2, 200) if seeds_needed_equivalence(0.1, 1.0, 0.6, most=n))
    assert seeds_needed_equivalence(0.1, 1.0, 0.6) == counted


def test_what_cannot_be_settled_has_no_number() -> None:
    assert seeds_needed(0.0, 1.0) is None
    assert seeds_needed(1e-3, 1.0) is None
    assert seeds_needed(1.0, 1.0, most=1) is None
    assert seeds_needed_equivalence(0.2, 1.0, 0.2) is None
    assert seeds_needed_equivalence(-0.3, 1.0, 0.2) is None
    assert seeds_needed_equivalence(0.199, 1.0, 0.2) is None


def test_without_spread_it_takes_the_seeds_of_the_sign_test() -> None:
    assert seeds_needed(0.01, 0.0) == 6
    assert seeds_needed(0.01, 0.0, alpha=0.01) == 8
    assert seeds_needed_equivalence(0.0, 0.0, 0.01) == 6
    assert seeds_needed(0.0, 0.0) is None
    assert seeds_needed_equivalence(0.01, 0.0, 0.01) is None


@pytest.mark.parametrize("sd", [1e-300, 5e-324, 1e-12])
def test_next_to_no_spread_needs_two_seeds(sd: float) -> None:
    assert seeds_needed(1.0, sd) == 2
    assert seeds_needed_equivalence(0.5, sd, 1.0) == 2


def test_a_test_after_every_seed_finds_a_difference_that_is_not_there_in_23_percent_of_studies() -> None:
    """A test at 5 % after each of 3 to 20 seeds; docs/statistics.md warns with this number."""
    values = np.random.default_rng(0).normal(size=(ROUNDS, 20))
    ever = np.zeros(ROUNDS, dtype=bool)
    for n in range(3, 21):
        ever |= ttest_1samp(values[:, :n], 0.0, axis=1).pvalue < 0.05
    assert abs(ever.mean() - 0.23) < 4 * math.sqrt(0.23 * 0.77 / ROUNDS)


def test_adding_the_seeds_named_and_testing_all_again_errs_in_10_percent_and_not_in_5() -> None:
    """Five seeds, then up to 400 where five cannot tell; docs/statistics.md warns with this number."""
    rounds, found = 1000, 0
    for values in np.random.default_rng(0).normal(size=(rounds, 400)):
        first = difference(values[:5].tolist())
        found += first.p_two_sided < 0.05
        if first.p_two_sided >= 0.05 and (n := seeds_needed(first.mean, first.sd, most=400)):
            found += difference(values[:n].tolist()).p_two_sided < 0.05
    assert abs(found / rounds - 0.1) < 4 * math.sqrt(0.1 * 0.9 / rounds)


def test_arguments_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^mean: must be finite, got nan; plan from finished runs only"):
        seeds_needed(float("nan"), 1.0)
    with pytest.raises(ValueError, match=r"^sd: must be finite and at least 0, got -1.0; one seed has none"):
        seeds_needed(1.0, -1.0)
    with pytest.raises(ValueError, match=r"^sd: must be finite and at least 0, got inf"):
        seeds_needed_equivalence(0.0, float("inf"), 1.0)
    with pytest.raises(ValueError, match=r"^alpha: must be strictly between 0 and 1, got 0"):
        seeds_needed(1.0, 1.0, alpha=0.0)
    with pytest.raises(ValueError, match=r"^power: must be strictly between 0 and 1, got 80"):
        seeds_needed_equivalence(0.0, 1.0, 1.0, power=80)
    with pytest.raises(ValueError, match=r"^margin: must be finite and above 0, got 0"):
        seeds_needed_equivalence(0.0, 1.0, 0.0)
