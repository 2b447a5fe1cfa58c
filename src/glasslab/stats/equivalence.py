"""Equivalence: two variants that differ by less than a margin that matters."""

import math
from collections.abc import Sequence

import msgspec

from glasslab.stats.difference import Difference, difference
from glasslab.stats.sample import summarise
from glasslab.stats.tails import one_sided, two_sided


class Equivalence(msgspec.Struct, frozen=True):
    """A difference held against a margin on both sides of 0.

    Attributes:
        difference: the difference itself, with its interval and its test against 0.
        margin: the largest difference that would not matter, above 0, in the unit of the metric.
        p_within: p-value for "the true mean lies strictly between -margin and margin"; None where n is 1.
        p_outside: p-value for "the true mean lies beyond one of the margins"; None where n is 1.
    """

    difference: Difference
    margin: float
    p_within: float | None
    p_outside: float | None

    @property
    def p_two_sided(self) -> float | None:
        """Twice the smaller of the two p-values, at most 1; None where n is 1. It is what Holm adjusts."""
        return two_sided(self.p_within, self.p_outside)


def equivalence(
    values: Sequence[float], margin: float, confidence: float = 0.95, exact: bool = False
) -> Equivalence:
    """Returns how surely the true mean of per-seed differences lies within, or outside, a margin.

    Within is judged by two one-sided tests (TOST): the mean must be above -margin and below margin, so the
    larger p-value counts. Outside means above margin or below -margin; there are two ways to be wrong, so
    the smaller p-value counts twice. Tests, assumptions and the rules for zero spread and exact quantities
    are those of `difference`; a constant difference that equals the margin speaks for neither.

    Args:
        values: one finite difference a seed, at least one.
        margin: finite and above 0, chosen before looking at the values.
        confidence: of the difference's interval, in (0, 1).
        exact: the quantity is without randomness; a difference equal to the margin is then within.

    Raises:
        ValueError: as `difference`, or the margin is not finite and above 0.

    Source: Schuirmann (1987), A comparison of the two one-sided tests procedure and the power approach for
    assessing the equivalence of average bioavailability, J. Pharmacokinet. Biopharm. 15(6).
    """
    require_margin(margin)
    seen = difference(values, confidence, exact)
    if exact:
        within = abs(seen.mean) <= margin
        return Equivalence(seen, margin, p_within=float(not within), p_outside=float(within))
    sample = summarise(values)
    at_margin, at_minus_margin = one_sided(sample, margin), one_sided(sample, -margin)
    if at_margin is None or at_minus_margin is None:
        return Equivalence(seen, margin, p_within=None, p_outside=None)
    above_margin, below_margin = at_margin
    above_minus_margin, below_minus_margin = at_minus_margin
    return Equivalence(
        seen,
        margin,
        p_within=max(above_minus_margin, below_margin),
        p_outside=two_sided(above_margin, below_minus_margin),
    )


def require_margin(margin: float) -> None:
    """Passes a margin that can be met and missed.

    Raises:
        ValueError: the margin is not finite and above 0.
    """
    if not 0.0 < margin < math.inf:
        raise ValueError(
            f"margin: must be finite and above 0, got {margin}; name the largest gap that would not matter"
        )
