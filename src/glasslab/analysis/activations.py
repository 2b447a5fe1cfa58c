"""Activations of layers: how wide they range, which filters are dead, how well they tell classes apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasslab.analysis.filters import numbered
from glasslab.analysis.numbers import counted, significant

LEVELS = (5, 25, 50, 75, 95)  # per cent, of the quantiles
SAME_WITHIN = 1.25  # a factor between two spans that is not worth a word


@dataclass(frozen=True, slots=True)
class LayerActivity:
    """How the filters (or units) of one layer behave over the whole test set.

    Attributes:
        name: of the layer.
        kind: "convolution", "dense", "activation" or another.
        mean: of each filter, over all places and examples.
        deviation: standard deviation of each filter.
        quantiles: (F, 5), at LEVELS.
        zeros: share of each filter's values that is exactly 0.
        least: smallest value of each filter.
        most: largest value of each filter.
        by_class: (classes, F), means; NaN for a class without examples.
        sampled: places that the quantiles are of.
        values: places that there are.
    """

    name: str
    kind: str
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    quantiles: NDArray[np.float64]
    zeros: NDArray[np.float64]
    least: NDArray[np.float64]
    most: NDArray[np.float64]
    by_class: NDArray[np.float64]
    sampled: int
    values: int

    @property
    def count(self) -> int:
        """How many filters there are."""
        return len(self.mean)

    @property
    def is_rectified(self) -> bool:
        """Whether nothing is below 0 and something is exactly 0, as after a ReLU."""
        return bool(self.least.min() >= 0 and self.zeros.max() > 0)

    @property
    def dead(self) -> tuple[int, ...]:
        """The filters of a rectified layer that are never above 0."""
        return tuple(np.flatnonzero(self.most <= 0).tolist()) if self.is_rectified else ()

    @property
    def spans(self) -> NDArray[np.float64]:
        """How wide the central 90 per cent of each filter's values are."""
        return self.quantiles[:, -1] - self.quantiles[:, 0]

    @property
    def whole(self) -> tuple[float, float]:
        """Mean and standard deviation over all filters together."""
        mean = self.mean.mean()
        return float(mean), float(np.sqrt(max((self.deviation**2 + self.mean**2).mean() - mean**2, 0.0)))

    @property
    def selectivity(self) -> NDArray[np.float64]:
        """Each filter's class selectivity, 0 (answers to all classes alike) to 1 (to one alone); else NaN.

        (a - b) / (a + b), where a is the mean over the examples of the class that it answers to most and b
        the mean of its means over all other classes: Morcos et al. (2018), On the importance of single
        directions for generalization, section 3. It is defined where no value is negative; dead filters
        have none.
        """
        known = self.by_class[np.isfinite(self.by_class).all(axis=1)]
        if len(known) < 2 or self.least.min() < 0:
            return np.full(self.count, np.nan)
        top = known.max(axis=0)
        rest = (known.sum(axis=0) - top) / (len(known) - 1)
        return np.asarray(np.divide(top - rest, top + rest, out=np.full(self.count, np.nan), where=top > 0))


def activity(arrays: Mapping[str, NDArray[Any]]) -> tuple[LayerActivity, ...]:
    """Returns the layers that a probe kept, from the input to the output."""
    named = zip(arrays["layers"].tolist(), arrays["kinds"].tolist(), strict=True)
    return tuple(layer_activity(arrays, place, *each) for place, each in enumerate(named))


def layer_activity(arrays: Mapping[str, NDArray[Any]], place: int, name: str, kind: str) -> LayerActivity:
    """Returns one layer, by its place among those that a probe kept."""

    def kept(key: str) -> NDArray[np.float64]:
        return arrays[f"{key}_{place}"].astype(np.float64)

    return LayerActivity(
        name=name,
        kind=kind,
        mean=kept("mean"),
        deviation=kept("std"),
        quantiles=kept("quantiles"),
        zeros=kept("zeros"),
        least=kept("least"),
        most=kept("most"),
        by_class=kept("by_class"),
        sampled=int(arrays[f"sampled_{place}"]),
        values=int(arrays[f"values_{place}"]),
    )


def family(layers: Sequence[LayerActivity]) -> list[LayerActivity]:
    """Returns the layers that are compared: convolutions, or dense layers but for the output's."""
    convolutions = [each for each in layers if each.kind == "convolution"]
    return convolutions or [each for each in layers if each.kind == "dense"][:-1] or list(layers)


def dead_words(layers: Sequence[LayerActivity]) -> str:
    """Returns how many filters are dead where; empty where no layer is rectified."""
    rectified = [each for each in layers if each.is_rectified]
    dead = [each for each in rectified if each.dead]
    if not rectified:
        return ""
    if not dead:
        total = sum(each.count for each in rectified)
        return f"none of {counted(total, 'filter and unit', 'filters and units')} is dead"
    said = [f"{len(each.dead)} of {each.count} in {each.name}" for each in dead]
    return f"dead filters and units, never above 0: {', '.join(said)}"


def range_words(layers: Sequence[LayerActivity]) -> str:
    """Returns whether early layers have tighter ranges than deep ones; empty where nothing compares."""
    compared = family(layers)
    if len(compared) < 2:
        return ""
    first, last = compared[0], compared[-1]
    spans = [float(np.median(each.spans)) for each in (first, last)]
    numbers = f"the central 90 % of a filter's values span {significant(spans[0], 2)} against"
    numbers = f"{numbers} {significant(spans[1], 2)}, medians"
    if max(spans) <= SAME_WITHIN * min(spans):
        return f"{first.name} and {last.name} have about the same ranges ({numbers})"
    word = "tighter" if spans[0] < spans[1] else "wider"
    return f"{first.name}, the early layer, has {word} ranges than {last.name} ({numbers})"


def dead_names(layer: LayerActivity) -> str:
    """Returns a layer's dead filters by number, "none" for none, a dash where nothing is rectified."""
    if not layer.is_rectified:
        return "–"
    return numbered(layer.dead) if layer.dead else "none"
