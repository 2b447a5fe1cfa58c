"""Boundary: the class probabilities at every point of the plane, for data with two features."""

import numpy as np
import torch

from glasslab.errors import StudyError
from glasslab.plan.probe import Boundary
from glasslab.probes.prospect import Prospect
from glasslab.probes.subject import Arrays, Subject

MARGIN = 0.15  # of the data's range, left around it on every side


def look(subject: Subject, settings: Boundary) -> Arrays:
    """Returns the network's probabilities over a square grid around the data.

    Returns:
        `x` (side,) and `y` (side,), the grid's coordinates; `probability` (side, side, classes), rows by y;
        `points` (N, 2) and `labels` (N,), the training examples.

    Raises:
        StudyError: when an example does not have exactly two features.
    """
    check(subject.prospect, settings)
    train = subject.tensors.train
    points = train.x.cpu().numpy().astype(np.float32)
    x, y = (axis_around(points[:, k], settings.side) for k in (0, 1))
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    with torch.inference_mode():
        logits = subject.net(torch.from_numpy(grid).to(train.x.device, train.x.dtype))
    probability = subject.probabilities(logits.cpu()).numpy().astype(np.float32)
    return {
        "x": x,
        "y": y,
        "probability": probability.reshape(settings.side, settings.side, -1),
        "points": points,
        "labels": train.y.cpu().numpy(),
    }


def check(prospect: Prospect, settings: Boundary) -> None:
    """Raises StudyError when one example has anything but two features."""
    if prospect.input_shape != (2,):
        shape = prospect.shape_words
        raise StudyError([f"probes: 'boundary' needs data with two features, these have {shape}"])


def axis_around(
    values: np.ndarray[tuple[int], np.dtype[np.float32]], side: int
) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Returns `side` evenly spaced coordinates around the values, with a margin."""
    low, high = float(values.min()), float(values.max())
    margin = MARGIN * (high - low)
    return np.linspace(low - margin, high + margin, side, dtype=np.float32)
