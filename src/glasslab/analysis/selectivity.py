"""Selectivity: how many classes the images are of that excite a feature map most."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class LayerMaps:
    """The maps of one layer.

    Attributes:
        name: the layer's.
        maps: how many there are.
        dead: numbers of those that no image excites.
        kinds: classes among the top images of a map, on average over those that are not dead; None for none.
        single: maps whose top images, two at least, are all of one class.
    """

    name: str
    maps: int
    dead: tuple[int, ...]
    kinds: float | None
    single: int


def layer_maps(arrays: Mapping[str, NDArray[Any]]) -> list[LayerMaps]:
    """Returns the layers that the probe top9 looked into, in the order of the forward pass."""
    found = []
    several = arrays["activation"].shape[1] > 1
    for place, name in enumerate(arrays["layers"].tolist()):
        own = arrays["of_layer"] == place
        alive = arrays["strongest"][own] > 0
        kinds = arrays["kinds"][own][alive]
        mean = float(kinds.mean()) if len(kinds) else None
        dead = tuple(np.flatnonzero(~alive).tolist())
        found.append(LayerMaps(name, int(own.sum()), dead, mean, int((kinds == 1).sum()) if several else 0))
    return found


def by_chance(classes: int, images: int) -> float:
    """Returns how many of equally frequent classes so many images drawn at random are of, on average."""
    return classes * (1 - (1 - 1 / classes) ** images)


def top_classes(labels: Sequence[str]) -> str:
    """Returns how often each class occurs, the most frequent first: "6 of “cat”, 3 of “dog”"."""
    found = Counter(labels)
    ordered = sorted(found, key=lambda name: (-found[name], labels.index(name)))
    return ", ".join(f"{found[name]} of “{name}”" for name in ordered)
