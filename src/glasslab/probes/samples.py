"""Samples: a few examples of each class as the network was given them, or every point in the plane."""

import numpy as np

from glasslab.probes.subject import Arrays, Subject

PER_CLASS = 8


def look(subject: Subject) -> Arrays:
    """Returns images by class, or points with their split.

    Returns:
        For images `pixels` (N, C, H, W) uint8 and `labels` (N,), up to 8 a class from the training split,
        the first ones. For inputs with two features `points` (N, 2), `labels` (N,) and `split` (N,): 0 train,
        1 validation, 2 test. Otherwise nothing.
    """
    train = subject.tensors.train
    labels = train.y.cpu().numpy()
    if train.x.ndim == 4:
        by_class = [np.flatnonzero(labels == k)[:PER_CLASS] for k in range(len(subject.tensors.classes))]
        rows = np.concatenate(by_class)
        return {"pixels": subject.pixels(train, rows), "labels": labels[rows]}
    if train.x.shape[1:] == (2,):
        splits = [(0, train), (1, subject.tensors.val), (2, subject.tensors.test)]
        held = [(number, split) for number, split in splits if split is not None]
        return {
            "points": np.concatenate([s.x.cpu().numpy().astype(np.float32) for _, s in held]),
            "labels": np.concatenate([s.y.cpu().numpy() for _, s in held]),
            "split": np.concatenate([np.full(len(s.y), number, dtype=np.int8) for number, s in held]),
        }
    return {}
