"""Filters of the first layer: which are dead, which dominate, and whether they are more than noise."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasslab.analysis.numbers import counted, significant
from glasslab.analysis.phrases import NAMED

DEAD_BELOW = 0.1  # of the median filter's root mean square
DOMINANT_ABOVE = 3.0  # times the median filter's root mean square
STRUCTURED_FROM = 0.3  # correlation of neighbouring weights; independent ones have about 0


@dataclass(frozen=True, slots=True)
class FirstLayer:
    """What is found of a first layer's filters.

    Attributes:
        rms: root mean square of each filter's weights.
        dead: filters whose root mean square is below a tenth of the median's, or 0.
        dominant: filters whose root mean square is above three times the median's.
        smoothness: median over filters of the correlation of neighbouring weights; None for single pixels.
        chance: its size that independent weights would stay below, in about 997 of 1,000 layers.
    """

    rms: NDArray[np.float64]
    dead: tuple[int, ...]
    dominant: tuple[int, ...]
    smoothness: float | None
    chance: float

    @property
    def share_of_largest(self) -> NDArray[np.float64]:
        """Each filter's root mean square over the largest one's; 0 where all weights are."""
        largest = self.rms.max()
        return self.rms / largest if largest > 0 else np.zeros_like(self.rms)


def first_layer(arrays: Mapping[str, NDArray[Any]]) -> FirstLayer:
    """Returns what is found of the filters that a probe kept.

    Zeiler and Fergus (2014, section 3) rescale filters whose root mean square exceeds a fixed radius, as "a
    few of these features dominate". A radius means nothing without the scale of the inputs; so filters are
    held against the median of their own layer.
    """
    rms = arrays["rms"].astype(np.float64)
    median = float(np.median(rms))
    dead = np.flatnonzero((rms < DEAD_BELOW * median) | (rms == 0))
    dominant = np.flatnonzero(rms > DOMINANT_ABOVE * median)
    smooth = arrays["smoothness"].astype(np.float64)
    known = smooth[np.isfinite(smooth)]
    median_smooth = float(np.median(known)) if len(known) else None
    return FirstLayer(
        rms, tuple(dead.tolist()), tuple(dominant.tolist()), median_smooth, chance(arrays, len(known))
    )


def chance(arrays: Mapping[str, NDArray[Any]], filters: int) -> float:
    """Returns three standard errors of the median correlation of neighbours, were all weights independent.

    A filter's correlation then has a standard deviation of about 1 / sqrt(pairs of neighbours), and a median
    of n has 1.25 / sqrt(n) of that.
    """
    channels, height, width = arrays["weights"].shape[1:]
    pairs = channels * (height * (width - 1) + width * (height - 1))
    return float(3 * 1.25 / np.sqrt(max(1, pairs) * max(1, filters)))


def evenness(found: FirstLayer) -> str:
    """Returns which filters dominate and which are dead, as a clause: "no filter dominates, none is dead"."""
    if not found.dominant and not found.dead:
        return "no filter dominates and none is dead"
    said = []
    if found.dominant:
        verb = "dominates" if len(found.dominant) == 1 else "dominate"
        said.append(f"{numbered(found.dominant)} {verb}")
    if found.dead:
        verb = "is" if len(found.dead) == 1 else "are"
        said.append(f"{numbered(found.dead)} {verb} dead")
    return " and ".join(said)


def structure(found: FirstLayer) -> str:
    """Returns whether filters are patterns or noise, as a clause; empty where they have a single pixel."""
    if found.smoothness is None:
        return ""
    if found.smoothness >= STRUCTURED_FROM:
        seen = "smooth patterns"
    else:
        seen = "weak patterns" if found.smoothness > found.chance else "not told from noise"
    return f"neighbouring weights correlate by {significant(found.smoothness, 2)}: {seen}"


def numbered(filters: tuple[int, ...]) -> str:
    """Returns filters by their numbers: "filter 3", "filters 3 and 5", "12 filters (0, 4 and others)"."""
    if len(filters) == 1:
        return f"filter {filters[0]}"
    if len(filters) <= NAMED:
        return f"filters {', '.join(map(str, filters[:-1]))} and {filters[-1]}"
    return f"{counted(len(filters), 'filter')} ({', '.join(map(str, filters[:NAMED]))} and others)"
