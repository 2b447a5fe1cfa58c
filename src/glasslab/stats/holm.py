"""Holm's correction: several claims, and still at most alpha to be wrong about any of them."""

from collections.abc import Sequence

from glasslab.stats.level import require_probability


def holm(p_values: Sequence[float]) -> list[float]:
    """Returns the step-down adjusted p-values, in the order given.

    The smallest of m p-values is multiplied by m, the next by m - 1 and so on; none may fall below the one
    before it, and none exceeds 1. Calling true what stays below alpha makes one or more errors in the whole
    family with probability at most alpha, however the tests depend on one another.

    Args:
        p_values: one valid p-value a claim, each in [0, 1]; may be empty.

    Raises:
        ValueError: a p-value is NaN or not in [0, 1].

    Source: Holm (1979), A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6(2).
    """
    for position, p_value in enumerate(p_values):
        require_probability(f"p_values[{position}]", p_value)
    adjusted = [0.0] * len(p_values)
    reached = 0.0
    for rank, position in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        reached = max(reached, min(1.0, (len(p_values) - rank) * float(p_values[position])))
        adjusted[position] = reached
    return adjusted
