"""Invariance: how far layers and outputs change as images are shifted, scaled and turned."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from glasslab.data.tensors import Examples, along_channels
from glasslab.plan.probe import Invariance
from glasslab.probes.chosen import chosen_rows
from glasslab.probes.deconvnet import after_convolutions, portions
from glasslab.probes.layers import Layer, chosen_layers, layers_of, left_as_it_was, outputs_of_layers
from glasslab.probes.prospect import Prospect
from glasslab.probes.subject import Arrays, Subject

FARTHEST = 0.25  # of the image's side that it is shifted, either way
LARGEST = 1.8  # times that it is enlarged, and made smaller
TURNED = 180.0  # degrees, either way
WHOLE = ""  # the network's own name among its modules
ON_A_STRIP = 7  # transformed copies of the first image that are kept to be shown


def look(subject: Subject, settings: Invariance) -> Arrays:
    """Returns distances in layers, and probabilities, over how far images are transformed.

    An image is shifted by whole pixels, or scaled or turned about its middle with linear interpolation. What
    comes in from outside is black. After Zeiler and Fergus 2014, figure 5.

    Returns:
        `kinds` (T,): "right", "down", "scale" and "turn"; `amount` (T, S) in pixels, pixels, times, and
        degrees anticlockwise, the middle one being the image as it is; `layers` (L,), names; `distance`
        (L, T, N, S), the Euclidean |f(x) - f(x')| / |f(x)| in a layer, NaN where that gives nothing but
        zeros; `unrelated` (L, N), likewise how far the next of the images is, NaN for a single one;
        `probability` (T, N, S) of the true class; `labels` (N,) and `index` (N,) in the original test
        set; `moved` (T, 7, C, H, W) uint8, the first image at the places `moved_at` (7,) of `amount`.

    Raises:
        StudyError: when the data are no images, or there is no such layer or image.
    """
    check(subject.prospect, settings)
    test = subject.tensors.test
    rows = chosen_rows(test, settings.images, settings.count, "invariance")
    chosen = torch.from_numpy(rows).to(test.x.device)
    x, labels = test.x[chosen], test.y[chosen]
    layers = layers_to_compare(subject.prospect, settings.layers)
    black = along_channels(subject.tensors.scaling.black, x)
    ways = ways_of(x.shape[-2], x.shape[-1], settings.steps)
    with left_as_it_was(subject.net):
        seen = [compared(subject, x, labels, layers, turned, black) for _, turned in ways.values()]
    shown = np.unique(np.linspace(0, 2 * settings.steps, ON_A_STRIP).round().astype(np.int64))
    return {
        "kinds": np.array(list(ways)),
        "amount": np.stack([amount for amount, _ in ways.values()]).astype(np.float32),
        "layers": np.array([each.name for each in layers]),
        "distance": np.stack([distance for distance, _ in seen], axis=1),
        "unrelated": to_the_next(subject, x, layers),
        "probability": np.stack([probability for _, probability in seen]),
        "labels": labels.cpu().numpy(),
        "index": test.index[rows],
        "moved_at": shown,
        "moved": np.stack([strip(subject, x[:1], turned[shown], black) for _, turned in ways.values()]),
    }


def check(prospect: Prospect, settings: Invariance) -> None:
    """Raises StudyError when examples are no images, or the network has no such layers."""
    prospect.require_images("invariance")
    layers_to_compare(prospect, settings.layers)


def layers_to_compare(prospect: Prospect, names: Sequence[str]) -> list[Layer]:
    """Returns the layers named, or the first and last convolution's, or the first and last hidden ones.

    Raises:
        StudyError: when there is no such layer; lists those there are.
    """
    layers = layers_of(prospect.net, prospect.input_shape)
    if names:
        return chosen_layers(layers, names, "invariance", "layers")
    hidden = layers[:-1]
    maps = after_convolutions([each for each in hidden if each.has_maps])
    units = [each for each in hidden if each.is_pointwise or gives_states(each)]
    found = chosen_layers(maps or units, (), "invariance", "hidden layers")
    return list({each.name: each for each in (found[0], found[-1])}.values())


def gives_states(layer: Layer) -> bool:
    """Returns whether a layer is a recurrent one, which gives its state at every step (T, H)."""
    return len(layer.shape) == 2 and any(True for _ in layer.module.parameters())


def ways_of(
    height: int, width: int, steps: int
) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Returns how far images are transformed each way (S,), with what that does to coordinates (S, 2, 3).

    That is the matrix from a place in the new image to the one in the old that it shows, both from -1 at the
    left and top edge to 1 at the right and bottom edge, as `torch.nn.functional.affine_grid` takes it.
    """
    share = np.arange(-steps, steps + 1) / steps
    right, down = (np.rint(share * max(1.0, FARTHEST * side)) for side in (width, height))
    scale, turn = LARGEST**share, share * TURNED
    return {
        "right": (right, np.stack([matrix(shift=(-2 * each / width, 0)) for each in right])),
        "down": (down, np.stack([matrix(shift=(0, -2 * each / height)) for each in down])),
        "scale": (scale, np.stack([matrix(scale=1 / each) for each in scale])),
        "turn": (turn, np.stack([matrix(turn=math.radians(each), aspect=height / width) for each in turn])),
    }


def matrix(
    shift: tuple[float, float] = (0.0, 0.0), scale: float = 1.0, turn: float = 0.0, aspect: float = 1.0
) -> NDArray[np.float64]:
    """Returns the matrix (2, 3) of one transformation.

    Args:
        shift: across and down.
        scale: of distances from the middle.
        turn: in radians.
        aspect: height over width of the image, whose sides count as equally long.
    """
    cos, sin = scale * math.cos(turn), scale * math.sin(turn)
    return np.array([[cos, -sin * aspect, shift[0]], [sin / aspect, cos, shift[1]]])


def transformed(x: Tensor, way: NDArray[np.float64], black: Tensor) -> Tensor:
    """Returns images (N, C, H, W) transformed by a matrix (2, 3), black where they do not reach."""
    theta = torch.from_numpy(way).to(x.device, x.dtype).expand(len(x), -1, -1)
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    return F.grid_sample(x - black, grid, align_corners=False) + black


def strip(subject: Subject, image: Tensor, ways: NDArray[np.float64], black: Tensor) -> NDArray[np.uint8]:
    """Returns one image (1, C, H, W) transformed in several ways, as pixels (ways, C, H, W)."""
    moved = torch.cat([transformed(image, way, black) for way in ways])
    rows = np.arange(len(ways))
    return subject.pixels(Examples(moved, torch.zeros(len(ways), dtype=torch.int64), rows), rows)


def compared(
    subject: Subject,
    x: Tensor,
    labels: Tensor,
    layers: Sequence[Layer],
    ways: NDArray[np.float64],
    black: Tensor,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Returns the distances (L, N, S) and probabilities of the true class (N, S) of one kind of way."""
    distance = np.empty((len(layers), len(x), len(ways)), dtype=np.float32)
    probability = np.empty((len(x), len(ways)), dtype=np.float32)
    names = [each.name for each in layers]
    with torch.no_grad():
        for part in portions(len(x), sum(math.prod(each.shape) for each in layers)):
            before = outputs_of_layers(subject.net, x[part], names)
            for step, way in enumerate(ways):
                changed = transformed(x[part], way, black)
                after = outputs_of_layers(subject.net, changed, [*names, WHOLE])
                for place, name in enumerate(names):
                    distance[place, part, step] = relative(before[name], after[name])
                given = subject.probabilities(after[WHOLE].cpu()).numpy()
                probability[part, step] = given[np.arange(len(given)), labels[part].cpu().numpy()]
    return distance, probability


def to_the_next(subject: Subject, x: Tensor, layers: Sequence[Layer]) -> NDArray[np.float32]:
    """Returns how far each image is from the next one in each layer (L, N), the last one from the first."""
    names = [each.name for each in layers]
    found = np.full((len(layers), len(x)), np.nan, dtype=np.float32)
    following = x.roll(-1, 0)
    with left_as_it_was(subject.net), torch.no_grad():
        for part in portions(len(x) if len(x) > 1 else 0, sum(math.prod(each.shape) for each in layers)):
            own = outputs_of_layers(subject.net, x[part], names)
            other = outputs_of_layers(subject.net, following[part], names)
            for place, name in enumerate(names):
                found[place, part] = relative(own[name], other[name])
    return found


def relative(before: Tensor, after: Tensor) -> NDArray[np.float32]:
    """Returns |before - after| / |before| of each example (N,), NaN where all of it is 0."""
    length = before.flatten(1).norm(dim=1)
    far = (before - after).flatten(1).norm(dim=1)
    found: NDArray[np.float32] = torch.where(length > 0, far / length, torch.nan).cpu().float().numpy()
    return found
