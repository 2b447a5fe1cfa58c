"""Trust: how far each attribution method can be relied on for this network, measured and beside chance.

Four questions. Does the heat lie on the object, where the data tell which pixels that is? Does the network
need the pixels that are called important? Does the map change when the network is randomised? And does the
network go by the object at all? Three maps that know nothing of the network are measured alike.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from glasslab.data.dataset import DECOY, OBJECT, Regions
from glasslab.plan.probe import Attribution, Trust
from glasslab.probes.attributions import METHODS, Context, Method, class_scores, fitting, require_methods
from glasslab.probes.chosen import chosen_rows
from glasslab.probes.fillings import Fillings, blurred, fillings_of
from glasslab.probes.layers import left_as_it_was
from glasslab.probes.prospect import Prospect
from glasslab.probes.randomised import randomised
from glasslab.probes.subject import Arrays, Subject
from glasslab.probes.trust_measures import (
    AT_ONCE,
    Heat,
    Mask,
    area,
    elsewhere,
    erased,
    exchanged,
    hottest_first,
    mass_accuracy,
    pointing,
    rank_accuracy,
    sobel,
    spearman,
    widened,
)

NAME = "trust"
BASELINES = ("random", "brightness", "edges")
NEAR = 2  # pixels beside the object that still count as a hit
MULTIPLIED = ("input-x-gradient", "integrated-gradients")
"""Methods whose maps hold the image itself as a factor, which stays however random the network is."""

Heats = dict[str, Heat]


def look(subject: Subject, settings: Trust) -> Arrays:
    """Returns every measure of every method and baseline (M of them) for each of B test images.

    Returns:
        `methods` (M,), their names, the last three the baselines; `index` (B,), `labels` (B,) and `predicted`
        (B,), the class that is explained; `deletion` and `insertion` (M, B), areas under the curve;
        `stages` (S,), `stage_layers` (S,), and `randomised` and `without_input` (S, M, R), rank correlations
        of the first R images' maps with those of the randomised network, NaN for baselines and where a map is
        the same everywhere. Where the data tell regions: `object_pixels` (B,), `pointing`, `near`, `mass` and
        `rank` (M, B), NaN without an object, and `flips_object` and `flips_elsewhere` (B,); with a decoy also
        `decoy_pointing`, `decoy_mass` (M, B), `decoy_pixels` and `flips_decoy` (B,).

    Raises:
        StudyError: when the data are no images, or a method or an image does not fit.
    """
    check(subject.prospect, settings)
    test, net = subject.tensors.test, subject.net
    rows = chosen_rows(test, settings.images, settings.count, NAME)
    x = test.x[torch.from_numpy(rows).to(test.x.device)]
    context = Context(fillings_of(subject.tensors), subject.seed)
    with left_as_it_was(net), torch.no_grad():
        targets = predictions(subject, x)
    methods = [METHODS[name] for name in fitting(subject.prospect, settings.methods)]
    heats = heats_of(subject, methods, (x, targets), settings, context)
    seen: Arrays = {
        "methods": np.array(list(heats)),
        "index": test.index[rows],
        "labels": test.y.cpu().numpy()[rows],
        "predicted": targets.cpu().numpy(),
    }
    with left_as_it_was(net), torch.no_grad():
        seen |= faithfulness(subject, heats, (x, targets), settings.parts, context.fillings)
        if test.regions is not None:
            seen |= localisation(heats, test.regions[rows]) | flips(subject, (x, targets), test.regions[rows])
    few = slice(0, settings.randomised)
    return seen | insensitivity(subject, methods, (x[few], targets[few]), settings, context)


def check(prospect: Prospect, settings: Trust) -> None:
    """Raises StudyError when the data are no images, or a method does not fit the network."""
    prospect.require_images(NAME)
    require_methods(prospect, settings.methods, NAME)


def attribution_settings(settings: Trust) -> Attribution:
    """Returns what the methods are set to."""
    return Attribution(samples=settings.samples, steps=settings.steps, stride=settings.stride)


def predictions(subject: Subject, x: Tensor) -> Tensor:
    """Returns the class that the network gives each image (B,)."""
    parts = torch.split(x, AT_ONCE)
    return torch.cat([class_scores(subject.net(part)).argmax(1) for part in parts])


def heats_of(
    subject: Subject,
    methods: list[Method],
    asked: tuple[Tensor, Tensor],
    settings: Trust,
    context: Context,
) -> Heats:
    """Returns the heat (B, H, W) of every method, and then of the baselines.

    Args:
        subject: whose network is explained.
        methods: those that fit.
        asked: images and the class explained of each.
        settings: the probe's.
        context: of data and run.
    """
    x, targets = asked
    own = attribution_settings(settings)
    found = {}
    for method in methods:
        heat = method.heat(method(subject.net, x, targets, own, context))
        found[method.name] = heat.cpu().numpy().astype(np.float32)
    return found | baselines(x, context)


def baselines(x: Tensor, context: Context) -> Heats:
    """Returns maps that know the image but not the network: noise, distance from the mean, and edges."""
    noise = random_numbers(context.seed, 0).random((len(x), *x.shape[2:]))
    bright = (x - context.fillings.like(x, "mean")).abs().sum(1)
    maps = (noise, bright.cpu().numpy(), sobel(x).cpu().numpy())
    return {name: each.astype(np.float32) for name, each in zip(BASELINES, maps, strict=True)}


def random_numbers(seed: int, purpose: int) -> np.random.Generator:
    """Returns a generator of the run's seed for one of the things that are drawn at random."""
    return np.random.Generator(np.random.Philox(key=[seed, purpose], counter=[0, 0, 0, 1]))


