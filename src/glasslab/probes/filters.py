"""Filters: the weights that the first layer looks at an image with, as pictures."""

import math

import numpy as np
from numpy.typing import NDArray
from torch import nn

from glasslab.errors import StudyError
from glasslab.plan.probe import Filters
from glasslab.probes.layers import Layer, layers_of
from glasslab.probes.prospect import Prospect
from glasslab.probes.subject import Arrays, Subject

COLOURS = (1, 3)  # channels that a picture can have


def look(subject: Subject, settings: Filters) -> Arrays:
    """Returns the first layer's filters.

    Returns:
        `weights` (F, C, h, w) float32, the filters shown, in the layer's order; `index` (F,), which they are;
        `rms` (all,) float32, the root mean square of each filter's weights; `smoothness` (all,) float32, the
        correlation of neighbouring weights, see `smoothness`; `layer`, its name; `kind`, "convolution" or
        "dense".

    Raises:
        StudyError: when the first layer has no weights for each pixel of a grey or colour image.
    """
    layer, weights = filters(subject.prospect)
    rms = np.sqrt((weights**2).mean(axis=(1, 2, 3)))
    index = spread(rms, settings.count)
    return {
        "weights": weights[index].astype(np.float32),
        "index": index,
        "rms": rms.astype(np.float32),
        "smoothness": smoothness(weights).astype(np.float32),
        "layer": np.array(layer.name),
        "kind": np.array("convolution" if isinstance(layer.module, nn.Conv2d) else "dense"),
    }


def check(prospect: Prospect, settings: Filters) -> None:
    """Raises StudyError when the first layer's weights are no pictures."""
    filters(prospect)


def filters(prospect: Prospect) -> tuple[Layer, NDArray[np.float64]]:
    """Returns the first layer and its weights as images, one a filter: (F, C, h, w).

    Raises:
        StudyError: when it has none for each pixel of a grey or colour image; says what would fit.
    """
    prospect.require_images("filters")
    layer = first_layer(prospect)
    if layer is None:
        raise StudyError(
            [
                "probes: 'filters' needs a network whose first layer with weights is a convolution, or a "
                "dense layer that reads the whole image (nets 'lenet', 'vgg', 'mlp'); this one's is neither"
            ]
        )
    own = layer.module.get_parameter("weight").detach().cpu().double().numpy()
    weights = own if own.ndim == 4 else own.reshape(-1, *prospect.input_shape)
    if weights.shape[1] not in COLOURS:
        raise StudyError(
            [
                f"probes: 'filters' needs filters of 1 channel (grey) or 3 (colour) to show them, those of "
                f"'{layer.name}' have {weights.shape[1]}"
            ]
        )
    return layer, weights


def first_layer(prospect: Prospect) -> Layer | None:
    """Returns the first layer that has weights, None where it has none for each pixel of an image."""
    for layer in layers_of(prospect.net, prospect.input_shape):
        module = layer.module
        if isinstance(module, nn.Conv2d):
            return layer
        if isinstance(module, nn.Linear):
            return layer if module.in_features == math.prod(prospect.input_shape) else None
        if any(True for _ in module.parameters()):
            return None
    return None


def spread(rms: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Returns which filters to show, in the layer's order: all, or evenly from strong to weak."""
    order = np.argsort(-rms, kind="stable")
    if len(order) <= count:
        return np.arange(len(order))
    places = np.round(np.linspace(0, len(order) - 1, count)).astype(np.int64)
    return np.sort(order[places])


def smoothness(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns how alike neighbouring weights of each filter are, (F,), from -1 to 1; NaN for a single pixel.

    The sum of the products of all pairs of weights beside or below one another, over the geometric mean of
    their sums of squares: about 0 for independent weights around 0, as an untrained layer has them, and near
    1 for edges and blobs. (Moran's I, 1950, about 0 instead of the mean, over a filter's pixels.)

    Args:
        weights: (F, C, h, w).
    """
    pairs = [(weights[..., 1:, :], weights[..., :-1, :]), (weights[..., :, 1:], weights[..., :, :-1])]
    total = sum((a * b).sum(axis=(1, 2, 3)) for a, b in pairs)
    first, second = (sum((pair[k] ** 2).sum(axis=(1, 2, 3)) for pair in pairs) for k in (0, 1))
    size = np.sqrt(np.asarray(first) * np.asarray(second))
    return np.asarray(np.divide(total, size, out=np.full(len(weights), np.nan), where=size > 0))
