"""Mistakes: the test images that the network gets wrong most confidently."""

import numpy as np

from glasslab.probes.subject import Arrays, Subject

MOST = 24


def look(subject: Subject) -> Arrays:
    """Returns the worst mistakes, most confident first; nothing for inputs that are no images.

    Returns:
        `pixels` (M, C, H, W) uint8, `labels` (M,), `predicted` (M,), `probability` (M,) of the predicted
        class, `probability_true` (M,), `index` (M,) in the original test set; M is 24 at most.
    """
    test = subject.tensors.test
    if test.x.ndim != 4:
        return {}
    probabilities = subject.probabilities(subject.logits).to(dtype=subject.logits.dtype).numpy()
    labels = test.y.cpu().numpy()
    predicted = probabilities.argmax(axis=1)
    confidence = probabilities[np.arange(len(labels)), predicted]
    wrong = np.flatnonzero(predicted != labels)
    rows = wrong[np.argsort(-confidence[wrong], kind="stable")][:MOST]
    return {
        "pixels": subject.pixels(test, rows),
        "labels": labels[rows],
        "predicted": predicted[rows],
        "probability": confidence[rows].astype(np.float32),
        "probability_true": probabilities[rows, labels[rows]].astype(np.float32),
        "index": test.index[rows],
    }
