"""Verdicts: a claim holds, does not hold, or cannot be told."""

import enum

from glasslab.stats.level import require_level, require_probability


class Verdict(enum.StrEnum):
    """What the runs say about a claim; "cannot tell" is an answer, and not the same as "does not hold"."""

    HOLDS = "holds"
    DOES_NOT_HOLD = "does not hold"
    CANNOT_TELL = "cannot tell"


def decide(
    p_for: float | None, p_against: float | None, adjusted: float | None, alpha: float = 0.05
) -> Verdict:
    """Returns the three-way verdict on one claim.

    The claim is decided when its adjusted two-sided p-value is below alpha, and then in favour of the side
    with the smaller one-sided p-value. The two-sided p-value is min(1, 2 min(p_for, p_against)), so at alpha
    0.05 a claim that stands alone (nothing to adjust) is decided exactly when the 95 % interval of the
    difference excludes 0, wherever there is spread. An equivalence holds when the 95 % interval lies within
    the margin, which is stricter than the customary 90 %; it does not hold when the 97.5 % interval lies
    beyond the margin, because p_outside counts its two sides already.

    Args:
        p_for: one-sided p-value for the claim, in [0, 1]; None where it could not be tested (one seed).
        p_against: one-sided p-value for its opposite, in [0, 1], or None.
        adjusted: the claim's two-sided p-value after Holm's correction over all claims, or None.
        alpha: the error allowed for all claims together, in (0, 1).

    Raises:
        ValueError: a p-value is not in [0, 1], or alpha is not in (0, 1).
    """
    require_level("alpha", alpha)
    if p_for is None or p_against is None or adjusted is None:
        return Verdict.CANNOT_TELL
    for name, value in (("p_for", p_for), ("p_against", p_against), ("adjusted", adjusted)):
        require_probability(name, value)
    if adjusted >= alpha or p_for == p_against:
        return Verdict.CANNOT_TELL
    return Verdict.HOLDS if p_for < p_against else Verdict.DOES_NOT_HOLD
