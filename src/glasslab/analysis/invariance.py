"""Invariance: how far a layer and the true class's probability move as images are changed, over images."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

HALF = 0.5  # the probability of the true class from which on an image counts as recognised surely


@dataclass(frozen=True, slots=True)
class Course:
    """A quantity over how far images are changed: the middle half of the images, and their median.

    Attributes:
        amount: how far, in ascending order.
        low: first quartile at each of them.
        median: of the images.
        high: third quartile.
    """

    amount: tuple[float, ...]
    low: tuple[float, ...]
    median: tuple[float, ...]
    high: tuple[float, ...]


def course(amount: NDArray[Any], values: NDArray[Any]) -> Course | None:
    """Returns the course of values (N, S) over amounts (S,), None where no image has any.

    Images without values, NaN, are left out; amounts that occur twice are taken once.
    """
    known = values[~np.isnan(values).any(axis=1)].astype(np.float64)
    if not len(known):
        return None
    places = np.unique(amount, return_index=True)[1]
    low, median, high = np.quantile(known[:, places], (0.25, 0.5, 0.75), axis=0)
    return Course(
        tuple(amount[places].tolist()), tuple(low.tolist()), tuple(median.tolist()), tuple(high.tolist())
    )


def distance_course(arrays: Mapping[str, NDArray[Any]], layer: int, kind: str) -> Course | None:
    """Returns how far one of the layers moves with one kind of change, None where it gives only zeros."""
    place = arrays["kinds"].tolist().index(kind)
    return course(arrays["amount"][place], arrays["distance"][layer, place])


def probability_course(arrays: Mapping[str, NDArray[Any]], kind: str) -> Course | None:
    """Returns the probability of the true class over one kind of change."""
    place = arrays["kinds"].tolist().index(kind)
    return course(arrays["amount"][place], arrays["probability"][place])


def unrelated(arrays: Mapping[str, NDArray[Any]], layer: int) -> float | None:
    """Returns how far two different images are apart in a layer, the median; None where that is unknown."""
    known = arrays["unrelated"][layer][~np.isnan(arrays["unrelated"][layer])]
    return float(np.median(known)) if len(known) else None


def holds(found: Course, unchanged: float) -> tuple[float, float] | None:
    """Returns from where to where the median stays at one half or above; None where it never is.

    Args:
        found: of probabilities.
        unchanged: the amount that changes nothing.
    """
    start = min(range(len(found.amount)), key=lambda place: abs(found.amount[place] - unchanged))
    if found.median[start] < HALF:
        return None
    first = last = start
    while first > 0 and found.median[first - 1] >= HALF:
        first -= 1
    while last < len(found.amount) - 1 and found.median[last + 1] >= HALF:
        last += 1
    return found.amount[first], found.amount[last]
