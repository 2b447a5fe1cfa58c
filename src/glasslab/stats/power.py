"""Power: how many seeds it would take to settle a claim, if the differences stay as they were seen."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import special

from glasslab.stats.equivalence import require_margin
from glasslab.stats.level import require_level

_GRID_POINTS = 4096


def seeds_needed(
    mean: float, sd: float, alpha: float = 0.05, power: float = 0.8, most: int = 10_000
) -> int | None:
    """Returns the smallest number of paired seeds in all that would show a difference of the size seen.

    "Show" means that the two-sided one-sample t-test at level alpha comes out significant with at least the
    given probability, were mean and sd the true ones. They are estimates, so the answer is a plan, not a
    promise; after a correction for several claims it takes somewhat more. With zero spread it is the smallest
    n at which the sign test that then applies falls below alpha (6 at 0.05), whatever the power.

    Args:
        mean: mean of the per-seed differences, finite.
        sd: their standard deviation, finite, 0 or more.
        alpha: two-sided level of the test, in (0, 1).
        power: probability wanted, in (0, 1).
        most: the largest number worth naming.

    Returns:
        The total n, 2 or more (not the number still missing); None where mean is 0 or more than `most` would
        be needed.

    Raises:
        ValueError: an argument is out of its range.

    Source: noncentral t distribution, as in Cohen (1988), Statistical Power Analysis, chapter 2.
    """
    _require_plan(mean, sd, alpha, power)
    if mean == 0.0:
        return None
    if sd == 0.0:
        return _fewest(lambda n: 2.0 * 0.5**n < alpha, most)
    return _fewest(lambda n: _power_of_difference(mean / sd, n, alpha) >= power, most)


def seeds_needed_equivalence(
    mean: float, sd: float, margin: float, alpha: float = 0.05, power: float = 0.8, most: int = 10_000
) -> int | None:
    """Returns the smallest number of paired seeds in all that would show a difference within the margin.

    "Show" means that both one-sided tests come out below alpha / 2 (the interval of confidence 1 - alpha lies
    within the margin) with at least the given probability, were mean and sd the true ones. What is said of
    `seeds_needed` about plans and zero spread holds here too.

    Args:
        mean: mean of the per-seed differences, finite.
        sd: their standard deviation, finite, 0 or more.
        margin: finite and above 0.
        alpha: twice the level of each one-sided test, in (0, 1).
        power: probability wanted, in (0, 1).
        most: the largest number worth naming.

    Returns:
        The total n, 2 or more; None where the mean seen is not within the margin or more than `most` would be
        needed.

    Raises:
        ValueError: an argument is out of its range.

    Source: Phillips (1990), Power of the two one-sided tests procedure in bioequivalence, J. Pharmacokinet.
    Biopharm. 18(2).
    """
    require_margin(margin)
    _require_plan(mean, sd, alpha, power)
    if abs(mean) >= margin:
        return None
    if sd == 0.0:
        return _fewest(lambda n: 2.0 * 0.5**n < alpha, most)
    below, above = (margin + mean) / sd, (margin - mean) / sd
    return _fewest(lambda n: _power_of_equivalence(below, above, n, alpha) >= power, most)


def _power_of_difference(effect: float, n: int, alpha: float) -> float:
    """Returns the chance that the two-sided t-test finds a true mean of `effect` standard deviations."""
    spread, weight = _spread_seen(n)
    threshold = _quantile(n, alpha) * spread
    shift = effect * math.sqrt(n)
    return float(weight @ (special.ndtr(shift - threshold) + special.ndtr(-shift - threshold)))


def _power_of_equivalence(below: float, above: float, n: int, alpha: float) -> float:
    """Returns the chance that both one-sided tests succeed.

    Args:
        below: room from the true mean down to -margin, in standard deviations.
        above: room from the true mean up to margin, in standard deviations.
        n: seeds.
        alpha: twice the level of each test.
    """
    spread, weight = _spread_seen(n)
    threshold = _quantile(n, alpha) * spread
    fails_below = special.ndtr(threshold - below * math.sqrt(n))
    passes_above = special.ndtr(above * math.sqrt(n) - threshold)
    return float(weight @ np.maximum(0.0, passes_above - fails_below))


def _spread_seen(n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns values that the sample's sd over the true sd may take, and their probabilities.

    Given that ratio the mean is normal, so both powers are plain sums over it (Owen 1965, Biometrika 52).
    The noncentral t of `scipy.special.nctdtr` would serve the first, but SciPy 1.17 gives NaN where it is
    needed: for 3 degrees of freedom, noncentrality 7.5 and t = -5.84, where the power is 0.81.
    """
    degrees = n - 1
    # The ratio is about normal around 1 with sd 1 / sqrt(2 degrees): 12 of them lose nothing.
    reach = 12.0 / math.sqrt(2.0 * degrees)
    low = max(0.0, 1.0 - reach)
    ratio = low + (1.0 + reach - low) * (np.arange(_GRID_POINTS) + 0.5) / _GRID_POINTS
    log_density = (degrees - 1) * np.log(ratio) - degrees * ratio**2 / 2.0
    density = np.exp(log_density - log_density.max())
    return ratio, density / density.sum()


def _quantile(n: int, alpha: float) -> float:
    return -float(special.stdtrit(n - 1, alpha / 2.0))


def _fewest(enough: Callable[[int], bool], most: int) -> int | None:
    """Returns the smallest n from 2 to most that is enough, by bisection: what is enough stays so."""
    if most < 2 or not enough(most):
        return None
    too_few, sufficient = 1, most
    while sufficient - too_few > 1:
        middle = (too_few + sufficient) // 2
        if enough(middle):
            sufficient = middle
        else:
            too_few = middle
    return sufficient


def _require_plan(mean: float, sd: float, alpha: float, power: float) -> None:
    if not math.isfinite(mean):
        raise ValueError(f"mean: must be finite, got {mean}; plan from finished runs only")
    if not (math.isfinite(sd) and sd >= 0.0):
        raise ValueError(f"sd: must be finite and at least 0, got {sd}; one seed has none, so run two")
    require_level("alpha", alpha)
    require_level("power", power)
