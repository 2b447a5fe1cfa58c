"""Axes: the unit that values are drawn in, and where an axis begins and ends."""

from collections.abc import Sequence
from dataclasses import dataclass

from glasslab.plan.metric import Metric

MARGIN = 0.06  # of the values' range, left free on either side


@dataclass(frozen=True, slots=True)
class Span:
    """Where an axis begins and ends, in the unit of the axis.

    Attributes:
        low: its beginning.
        high: its end, above `low`.
    """

    low: float
    high: float

    @property
    def begins_at_zero(self) -> bool:
        """Whether 0 is on the axis."""
        return self.low <= 0 <= self.high


def factor(metric: Metric) -> int:
    """Returns what values are multiplied by to be drawn: shares are drawn in per cent."""
    return 100 if metric.is_share else 1


def span(values: Sequence[float], metric: Metric) -> Span:
    """Returns an axis that shows all values; a share of examples never leaves 0 to 100 per cent.

    Args:
        values: in the unit of the axis; may be empty.
        metric: what they are of.
    """
    largest = max(map(abs, values), default=1.0)
    tiny = all(name.startswith("gradient/") for name in metric.names)
    relative = 0.02 * (largest if tiny else max(1.0, largest))
    low, high = around(values, least=1.0 if metric.is_share else relative)
    if metric.is_share and len(metric.names) == 1:
        return Span(max(0.0, low), min(100.0, high))
    return Span(low, high)


def ticks(reach: Sequence[float], most: int) -> int:
    """Returns how many steps an axis of whole numbers is divided into, so that each tick is one of them.

    Args:
        reach: where the axis begins and ends.
        most: steps at the most.
    """
    return max(1, min(most, int(reach[1] - reach[0])))


def around(values: Sequence[float], least: float) -> tuple[float, float]:
    """Returns the values' range with a margin; at least so wide, in the unit of the axis."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    missing = max(least, 1e-12) - (high - low)
    if missing > 0:
        low, high = low - missing / 2, high + missing / 2
    margin = MARGIN * (high - low)
    return low - margin, high + margin


def with_zero(values: Sequence[float]) -> Span:
    """Returns an axis for differences: it shows all values and 0."""
    low, high = around([*values, 0.0], least=1e-6 * max(map(abs, values), default=1.0) or 1e-6)
    return Span(low, high)
