"""Evolution: from when on the maps of a layer answer to what they answer to at the end of training."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

SETTLED = 0.9  # correlation with the end from which on a layer counts as settled

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class LayerOverTime:
    """How like its end a layer is along the training.

    Attributes:
        layer: its name.
        alike: correlation with the end at each of the kept weights, mean over maps; NaN for a dead layer.
    """

    layer: str
    alike: tuple[float, ...]


def layers_over_time(arrays: Arrays) -> list[LayerOverTime]:
    """Returns each layer that a look of the probe `evolution` holds."""
    layers = arrays["layers"].tolist()
    return [
        LayerOverTime(layer, tuple(own)) for layer, own in zip(layers, arrays["alike"].tolist(), strict=True)
    ]


def stage_words(arrays: Arrays) -> list[str]:
    """Returns when the kept weights are from, in epochs: "start", "epoch 1", "epoch 0.5"."""
    return ["start" if epoch == 0 else f"epoch {epoch:g}" for epoch in arrays["epochs"].tolist()]


def end_words(arrays: Arrays) -> str:
    """Returns when the weights that the run ended with are from: "end, epoch 8"."""
    end = float(arrays["end"])
    return "end" if math.isnan(end) else f"end, epoch {end:g}"


def settled_by(arrays: Arrays, place: int) -> str:
    """Returns from when on a layer is like its end: "by epoch 2", "not yet at epoch 5", "from the start"."""
    alike, words = arrays["alike"][place].tolist(), stage_words(arrays)
    if all(map(math.isnan, alike)):
        return "never (all its maps are dead)"
    late = [stage for stage, value in enumerate(alike) if not value >= SETTLED]
    if not late:
        return f"from the {words[0]}" if words[0] == "start" else f"by {words[0]}"
    if late[-1] + 1 == len(alike):
        return f"not yet at {words[-1] if words[-1] != 'start' else 'the start'}"
    return f"by {words[late[-1] + 1]}"
