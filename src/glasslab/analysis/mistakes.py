"""Where it goes wrong: confusion matrices."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glasslab.analysis.results import VariantResults


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often each class was taken for each, summed over a variant's runs.

    Attributes:
        variant: its name.
        classes: their names.
        counts: [true, predicted], test examples summed over runs.
        runs: how many runs it sums.
    """

    variant: str
    classes: tuple[str, ...]
    counts: NDArray[np.int64]
    runs: int


def confusion(results: VariantResults) -> Confusion | None:
    """Returns a variant's confusion matrix over its finished runs, None where none has predictions."""
    total: NDArray[np.int64] | None = None
    classes: tuple[str, ...] = ()
    runs = 0
    for run in results.runs.values():
        predictions = run.predictions() if run.finished else None
        if predictions is None or run.manifest.data is None:
            continue
        if runs and classes != run.manifest.data.classes:
            continue  # the data have changed since, and their classes do not add up
        classes = run.manifest.data.classes
        predicted = predicted_classes(predictions["logits"])
        pairs = predictions["labels"].astype(np.int64) * len(classes) + predicted
        counts = np.bincount(pairs, minlength=len(classes) ** 2).reshape(len(classes), len(classes))
        total = counts if total is None else total + counts
        runs += 1
    return None if total is None else Confusion(results.name, classes, total, runs)


def predicted_classes(logits: NDArray[np.float32]) -> NDArray[np.int64]:
    """Returns the most probable class of each row: the largest logit, or the sign of a single one."""
    if logits.shape[1] == 1:
        return (logits[:, 0] > 0).astype(np.int64)
    return np.asarray(logits.argmax(axis=1), dtype=np.int64)
