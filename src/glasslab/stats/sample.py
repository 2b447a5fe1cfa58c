"""A sample: one value a seed, checked and reduced to mean, spread and count."""

import math
from collections.abc import Sequence

import msgspec

# Values that agree to 9 digits are called equal. Subtracting two accuracies leaves rounding errors of about
# 1e-11 of the difference; float32, in which networks are trained, resolves no better than 6e-8. So what is
# smaller than 1e-9 is arithmetic, and a t-test on it would find everything certain.
ROUNDING = 1e-9

# Sums of larger values could overflow; a metric of this size belongs to a run that has diverged.
LARGEST = 1e300


class Sample(msgspec.Struct, frozen=True):
    """What the tests need to know of the values over seeds.

    Attributes:
        mean: their mean.
        sd: their standard deviation with n - 1 in the denominator; exactly 0 where all values are equal up to
            rounding; None where n is 1.
        n: how many seeds.
    """

    mean: float
    sd: float | None
    n: int


def summarise(values: Sequence[float]) -> Sample:
    """Returns mean, standard deviation and count of one value a seed.

    Raises:
        ValueError: there is no value, or one is NaN, infinite or beyond 1e300.
    """
    checked = [float(value) for value in values]
    if not checked:
        raise ValueError("values: at least one is needed, got none; leave out what has no finished run")
    for position, value in enumerate(checked):
        if not abs(value) <= LARGEST:
            raise ValueError(
                f"values: must be finite and at most {LARGEST:g} in size, got {value} at position {position};"
                " count a diverged run, do not average it"
            )
    low, high, n = min(checked), max(checked), len(checked)
    # The quotient of a rounded sum can leave the range of the values by one rounding.
    mean = min(max(math.fsum(checked) / n, low), high)
    if n == 1:
        return Sample(mean, None, n)
    if high - low <= ROUNDING * max(abs(low), abs(high)):
        return Sample(mean, 0.0, n)
    return Sample(mean, math.hypot(*(value - mean for value in checked)) / math.sqrt(n - 1), n)
