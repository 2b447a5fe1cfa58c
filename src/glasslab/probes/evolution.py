"""Evolution: how features come to be while a network is trained (Zeiler and Fergus 2014, figure 4)."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from glasslab.errors import StudyError
from glasslab.plan.probe import Evolution
from glasslab.plan.settings import Settings
from glasslab.probes.chosen import chosen_rows
from glasslab.probes.deconvnet import (
    half_covered,
    kept_arrays,
    layers_to_show,
    portions,
    projections,
    require_relu,
    strongest_activations,
)
from glasslab.probes.layers import Layer, left_as_it_was
from glasslab.probes.prospect import Prospect
from glasslab.probes.receptive_field import receptive_fields
from glasslab.probes.subject import Arrays, Snapshot, Subject
from glasslab.probes.top9 import shown_maps

SERIES = (1, 2, 5)  # of each power of ten

Strongest = dict[str, Tensor]
"""By layer: the largest value of each map in each image (N, C)."""


def moments(settings: Evolution, measurements: int) -> tuple[int, ...]:
    """Returns after how many measurements of a training the weights are to be kept; 0 is before it.

    Without epochs in the settings: before training and after 1, 2, 5, 10, 20, 50 and so on. The weights that
    the run ends with are kept in any case.

    Args:
        settings: of the probe.
        measurements: that the training has in all.
    """
    if settings.epochs:
        return tuple(sorted(set(settings.epochs)))
    scales = [10**power for power in range(len(str(measurements)))]
    return (0, *(n * scale for scale in scales for n in SERIES if n * scale < measurements))


def wanted_by(probes: Iterable[Settings], measurements: int) -> frozenset[int]:
    """Returns after how many measurements of a training any of these probes wants the weights to be kept."""
    asking = [each for each in probes if isinstance(each, Evolution)]
    return frozenset(number for each in asking for number in moments(each, measurements))


def look(subject: Subject, settings: Evolution) -> Arrays:
    """Returns what each shown map answers to most strongly after each of S snapshots and at the end.

    The maps shown are those with the largest activations at the end. T is S + 1, the end last.

    Returns:
        `epochs` (S,), passes over the training examples, and `end` (), those of the weights that the run
        ended with; `layers` (L,), names; `alike` (L, S), how like its end a map is already: Pearson's
        correlation, over the examples, of the map's largest activation in each with the same at the end,
        mean over the layer's maps that are not dead at the end, NaN where all are; a map that is dead in a
        snapshot counts with 0. `same` (L, S), the share of those maps whose strongest image is the same as
        at the end. Of the R shown maps, by layer, the strongest first: `of_layer` (R,), place in `layers`;
        `map` (R,), number in its layer; `activation` (R, T), 0 for a dead map; `labels` (R, T) and `index`
        (R, T) in the original test set of the image that excites it most; `picture` (R, T), place in
        `pixels` (U, C, H, W) uint8; `box` (R, T, 4), top, bottom, left and right of what the place sees;
        `projection` (R, T, C, H, W) float16, divided by its largest size, which `largest` (R, T) is.
        `searched` (), so many test examples; `others` and `joins` as of the probe deconvnet.

    Raises:
        StudyError: when the network has no maps or no ReLU on them, or the run did not keep the weights.
    """
    check(subject.prospect, settings)
    layers = layers_to_show(subject.prospect, settings.layers, "evolution")
    test = subject.tensors.test
    rows = chosen_rows(test, (), settings.examples, "evolution")
    x = test.x[torch.from_numpy(rows).to(test.x.device)]
    snapshots = kept_of(subject.snapshots, settings)
    with left_as_it_was(subject.net):
        final = strongest(subject.net, x, layers)
        shown = {each.name: shown_maps(final[each.name].T, settings.maps) for each in layers}
        past, stages = [], []
        for snapshot in snapshots:
            with weights_of(subject.net, snapshot):
                past.append(strongest(subject.net, x, layers))
                stages.append(stage(subject, x, layers, past[-1], shown, settings))
        stages.append(stage(subject, x, layers, final, shown, settings))
    arrays = {key: np.stack([each[key] for each in stages], 1) for key in stages[0]}
    seen = rows[arrays.pop("row")]
    used, picture = np.unique(seen, return_inverse=True)
    return {
        "epochs": np.array([each.epoch for each in snapshots]),
        "end": np.array(subject.end.epoch if subject.end else math.nan),
        "layers": np.array([each.name for each in layers]),
        "alike": np.array([[alike(now[each.name], final[each.name]) for now in past] for each in layers]),
        "same": np.array([[same(now[each.name], final[each.name]) for now in past] for each in layers]),
        "of_layer": np.repeat(np.arange(len(layers)), [len(shown[each.name]) for each in layers]),
        "map": np.concatenate([shown[each.name] for each in layers]),
        **arrays,
        "labels": test.y.cpu().numpy()[seen],
        "index": test.index[seen],
        "picture": picture.reshape(seen.shape).astype(np.int32),
        "pixels": subject.pixels(test, used),
        "searched": np.array(len(rows)),
        **half_covered(subject.prospect),
    }


def check(prospect: Prospect, settings: Evolution) -> None:
    """Raises StudyError when a network has no maps or no ReLU on them, or not what is wanted."""
    layers_to_show(prospect, settings.layers, "evolution")
    require_relu(prospect, "evolution")
    if prospect.measurements:
        require_moments(settings, prospect.measurements)
    if prospect.snapshots is not None:
        require_kept(settings, prospect.snapshots, prospect.end)


def require_moments(settings: Evolution, measurements: int) -> None:
    """Raises StudyError when weights are asked for after the end of a training with so many measurements."""
    last = max(settings.epochs, default=0)
    if last > measurements:
        raise StudyError(
            [
                f"probes: 'evolution' epochs: {last} lies beyond the end, after {measurements} of them; "
                f"choose among 0 (before training) to {measurements}"
            ]
        )


def require_kept(settings: Evolution, kept: Sequence[int], end: int) -> None:
    """Raises StudyError when a run did not keep the weights that are wanted from before its end."""
    if not kept:
        raise StudyError(
            [
                "probes: 'evolution' needs weights from before the end, and this run kept none; name it in "
                "the study's probes, delete the run's folder and run the study again"
            ]
        )
    missing = [each for each in settings.epochs if each not in kept and each < end]
    if settings.epochs and not missing and not set(settings.epochs) & set(kept):
        missing = [*settings.epochs]
    if missing:
        raise StudyError(
            [
                f"probes: 'evolution' epochs: this run kept no weights after {missing[0]} from before its "
                f"end after {end}, only after {', '.join(map(str, kept))}"
            ]
        )


def kept_of(snapshots: Sequence[Snapshot], settings: Evolution) -> list[Snapshot]:
    """Returns the snapshots that are wanted, of those that there are."""
    return [each for each in snapshots if not settings.epochs or each.number in settings.epochs]


@contextmanager
def weights_of(net: nn.Module, snapshot: Snapshot) -> Iterator[None]:
    """Has a network, inside a with statement, with the weights of a snapshot; then with its own again."""
    own = {name: value.detach().clone() for name, value in net.state_dict().items()}
    net.load_state_dict(snapshot.weights())
    try:
        yield
    finally:
        net.load_state_dict(own)


def strongest(net: nn.Module, x: Tensor, layers: Sequence[Layer]) -> Strongest:
    """Returns by layer the largest value of each map in each image, (N, C), worked out in portions."""
    names = [each.name for each in layers]
    numbers = max(math.prod(each.shape) for each in layers)
    parts = [strongest_activations(net, x[part], names) for part in portions(len(x), numbers)]
    return {name: torch.cat([each[name] for each in parts]) for name in names}


def stage(
    subject: Subject,
    x: Tensor,
    layers: Sequence[Layer],
    found: Strongest,
    shown: Mapping[str, NDArray[np.int64]],
    settings: Evolution,
) -> Arrays:
    """Returns `row`, `activation`, `box`, `projection` and `largest` (R, ...) of the shown maps.

    Args:
        subject: its network with the weights of the stage.
        x: the images searched (N, C, H, W).
        layers: whose maps are shown.
        found: the largest value of each map in each image.
        shown: numbers of the maps, by layer.
        settings: of the probe.
    """
    net, shape = subject.net, subject.prospect.input_shape
    fields = receptive_fields(net, shape, [each.name for each in layers])
    pieces = []
    for layer in layers:
        maps = torch.from_numpy(shown[layer.name]).to(x.device)
        best = found[layer.name][:, maps].argmax(0)
        projected = projections(net, x[best], layer.name, maps, settings.placing)
        arrays = kept_arrays(projected, maps.shape, fields[layer.name], layer)
        pieces.append({"row": best.cpu().numpy()} | arrays)
    return {key: np.concatenate([each[key] for each in pieces]) for key in pieces[0]}


def alike(now: Tensor, end: Tensor) -> float:
    """Returns how like its end a layer is: see `look`.

    Args:
        now: the largest value of each map in each image (N, C).
        end: the same at the end.
    """
    alive = end.amax(0) > 0
    if not bool(alive.any()):
        return math.nan
    ours, theirs = (each[:, alive].double() - each[:, alive].double().mean(0) for each in (now, end))
    sizes = (ours.square().sum(0) * theirs.square().sum(0)).sqrt()
    return float(torch.where(sizes > 0, (ours * theirs).sum(0) / sizes.clamp_min(1e-300), 0.0).mean())


def same(now: Tensor, end: Tensor) -> float:
    """Returns the share of a layer's living maps that one image excites most now and at the end."""
    alive = end.amax(0) > 0
    if not bool(alive.any()):
        return math.nan
    best = (now.argmax(0) == end.argmax(0)) & (now.amax(0) > 0)
    return float(best[alive].double().mean())
