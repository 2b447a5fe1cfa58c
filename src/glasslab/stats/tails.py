"""Tails: the one-sided p-values of a sample's mean against one number."""

import math

from scipy import special

from glasslab.stats.sample import ROUNDING, Sample


def one_sided(sample: Sample, null: float = 0.0) -> tuple[float, float] | None:
    """Returns the p-values for "the true mean is above null" and for "it is below null".

    With spread this is Student's one-sample t-test, which assumes that the values over seeds are independent
    and about normally distributed. Without spread (all values equal up to rounding) t is not defined; the
    sign test takes its place and assumes only independence: were above and below equally likely, n values
    would all lie on the seen side with probability 0.5**n. Values equal to null itself speak for neither
    side: both p-values are 1.

    Args:
        sample: one value a seed.
        null: the number that the true mean is compared with, in the unit of the values.

    Returns:
        The two p-values, or None where n is 1.

    Source: Student (1908), The probable error of a mean, Biometrika 6(1).
    """
    if sample.sd is None:
        return None
    gap = sample.mean - null
    if sample.sd == 0.0:
        if abs(gap) <= ROUNDING * max(abs(sample.mean), abs(null)):
            return 1.0, 1.0
        all_on_one_side = 0.5**sample.n
        return (all_on_one_side, 1.0) if gap > 0.0 else (1.0, all_on_one_side)
    t = gap / (sample.sd / math.sqrt(sample.n))
    return float(special.stdtr(sample.n - 1, -t)), float(special.stdtr(sample.n - 1, t))


def two_sided(one: float | None, other: float | None) -> float | None:
    """Returns twice the smaller of two opposite one-sided p-values, at most 1; None where one is None."""
    if one is None or other is None:
        return None
    return min(1.0, 2.0 * min(one, other))
