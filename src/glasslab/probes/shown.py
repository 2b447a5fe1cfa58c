"""What is said of the test examples that a probe shows, with the images themselves."""

import numpy as np
import torch
from numpy.typing import NDArray

from glasslab.probes.subject import Arrays, Subject


def examples_shown(subject: Subject, rows: NDArray[np.int64]) -> Arrays:
    """Returns what is said of these test examples.

    Returns:
        `index` (M,) in the original test set, `labels` (M,), `predicted` (M,), `probability` (M,) float32 of
        the predicted class and, for images, `pixels` (M, C, H, W) uint8.
    """
    test = subject.tensors.test
    logits = subject.logits[torch.from_numpy(rows)]
    probability, predicted = subject.probabilities(logits.float()).max(1)
    arrays: Arrays = {
        "index": test.index[rows],
        "labels": test.y.cpu().numpy()[rows],
        "predicted": predicted.numpy(),
        "probability": probability.numpy().astype(np.float32),
    }
    return arrays | ({"pixels": subject.pixels(test, rows)} if test.x.ndim == 4 else {})
