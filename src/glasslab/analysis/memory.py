"""Memory of recurrent networks: how far back the gradient reaches, and when a network makes up its mind."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasslab.analysis.gradients import NEARLY_ALL, multiple
from glasslab.analysis.numbers import MINUS, counted, significant

VANISHES, EXPLODES = 1e-2, 1e2  # the first step's gradient as a multiple of the last step's
CENTRAL = (5, 95)  # per cent, of the examples


@dataclass(frozen=True, slots=True)
class ThroughTime:
    """A loss's gradient with respect to a state, step by step back from the last one.

    Attributes:
        layer: whose state: "gru", "lstm, layer 2", with ", cell state" for an LSTM's c.
        mean: geometric mean of its norm over examples, the last step first; None where it is 0 for all.
        low: 5 per cent of the examples are below, likewise.
        high: 5 per cent of the examples are above, likewise.
        ratio: the first step's over the last step's, geometric mean over examples; None where that is 0 / 0,
            and 0 where nothing reaches the first step.
        examples: whose gradient is not 0 at the last step.
    """

    layer: str
    mean: tuple[float | None, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    ratio: float | None
    examples: int

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return len(self.mean)

    @property
    def per_step(self) -> float | None:
        """What the gradient is multiplied by with each step back, on geometric average."""
        if not self.ratio or self.steps < 2:
            return None
        return math.exp(math.log(self.ratio) / (self.steps - 1))

    @property
    def verdict(self) -> str:
        """Whether it vanishes, explodes, or does neither."""
        if self.ratio is None:
            return "unknown"
        if self.ratio < VANISHES:
            return "vanishes"
        return "explodes" if self.ratio > EXPLODES else "lasts"


def through_time(arrays: Mapping[str, NDArray[Any]]) -> tuple[ThroughTime, ...]:
    """Returns each recurrent layer's gradient through time, an LSTM's cell states after its hidden ones."""
    found = [
        of_layer(name, logarithms)
        for name, logarithms in zip(arrays["layers"].tolist(), arrays["gradient"], strict=True)
    ]
    if "cells" in arrays:
        cells = zip(arrays["cells"].tolist(), arrays["cell_gradient"], strict=True)
        found += [of_layer(f"{name}, cell state", logarithms) for name, logarithms in cells]
    return tuple(found)


def of_layer(layer: str, logarithms: NDArray[Any]) -> ThroughTime:
    """Returns one layer's gradient through time from the log10 of its norms, (T, N).

    Norms of different examples differ by factors: so means are geometric. A step's examples with a norm of 0
    are left out of its mean.
    """
    back = logarithms[::-1].astype(np.float64)
    known = [step[np.isfinite(step)] for step in back]
    low, high = (
        tuple(power(np.percentile(step, at)) if len(step) else None for step in known) for at in CENTRAL
    )
    both = np.isfinite(back[0]) & np.isfinite(back[-1])
    last = int(np.isfinite(back[0]).sum())
    ratio = power(float((back[-1] - back[0])[both].mean())) if both.any() else (0.0 if last else None)
    mean = tuple(power(float(step.mean())) if len(step) else None for step in known)
    return ThroughTime(layer, mean, low, high, ratio, last)


def power(exponent: float) -> float:
    """Returns 10 to a power, kept within what a double holds."""
    return float(10.0 ** min(max(exponent, -300.0), 300.0))


def main_state(found: Sequence[ThroughTime]) -> ThroughTime:
    """Returns the state that a network is judged by: the top layer's hidden one, read forwards."""
    hidden = [each for each in found if not each.layer.endswith("cell state")]
    forwards = [each for each in hidden if "backwards" not in each.layer]
    return (forwards or hidden)[-1]


def state_names(found: Sequence[ThroughTime]) -> list[str]:
    """Returns a name for each state of a network, without the module's where there is only one."""
    split = [each.layer.split(", ") for each in found]
    if len({parts[0] for parts in split}) > 1:
        return [each.layer for each in found]
    return [", ".join(parts[1:]) or "hidden state" for parts in split]


def fate(found: ThroughTime) -> str:
    """Returns what becomes of a gradient on its way back, as a clause."""
    if found.ratio is None:
        return "no gradient reaches the state at all"
    way = f"over the {counted(found.steps - 1, 'step')} back from the last to the first"
    if found.ratio == 0:
        return f"nothing of the gradient is left {way}: it vanishes"
    if found.ratio > NEARLY_ALL:
        verb = "grows to" if found.ratio > 1 / NEARLY_ALL else "stays at"
        return f"the gradient {verb} {multiple(found.ratio)} times itself {way}: it {found.verdict}"
    return f"the gradient shrinks to {multiple(found.ratio)} of itself {way}: it {found.verdict}"


def factor_words(found: ThroughTime) -> str:
    """Returns what each step back multiplies the gradient by: "0.71"; a dash where that is unknown."""
    return "–" if found.per_step is None else f"{significant(found.per_step, 2)}"


def settled(answers: NDArray[Any], steps: NDArray[Any]) -> int:
    """Returns after how many steps a network gives the class that it stays with to the end.

    Args:
        answers: (S, classes), probabilities after so many steps.
        steps: (S,), how many.
    """
    given = answers.argmax(axis=1)
    differing = np.flatnonzero(given != given[-1])
    return int(steps[differing[-1] + 1] if len(differing) else steps[0])


def digits(inputs: NDArray[Any]) -> str:
    """Returns a sequence of single whole numbers as text, "3 0 0"; empty for any other sequence."""
    if inputs.shape[1] != 1 or not np.allclose(inputs, np.round(inputs), atol=1e-3):
        return ""
    return " ".join(f"{round(float(value))}".replace("-", MINUS) for value in inputs[:, 0])
