"""Activations: what layers give for single images, and how each filter behaves over the whole test set."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from glasslab.plan.probe import Activations
from glasslab.probes.chosen import chosen_rows
from glasslab.probes.layers import Layer, chosen_layers, first_of, hooked, layers_of, left_as_it_was
from glasslab.probes.prospect import Prospect
from glasslab.probes.shown import examples_shown
from glasslab.probes.subject import Arrays, Subject
from glasslab.probes.tally import Tally

AT_ONCE = 2**21  # numbers that the widest layer may give for the examples worked on together: 8 MB
MOST_AT_ONCE = 500  # examples
FITTING = "layers that give maps or units"


def look(subject: Subject, settings: Activations) -> Arrays:
    """Returns maps of a few examples, and statistics of each filter (or unit) over all test examples.

    A filter's values are those at all places of its map in all test examples. A layer that a forward pass
    uses several times counts with its first use.

    Returns:
        `layers` (L,) and `kinds` (L,), "convolution", "dense", "activation" or another module's name; for
        the k-th of them, with F filters, `mean_k`, `std_k` (of the population), `zeros_k` (share that is
        exactly 0), `least_k` and `most_k`, all (F,) float32; `quantiles_k` (F, 5) float32 at 5, 25, 50, 75
        and 95 per cent, of `sampled_k` places drawn at random with the run's seed (all of them where there
        are no more; of the whole layer, the same for each filter); `values_k`, how many places there are;
        `by_class_k` (classes, F) float32, the mean over each class's examples, NaN for one without; `which_k`
        (S,), the filters shown; `maps_k` (M, S, H, W) or (M, S) float32, what they give for the examples
        shown. Of those `index`, `labels`, `predicted`, `probability` (M,); images, `pixels` (M, C, H, W).

    Raises:
        StudyError: when a layer or an example is asked for that there is not, or no layer fits.
    """
    layers = fitting(subject.prospect, settings)
    test = subject.tensors.test
    rows = chosen_rows(test, settings.images, settings.count, "activations")
    with left_as_it_was(subject.net), torch.inference_mode():
        arrays = examples_shown(subject, rows)
        tallies = over_test_set(subject, layers)
        given = first_uses(subject.net, test.x[torch.from_numpy(rows).to(test.x.device)], layers)
    for place, (layer, tally) in enumerate(zip(layers, tallies, strict=True)):
        found = tally.arrays()
        which = varying(found["std"], settings.maps if layer.has_maps else len(found["std"]))
        shown = {"which": which, "maps": given[layer.name][:, torch.from_numpy(which)].numpy()}
        arrays |= {f"{key}_{place}": array for key, array in (found | shown).items()}
    arrays["layers"] = np.array([layer.name for layer in layers])
    arrays["kinds"] = np.array([kind(layer) for layer in layers])
    return arrays


def check(prospect: Prospect, settings: Activations) -> None:
    """Raises StudyError when the network has no such layers."""
    fitting(prospect, settings)


def fitting(prospect: Prospect, settings: Activations) -> list[Layer]:
    """Returns the layers to look at."""
    able = [each for each in layers_of(prospect.net, prospect.input_shape) if len(each.shape) in (1, 3)]
    if settings.layers:
        return chosen_layers(able, settings.layers, "activations", FITTING)
    usual = [each for each in able if kind(each) in ("convolution", "dense", "activation")]
    return chosen_layers(usual or able, (), "activations", FITTING)


def kind(layer: Layer) -> str:
    """Returns what a layer is, in a word."""
    if isinstance(layer.module, nn.Conv2d):
        return "convolution"
    if isinstance(layer.module, nn.Linear):
        return "dense"
    if layer.is_pointwise and not isinstance(layer.module, nn.Identity):
        return "activation"
    return type(layer.module).__name__


def over_test_set(subject: Subject, layers: Sequence[Layer]) -> list[Tally]:
    """Returns the statistics of each layer, gathered while the test set passes through in pieces."""
    test, classes = subject.tensors.test, len(subject.tensors.classes)
    labels = test.y.cpu()
    tallies = {
        layer.name: Tally(layer.shape, labels, classes, np.random.default_rng((subject.seed, place)))
        for place, layer in enumerate(layers)
    }
    widest = max(int(np.prod(layer.shape)) for layer in layers)
    size = min(MOST_AT_ONCE, max(1, AT_ONCE // widest))
    for start in range(0, len(labels), size):
        with hooked(subject.net, list(tallies), adding(tallies, start)):
            subject.net(test.x[start : start + size])
    return list(tallies.values())


def adding(tallies: Mapping[str, Tally], start: int) -> Callable[..., None]:
    """Returns what adds to each tally what its layer gives first, for the examples from `start` on."""
    waiting = set(tallies)

    def note(name: str, module: nn.Module, given: Any, out: Any) -> None:
        if name in waiting:  # read at once, before an activation in place changes it
            waiting.remove(name)
            tallies[name].add(first_of(out), start)

    return note


def first_uses(net: nn.Module, x: Tensor, layers: Sequence[Layer]) -> dict[str, Tensor]:
    """Returns what each layer gives for a batch the first time that it is used, float32 on the CPU."""
    found: dict[str, Tensor] = {}

    def note(name: str, module: nn.Module, given: Any, out: Any) -> None:
        if name not in found:
            found[name] = first_of(out).to("cpu", torch.float32, copy=True)

    with hooked(net, [layer.name for layer in layers], note):
        net(x)
    return found


def varying(deviations: NDArray[Any], most: int) -> NDArray[np.int64]:
    """Returns the filters whose values vary most, in the layer's order."""
    return np.sort(np.argsort(-deviations, kind="stable")[:most])
