"""Which examples and which class a probe looks at: chosen by the user, or the same ones for every run."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from glasslab.data.tensors import Examples
from glasslab.errors import StudyError, nearest


def chosen_rows(test: Examples, images: Sequence[int], most: int, probe: str) -> NDArray[np.int64]:
    """Returns the rows of test examples to look at.

    Args:
        test: the test split.
        images: positions in the original test set; empty for the first example of each class, class by
            class, then the second ones, and so on.
        most: so many are taken where `images` is empty.
        probe: that asks.

    Raises:
        StudyError: when an example is not in the test split; says which there are.
    """
    if not images:
        labels = test.y.cpu().numpy()
        turns = np.zeros(len(labels), dtype=np.int64)
        for label in np.unique(labels):
            turns[labels == label] = np.arange((labels == label).sum())
        rows: NDArray[np.int64] = np.lexsort((labels, turns))[:most]
        return rows
    require_examples(images, test.index, probe)
    places = {int(position): row for row, position in enumerate(test.index)}
    return np.array([places[each] for each in images], dtype=np.int64)


def require_examples(images: Sequence[int], index: NDArray[np.integer], probe: str) -> None:
    """Raises StudyError when a test example that is asked for is not among those at these positions."""
    known = sorted(index.tolist())
    wrong = sorted(set(images) - set(known))
    if wrong:
        raise StudyError(
            [
                f"probes: '{probe}' images: no test example {wrong[0]}; the {len(known)} of this run lie "
                f"between {known[0]} and {known[-1]}: {', '.join(map(str, known[:5]))}, ..."
            ]
        )


def target_classes(
    target: str | int, logits: Tensor, labels: Tensor, classes: Sequence[str], probe: str
) -> Tensor:
    """Returns the class that is to be explained for each example (B,), int64.

    Args:
        target: "predicted", "true", the name of a class, or its index.
        logits: outputs (B, K).
        labels: true classes (B,).
        classes: their names.
        probe: that asks.

    Raises:
        StudyError: when there is no such class; lists them.
    """
    if target == "predicted":
        return logits.argmax(1)
    if target == "true":
        return labels
    names = list(classes)
    if isinstance(target, str) and target in names:
        return torch.full_like(labels, names.index(target))
    if isinstance(target, int) and 0 <= target < len(names):
        return torch.full_like(labels, target)
    hint = nearest(target, names) if isinstance(target, str) else ""
    raise StudyError(
        [
            f"probes: '{probe}' target: no class {target!r}{hint}; "
            f'"predicted", "true", an index from 0 to {len(names) - 1}, or one of {", ".join(names)}'
        ]
    )
