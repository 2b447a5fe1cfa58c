"""Differences: what separates two variants, seed by seed, tested against nothing at all."""

from collections.abc import Sequence

import msgspec

from glasslab.stats.interval import mean_interval
from glasslab.stats.level import require_level
from glasslab.stats.sample import Sample, summarise
from glasslab.stats.tails import one_sided, two_sided


class Difference(msgspec.Struct, frozen=True):
    """The mean of per-seed differences with its interval and one-sided p-values.

    Attributes:
        mean: the mean difference, in the unit of the metric.
        sd: standard deviation of the differences (n - 1 in the denominator); 0 where they are all equal up to
            rounding or exact; None where n is 1.
        n: how many seeds.
        low: lower end of the unadjusted interval of the mean; None where n is 1.
        high: upper end; None where n is 1.
        p_above: one-sided p-value for "the true mean is above 0"; None where n is 1.
        p_below: the same for "below 0"; None where n is 1.
        exact: whether the quantity has no randomness, so that one value settles it and nothing is None.
    """

    mean: float
    sd: float | None
    n: int
    low: float | None
    high: float | None
    p_above: float | None
    p_below: float | None
    exact: bool

    @property
    def p_two_sided(self) -> float | None:
        """The two-sided p-value, twice the smaller one-sided one and at most 1; None where n is 1."""
        return two_sided(self.p_above, self.p_below)


def difference(values: Sequence[float], confidence: float = 0.95, exact: bool = False) -> Difference:
    """Returns the mean of per-seed differences, tested against 0.

    The test is Student's one-sample t-test, which assumes that the differences are independent and about
    normally distributed. Three cases are not tested that way:

    * One seed says nothing about spread: interval and p-values are None.
    * All differences equal up to rounding (zero spread): t is not defined, so the sign test is used. The
      p-value of the seen side is 0.5**n and that of the other 1; if all are 0, both are 1. The interval is
      the point, and it takes 6 seeds until the two-sided p-value is below 0.05.
    * Exact quantities: the p-value is 0 for what is so and 1 for what is not, and the interval is the point.

    Args:
        values: one finite difference a seed, at least one.
        confidence: of the interval, in (0, 1).
        exact: the quantity is without randomness (a count of parameters), so any n will do.

    Raises:
        ValueError: values are empty or not finite, the confidence is not in (0, 1), or values called exact
            differ.

    Source: Student (1908), The probable error of a mean, Biometrika 6(1).
    """
    sample = summarise(values)
    if exact:
        require_level("confidence", confidence)
        return _exact_difference(sample, values)
    interval = mean_interval(sample, confidence)
    p_values = one_sided(sample)
    return Difference(
        mean=sample.mean,
        sd=sample.sd,
        n=sample.n,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        p_above=p_values[0] if p_values else None,
        p_below=p_values[1] if p_values else None,
        exact=False,
    )


def paired(a: Sequence[float], b: Sequence[float]) -> list[float]:
    """Returns a - b seed by seed; both must list the same seeds in the same order.

    Raises:
        ValueError: the lengths differ, so some value has no partner.
    """
    if len(a) != len(b):
        raise ValueError(
            f"paired: both sides need the same seeds, got {len(a)} and {len(b)} values;"
            " drop the seeds that only one side has"
        )
    return [float(left) - float(right) for left, right in zip(a, b, strict=True)]


def _exact_difference(sample: Sample, values: Sequence[float]) -> Difference:
    if sample.sd:
        raise ValueError(
            f"values: exact ones must all be equal, got {min(values)} to {max(values)};"
            " leave 'exact' out for what varies over seeds"
        )
    p_above = 0.0 if sample.mean > 0.0 else 1.0
    p_below = 0.0 if sample.mean < 0.0 else 1.0
    return Difference(sample.mean, 0.0, sample.n, sample.mean, sample.mean, p_above, p_below, exact=True)