def faithfulness(
    subject: Subject, heats: Heats, asked: tuple[Tensor, Tensor], parts: int, fillings: Fillings
) -> Arrays:
    """Returns the areas under the deletion and the insertion curve (M, B).

    The curve is the probability of the class that is explained. Deletion turns the hottest pixels into the
    data's mean first; insertion puts them back first into the blurred image.

    Args:
        subject: whose network is asked.
        heats: of the images, by method.
        asked: images and the class explained of each.
        parts: equal parts that the pixels are exchanged in.
        fillings: what stands for nothing.
    """
    x, targets = asked
    lots = random_numbers(subject.seed, 1).random((len(x), x.shape[2] * x.shape[3]))

    def score(images: Tensor, stems: Tensor) -> Tensor:
        probability: Tensor = subject.probabilities(subject.net(images).float())
        return probability.gather(1, targets[stems][:, None])[:, 0].double()

    ways = {"deletion": (x, fillings.like(x, "mean")), "insertion": (blurred(x), x)}
    orders = [torch.from_numpy(hottest_first(heat, lots)).to(x.device) for heat in heats.values()]
    return {
        name: stacked(area(exchanged(score, *ends, order, parts)).cpu().numpy() for order in orders)
        for name, ends in ways.items()
    }


def stacked(rows: Iterable[NDArray[Any]]) -> NDArray[np.float32]:
    """Returns rows of numbers as one array in float32."""
    return np.stack(list(rows)).astype(np.float32)


def localisation(heats: Heats, regions: Regions) -> Arrays:
    """Returns how well heat meets the object, and the decoy where there is one; all (M, B) but the sizes."""
    masks = {"object": regions == OBJECT, "decoy": regions == DECOY}
    found: Arrays = {"object_pixels": masks["object"].sum((1, 2)).astype(np.int32)}
    near = widened(masks["object"], NEAR)
    found["pointing"] = stacked(pointing(heat, masks["object"]) for heat in heats.values())
    found["near"] = stacked(pointing(heat, near) for heat in heats.values())
    found["mass"] = stacked(mass_accuracy(heat, masks["object"]) for heat in heats.values())
    found["rank"] = stacked(rank_accuracy(heat, masks["object"]) for heat in heats.values())
    if masks["decoy"].any():
        found["decoy_pixels"] = masks["decoy"].sum((1, 2)).astype(np.int32)
        found["decoy_pointing"] = stacked(pointing(heat, masks["decoy"]) for heat in heats.values())
        found["decoy_mass"] = stacked(mass_accuracy(heat, masks["decoy"]) for heat in heats.values())
    return found


def flips(subject: Subject, asked: tuple[Tensor, Tensor], regions: Regions) -> Arrays:
    """Returns whether the prediction changes when the object, as large a region elsewhere, or the decoy goes.

    False where there is nothing to take away. The object itself is never part of the region elsewhere.

    Source: after Zhang et al., "AttributionLab", 2023: what was drawn is not always what the network goes by.
    """
    x, targets = asked
    masks: dict[str, Mask] = {"object": regions == OBJECT}
    masks["elsewhere"] = elsewhere(masks["object"])
    if (regions == DECOY).any():
        masks["decoy"] = regions == DECOY
    return {
        f"flips_{name}": (predictions(subject, erased(x, mask)) != targets).cpu().numpy() & mask.any((1, 2))
        for name, mask in masks.items()
    }


def insensitivity(
    subject: Subject,
    methods: list[Method],
    asked: tuple[Tensor, Tensor],
    settings: Trust,
    context: Context,
) -> Arrays:
    """Returns how alike maps stay when the network is randomised from the top down.

    Args:
        subject: whose network is randomised, in copies.
        methods: those that fit.
        asked: images and the class explained of each.
        settings: the probe's.
        context: of data and run.

    Returns:
        `stages`, `stage_layers`, `randomised` and `without_input`, as `look` says.
    """
    x, targets = asked
    own = attribution_settings(settings)
    baselines_too = len(methods) + len(BASELINES)
    before = {
        each.name: sizes(each, each(subject.net, x, targets, own, context), x, context) for each in methods
    }
    stages, counts, with_input, without = [], [], [], []
    for words, count, copy in randomised(subject.net, tuple(x.shape[1:]), subject.seed):
        found = np.full((2, baselines_too, len(x)), np.nan)
        for place, method in enumerate(methods):
            after = sizes(method, method(copy, x, targets, own, context), x, context)
            for kind, map_after in after.items():
                found[kind, place] = spearman(before[method.name][kind], map_after)
        stages.append(words)
        counts.append(count)
        with_input.append(found[0])
        without.append(found[1])
    return {
        "stages": np.array(stages),
        "stage_layers": np.array(counts),
        "randomised": stacked(with_input),
        "without_input": stacked(without),
    }


def sizes(method: Method, signed: Tensor, x: Tensor, context: Context) -> Mapping[int, NDArray[Any]]:
    """Returns how large a map is at each pixel, whatever its sign: 0 as it is, 1 without the image in it.

    The second only for maps that are a product with the image, or with its way from the baseline.
    """
    whole = signed.sum(1).abs() if method.contributes else signed.abs().amax(1)
    found = {0: whole.cpu().numpy()}
    if method.name in MULTIPLIED:
        away = x if method.name == "input-x-gradient" else x - context.fillings.like(x, "mean")
        factor = torch.where(away.abs() > 1e-6, signed / away.to(signed.dtype), 0.0)
        found[1] = factor.abs().amax(1).cpu().numpy()
    return found
