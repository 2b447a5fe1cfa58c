"""Attribution: for a few test images, which pixels a class's score goes by, by every method that fits."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from glasslab.errors import StudyError
from glasslab.plan.probe import Attribution
from glasslab.probes.attributions import (
    METHODS,
    Context,
    class_scores,
    fitting,
    of_targets,
    require_methods,
    weighed_layer,
    window_side,
)
from glasslab.probes.chosen import chosen_rows, target_classes
from glasslab.probes.fillings import fillings_of
from glasslab.probes.layers import chosen_layers, layers_of, left_as_it_was
from glasslab.probes.prospect import Prospect
from glasslab.probes.rectified import activations_met
from glasslab.probes.shown import examples_shown
from glasslab.probes.subject import Arrays, Subject

NAME = "attribution"


def look(subject: Subject, settings: Attribution) -> Arrays:
    """Returns maps of a few test images, by every method that is asked for and fits.

    Returns:
        what `examples_shown` tells of the N images; `probability_true` (N,); `target` (N,), the class
        explained, and `probability_target` (N,); `methods` (M,), their names; for each a signed map
        `map <name>` (N, C or 1, H, W) and a heat `heat <name>` (N, H, W), at least 0. With integrated
        gradients `difference` (N,), the score less the baseline's, and `completeness` (N,), by how much the
        map's sum misses it. With Grad-CAM `weighed`, the layer's name, and `weighed_size` (2,), its maps'
        height and width. With occlusion `window`, the occluder's side. With a rectified method `joins`, how
        many skip connections it met.

    Raises:
        StudyError: when a method, a layer, an image or the target does not fit.
    """
    check(subject.prospect, settings)
    test, net = subject.tensors.test, subject.net
    rows = chosen_rows(test, settings.images, settings.count, NAME)
    places = torch.from_numpy(rows)
    x, labels = (each[places.to(each.device)] for each in (test.x, test.y))
    logits = class_scores(subject.logits[places]).to(labels.device)
    targets = target_classes(settings.target, logits, labels, subject.tensors.classes, NAME)
    context = Context(fillings_of(subject.tensors), subject.seed)
    names = fitting(subject.prospect, settings.methods)
    maps = {name: METHODS[name](net, x, targets, settings, context) for name in names}
    probabilities = subject.probabilities(subject.logits[places].float())
    seen = examples_shown(subject, rows) | {
        "probability_true": of_targets(probabilities, labels.cpu()).numpy(),
        "target": targets.cpu().numpy(),
        "probability_target": of_targets(probabilities, targets.cpu()).numpy(),
        "methods": np.array(names),
    }
    for name, signed in maps.items():
        seen[f"map {name}"] = signed.cpu().numpy()
        seen[f"heat {name}"] = METHODS[name].heat(signed).cpu().numpy()
    if "integrated-gradients" in maps:
        baseline = context.fillings.like(x, settings.baseline)
        with left_as_it_was(net), torch.inference_mode():
            apart = of_targets(class_scores(net(x)) - class_scores(net(baseline)), targets).cpu()
        seen |= completeness(maps["integrated-gradients"].cpu(), apart)
    return seen | facts(subject.prospect, settings, maps)


def check(prospect: Prospect, settings: Attribution) -> None:
    """Raises StudyError when the data are no images, or a method, the layer or the target does not fit."""
    prospect.require_images(NAME)
    require_methods(prospect, settings.methods, NAME)
    if settings.layer:
        layers = [each for each in layers_of(prospect.net, prospect.input_shape) if each.has_maps]
        chosen_layers(layers, [settings.layer], NAME, "layers with maps")
    side = window_side(settings, (prospect.input_shape[1], prospect.input_shape[2]))
    shorter = min(prospect.input_shape[1:])
    if side > shorter:
        raise StudyError(
            [f"probes: '{NAME}' window: must be at most the image's {shorter} pixels, got {settings.window}"]
        )
    if settings.window and settings.stride > side:  # one that nobody chose takes as long steps as it can
        raise StudyError(
            [
                f"probes: '{NAME}' stride: must be at most the occluder's side, {side} here, so that no "
                f"pixel is left out; got {settings.stride}"
            ]
        )
    one = torch.zeros(1, dtype=torch.int64)
    target_classes(settings.target, torch.zeros(1, len(prospect.classes)), one, prospect.classes, NAME)


def completeness(maps: Tensor, difference: Tensor) -> Arrays:
    """Returns what integrated gradients should add up to, and by how much they miss it.

    Args:
        maps: (N, C, H, W).
        difference: score of the image less that of the baseline (N,).
    """
    total = maps.to(torch.float64).sum((1, 2, 3))
    missed = (total - difference).numpy().astype(np.float32)
    return {"difference": difference.numpy().astype(np.float32), "completeness": missed}


def facts(prospect: Prospect, settings: Attribution, maps: Mapping[str, Tensor]) -> Arrays:
    """Returns what has to be said with some methods' maps."""
    found: Arrays = {}
    if "grad-cam" in maps:
        name = weighed_layer(prospect.net, prospect.input_shape, settings.layer) or ""
        layers = {each.name: each.shape for each in layers_of(prospect.net, prospect.input_shape)}
        found |= {"weighed": np.array(name), "weighed_size": np.array(layers[name][1:])}
    if "occlusion" in maps:
        sides = (prospect.input_shape[1], prospect.input_shape[2])
        found["window"] = np.array(window_side(settings, sides))
    if "deconvnet" in maps or "guided-backpropagation" in maps:
        found["joins"] = np.array(activations_met(prospect).joins)
    return found
