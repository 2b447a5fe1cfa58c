"""Agreement: how alike the heat maps of several methods rank the pixels of the same images."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Agreement:
    """How alike methods rank pixels.

    Attributes:
        pairs: two methods -> Spearman's rank correlation of their maps, averaged over the images on which
            neither map is the same everywhere; a pair without such an image is left out.
    """

    pairs: Mapping[tuple[str, str], float]

    @property
    def mean(self) -> float:
        """The mean over all pairs."""
        return float(np.mean(list(self.pairs.values())))

    def between(self, one: str, other: str) -> float | None:
        """Returns the correlation of two methods, in whichever order; None where there is none."""
        return self.pairs.get((one, other), self.pairs.get((other, one)))

    def sorted(self) -> list[tuple[str, str]]:
        """Returns the pairs, the least alike first."""
        return sorted(self.pairs, key=lambda pair: self.pairs[pair])


def agreement(heats: Mapping[str, NDArray[np.floating]]) -> Agreement:
    """Returns how alike methods rank the pixels of each image.

    Args:
        heats: method -> maps (N, H, W) of the same N images.
    """
    ranked = {name: [standard(ranks(each.ravel())) for each in maps] for name, maps in heats.items()}
    found = {}
    for one, other in combinations(ranked, 2):
        pairs = zip(ranked[one], ranked[other], strict=True)
        known = [float(np.mean(a * b)) for a, b in pairs if a is not None and b is not None]
        if known:
            found[one, other] = float(np.mean(known))
    return Agreement(found)


def ranks(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Returns the rank of each number (n,), from 1; equal ones share their mean rank."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    middle: NDArray[np.float64] = (last - (count - 1) / 2)[place]
    return middle


def standard(values: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Returns numbers with mean 0 and deviation 1; None for those that are all the same."""
    deviation = values.std()
    return (values - values.mean()) / deviation if deviation > 0 else None
