"""Calibration: whether a network is right as often as it says it is sure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glasslab.analysis.numbers import count, counted, fixed, share
from glasslab.analysis.results import VariantResults

BINS = 15  # of equal width, as in Guo et al. (2017)
FEWEST = 100  # test examples; with fewer the bins hold chance alone
EVEN = 0.005  # a gap between confidence and accuracy that is not worth a word


@dataclass(frozen=True, slots=True)
class Calibration:
    """How confidence and accuracy go together in a variant's test predictions.

    Attributes:
        variant: its name.
        counts: (15,), predictions by confidence, over all runs.
        confidence: (15,), their mean confidence; NaN for an empty bin.
        accuracy: (15,), the share of them that is right; NaN for an empty bin.
        errors: each run's expected calibration error, 0 to 1.
        examples: test examples of each run.
    """

    variant: str
    counts: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    errors: tuple[float, ...]
    examples: int

    @property
    def error(self) -> float:
        """The expected calibration error, mean over runs."""
        return float(np.mean(self.errors))

    @property
    def sure(self) -> float:
        """Mean confidence over all predictions."""
        return float(np.nansum(self.confidence * self.counts) / self.counts.sum())

    @property
    def right(self) -> float:
        """Share of all predictions that is right."""
        return float(np.nansum(self.accuracy * self.counts) / self.counts.sum())


def calibration(results: VariantResults) -> Calibration | None:
    """Returns a variant's calibration over its finished runs, None where none has 100 test predictions."""
    sums = np.zeros((3, BINS))
    errors: list[float] = []
    examples = 0
    for run in results.runs.values():
        predictions = run.predictions() if run.finished else None
        if predictions is None or len(predictions["labels"]) < FEWEST:
            continue
        sure, right = confidence(predictions["logits"], predictions["labels"])
        own = by_bin(sure, right)
        sums += own
        errors.append(expected_error(own))
        examples = len(right)
    if not errors:
        return None
    counts, total_sure, total_right = sums
    means = [
        np.divide(of, counts, out=np.full(BINS, np.nan), where=counts > 0) for of in (total_sure, total_right)
    ]
    return Calibration(results.name, counts.astype(np.int64), means[0], means[1], tuple(errors), examples)


def confidence(
    logits: NDArray[np.float32], labels: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Returns the probability of each example's most probable class, and whether that is the label.

    Args:
        logits: (N, classes), turned into probabilities by softmax, or (N, 1), by the logistic function.
        labels: (N,).
    """
    z = logits.astype(np.float64)
    z = np.concatenate([np.zeros_like(z), z], axis=1) if z.shape[1] == 1 else z
    exponentials = np.exp(z - z.max(axis=1, keepdims=True))
    probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
    return probabilities.max(axis=1), probabilities.argmax(axis=1) == labels


def by_bin(sure: NDArray[np.float64], right: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Returns (3, 15): predictions, sum of their confidence, and how many are right, by confidence.

    The m-th bin holds confidences above (m - 1) / 15, up to m / 15 (Guo et al., 2017, section 2).
    """
    place = np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], sure)
    return np.stack([np.bincount(place, weights, BINS) for weights in (np.ones_like(sure), sure, right)])


def expected_error(bins: NDArray[np.float64]) -> float:
    """Returns the expected calibration error of a run, 0 to 1, from what `by_bin` gives.

    The gap between accuracy and mean confidence in each bin, weighted by the bin's share of predictions: Guo
    et al. (2017), On calibration of modern neural networks, equation 3.
    """
    counts, sure, right = bins
    return float(np.abs(right - sure).sum() / counts.sum())


def sentence(found: Calibration) -> str:
    """Returns how far a variant's confidence can be trusted."""
    gap = found.sure - found.right
    if abs(gap) < EVEN:
        judged = "on average it is as often right as it is sure"
    else:
        points = fixed(100 * abs(gap), 1)
        judged = f"it is {'over' if gap > 0 else 'under'}confident by {points} points"
    runs = f", mean of {counted(len(found.errors), 'run')}" if len(found.errors) > 1 else ""
    return (
        f"{found.variant}: {share(found.sure)} sure on average and {share(found.right)} right, so {judged}; "
        f"expected calibration error {share(found.error)} (n = {count(found.examples)}{runs})."
    )
