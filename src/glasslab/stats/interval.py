"""Intervals over seeds: where the true mean lies, and where one more run would lie."""

import math
from collections.abc import Sequence

import msgspec
from scipy import special

from glasslab.stats.level import require_level
from glasslab.stats.sample import Sample, summarise


class Interval(msgspec.Struct, frozen=True):
    """The numbers from low to high, both included, in the unit of the values it was made from."""

    low: float
    high: float

    def contains(self, value: float) -> bool:
        """Returns whether the value lies inside or on an edge."""
        return self.low <= value <= self.high

    def distance(self, value: float) -> float:
        """Returns 0 inside; outside the way from the nearest edge, negative below and positive above."""
        if value < self.low:
            return value - self.low
        return max(0.0, value - self.high)


class Estimate(msgspec.Struct, frozen=True):
    """A mean over seeds with its interval.

    Attributes:
        mean: the mean of the values.
        sd: their standard deviation (n - 1 in the denominator); None where n is 1.
        n: how many seeds.
        low: lower end of the interval of the mean; None where n is 1.
        high: upper end; None where n is 1.
        confidence: share of such intervals that contain the true mean, in (0, 1).
    """

    mean: float
    sd: float | None
    n: int
    low: float | None
    high: float | None
    confidence: float


def estimate(values: Sequence[float], confidence: float = 0.95) -> Estimate:
    """Returns the mean over seeds with its Student-t interval, mean +- t s / sqrt(n).

    Assumes values that are independent and about normally distributed over seeds. It speaks of new seeds on
    the same data; another test set would add a spread that it cannot see.

    Args:
        values: one finite value a seed, at least one.
        confidence: in (0, 1).

    Raises:
        ValueError: values are empty or not finite, or the confidence is not in (0, 1).

    Source: Student (1908), The probable error of a mean, Biometrika 6(1).
    """
    sample = summarise(values)
    interval = mean_interval(sample, confidence)
    low, high = (interval.low, interval.high) if interval else (None, None)
    return Estimate(sample.mean, sample.sd, sample.n, low, high, confidence)


def prediction_interval(values: Sequence[float], confidence: float = 0.95) -> Interval | None:
    """Returns where one new run would fall, mean +- t s sqrt(1 + 1/n), or None for a single value.

    A number that somebody else reports is one run, so it is held against this interval and never against the
    interval of the mean. The normality of the values matters more here than for a mean.

    Args:
        values: one finite value a seed, at least one.
        confidence: share of new runs that fall inside, over repetitions of the whole study, in (0, 1).

    Raises:
        ValueError: values are empty or not finite, or the confidence is not in (0, 1).

    Source: Hahn and Meeker (1991), Statistical Intervals, Wiley: an interval to contain one future value.
    """
    sample = summarise(values)
    return _around_mean(sample, confidence, math.sqrt(1.0 + 1.0 / sample.n))


def mean_interval(sample: Sample, confidence: float) -> Interval | None:
    """Returns the Student-t interval of a sample's mean, or None where n is 1.

    Raises:
        ValueError: the confidence is not in (0, 1).
    """
    return _around_mean(sample, confidence, math.sqrt(1.0 / sample.n))


def _around_mean(sample: Sample, confidence: float, scale: float) -> Interval | None:
    require_level("confidence", confidence)
    if sample.sd is None:
        return None
    quantile = -float(special.stdtrit(sample.n - 1, (1.0 - confidence) / 2.0))
    half_width = quantile * sample.sd * scale
    return Interval(sample.mean - half_width, sample.mean + half_width)
