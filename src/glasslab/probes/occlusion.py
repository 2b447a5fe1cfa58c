"""Occlusion: what a network gives while a square wanders over an image (Zeiler and Fergus, 2014, fig. 7)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from glasslab.data.tensors import Examples
from glasslab.errors import StudyError
from glasslab.plan.probe import Occlusion
from glasslab.probes.attributions import class_scores, weighed_layer
from glasslab.probes.chosen import chosen_rows
from glasslab.probes.fillings import fillings_of
from glasslab.probes.layers import chosen_layers, first_of, hooked, layers_of, left_as_it_was
from glasslab.probes.occluders import Places, centred, each_hidden
from glasslab.probes.prospect import Prospect
from glasslab.probes.shown import examples_shown
from glasslab.probes.subject import Arrays, Subject

NAME = "occlusion"


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched while images are hidden in part.

    Attributes:
        net: in evaluation mode.
        score: outputs (B, K) -> what is kept of every class (B, classes).
        layer: whose maps are summed; None for a network without maps.
    """

    net: nn.Module
    score: Callable[[Tensor], Tensor]
    layer: str | None

    def __call__(self, x: Tensor, maps: slice = slice(None)) -> tuple[Tensor, Tensor]:
        """Returns scores (B, classes) and sums of the layer's maps (B, maps) for images (B, C, H, W).

        Args:
            x: the images.
            maps: those that are summed; of a network without maps there are none.
        """
        sums = [x.new_zeros(len(x), 0)]

        def note(name: str, module: nn.Module, given: tuple[Any, ...], out: Any) -> None:
            sums.append(first_of(out)[:, maps].sum((2, 3)))

        with hooked(self.net, [self.layer] if self.layer else [], note):
            outputs = self.net(x)
        return self.score(outputs), sums[-1]


def look(subject: Subject, settings: Occlusion) -> Arrays:
    """Returns the three maps of the paper for a few test images, and the scores of all other classes.

    Returns:
        what `examples_shown` tells of the N images; `scores` (N, classes, h, w), every class's probability or
        logit with the square's middle at each place, h x w being the image's size at stride 1;
        `most_probable` (N, h, w), the class; `whole` (N, classes), the scores with nothing hidden; `lowest`
        (N, 2), the place where the true class's score is lowest, and `hidden` (N, C, H, W) uint8, the image
        with the square there; `size` of the square in pixels. For a network with maps also `layer`, whose
        they are, `strongest` (N,), the map with the largest sum over the image, `activation` (N, h, w), its
        sum with the square at each place, and `activation_whole` (N,).

    Raises:
        StudyError: when the examples are no images, or an image or a layer does not fit.
    """
    check(subject.prospect, settings)
    test, net = subject.tensors.test, subject.net
    rows = chosen_rows(test, settings.images, settings.count, NAME)
    x = test.x[torch.from_numpy(rows).to(test.x.device)]
    labels = test.y.cpu().numpy()[rows]
    places = places_in(subject.prospect, settings)
    covered = places.covered(*x.shape[2:]).to(x.device)
    filling = fillings_of(subject.tensors).like(x, settings.filling)
    layer = weighed_layer(net, subject.prospect.input_shape, settings.layer)
    score = subject.probabilities if settings.score == "probability" else class_scores
    with left_as_it_was(net), torch.inference_mode():
        found = maps_of(Watched(net, score, layer), x, filling, covered)
    shape = (len(places.tops), len(places.lefts))
    scores = found["scores"].reshape(len(rows), -1, *shape)
    lowest = scores[np.arange(len(rows)), labels].reshape(len(rows), -1).argmin(axis=1)
    hidden = torch.where(covered[torch.from_numpy(lowest).to(x.device)], filling, x)
    pictures = Examples(hidden, test.y, test.index)
    seen = examples_shown(subject, rows) | {
        "scores": scores,
        "most_probable": scores.argmax(axis=1).astype(np.int16),
        "whole": found["whole"],
        "lowest": np.stack(np.unravel_index(lowest, shape), axis=1),
        "hidden": subject.pixels(pictures, np.arange(len(rows))),
        "size": np.array(places.size),
    }
    if layer is None:
        return seen
    of_map = {key: found[key] for key in ("strongest", "activation_whole")}
    return seen | of_map | {"layer": np.array(layer), "activation": found["activation"].reshape(-1, *shape)}


def check(prospect: Prospect, settings: Occlusion) -> None:
    """Raises StudyError when the examples are no images, or the square or the layer does not fit."""
    prospect.require_images(NAME)
    shorter = min(prospect.input_shape[1:])
    if settings.size > shorter:
        raise StudyError(
            [f"probes: '{NAME}' size: must be at most the image's {shorter} pixels, got {settings.size}"]
        )
    if settings.stride > shorter:
        raise StudyError(
            [f"probes: '{NAME}' stride: must be at most the image's {shorter} pixels, got {settings.stride}"]
        )
    if settings.layer:
        layers = [each for each in layers_of(prospect.net, prospect.input_shape) if each.has_maps]
        chosen_layers(layers, [settings.layer], NAME, "layers with maps")


def places_in(prospect: Prospect, settings: Occlusion) -> Places:
    """Returns where the square stands: its middle on every pixel, or every `stride`th."""
    height, width = prospect.input_shape[1:]
    return centred(height, width, settings.size or max(1, round(min(height, width) / 4)), settings.stride)


def maps_of(watched: Watched, x: Tensor, filling: Tensor, covered: Tensor) -> Arrays:
    """Returns what is watched, for each image and place.

    Args:
        watched: the network and what is kept of it.
        x: images (N, C, H, W).
        filling: what stands in the square, likewise.
        covered: its P places, (P, 1, H, W).

    Returns:
        `scores` (N, classes, P), `whole` (N, classes), `strongest` (N,), `activation` (N, P) and
        `activation_whole` (N,); 0 for a network without maps.
    """
    found: dict[str, list[Tensor]] = {key: [] for key in ("scores", "activation")}
    whole, sums = watched(x)
    strongest = sums.argmax(1) if sums.shape[1] else torch.zeros(len(x), dtype=torch.int64)
    for image, fill, top in zip(x, filling, strongest, strict=True):
        one = partial(watched, maps=slice(int(top), int(top) + 1))
        scores, activation = zip(*(each for _, each in each_hidden(one, image, fill, covered)), strict=True)
        found["scores"].append(torch.cat(scores).T)
        found["activation"].append(torch.cat(activation).flatten())
    at_top = sums.gather(1, strongest[:, None])[:, 0] if sums.shape[1] else torch.zeros(len(x))
    arrays = {key: torch.stack(value).float().cpu().numpy() for key, value in found.items()}
    return arrays | {
        "whole": whole.float().cpu().numpy(),
        "strongest": strongest.cpu().numpy(),
        "activation_whole": at_top.float().cpu().numpy(),
    }
