"""Top 9: the images that excite each feature map most, with what in them does (Zeiler and Fergus 2014)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from glasslab.data.tensors import Examples, Tensors
from glasslab.plan.probe import Top9
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
from glasslab.probes.subject import Arrays, Subject


@dataclass(frozen=True, slots=True, eq=False)
class Top:
    """The images that excite the maps of a layer most, the strongest first, each image once a map.

    Attributes:
        activation: the map's largest value in each (C, K).
        row: of the image in its split (C, K).
    """

    activation: Tensor
    row: Tensor


def look(subject: Subject, settings: Top9) -> Arrays:
    """Returns the images that excite each map most, and projections for the maps that are shown.

    Returns:
        Of all S maps of all L layers: `layers` (L,), names; `of_layer` (S,), place in `layers`; `strongest`
        (S,), the largest activation, 0 for a dead map; `kinds` (S,), how many classes its K top images are
        of. Of the R shown ones, by layer, the strongest first: `shown` (R,), place among the S; `map` (R,),
        number in its layer; `activation` (R, K); `labels` (R, K); `index` (R, K) in the original split, -1
        where no further image excites the map; `picture` (R, K), place in `pixels` (U, C, H, W) uint8; `box`
        (R, K, 4), top, bottom, left and right of what the place sees; `projection` (R, K, C, H, W) float16,
        divided by its largest size, which `largest` (R, K) is. `split` (), the name of what was searched,
        with `searched` () examples in `searched_classes` () classes; `others` and `joins` as of the probe
        deconvnet.

    Raises:
        StudyError: when the network has no maps or no ReLU on them, or there is no such layer.
    """
    check(subject.prospect, settings)
    name, examples = searched(subject.tensors, settings.split)
    layers = layers_to_show(subject.prospect, settings.layers, "top9")
    with left_as_it_was(subject.net):
        tops = top(subject.net, examples.x, layers, settings.images)
        shown = {each.name: shown_maps(tops[each.name].activation, settings.maps) for each in layers}
        arrays = projected_tops(subject, examples, layers, tops, shown, settings)
    labels = examples.y.cpu().numpy()
    sizes = [each.shape[0] for each in layers]
    starts = np.cumsum([0, *sizes[:-1]])
    ordered = [tops[each.name] for each in layers]
    return {
        "layers": np.array([each.name for each in layers]),
        "of_layer": np.repeat(np.arange(len(layers)), sizes),
        "strongest": np.concatenate([each.activation[:, 0].clamp(min=0).cpu().numpy() for each in ordered]),
        "kinds": np.concatenate([kinds(each, labels) for each in ordered]),
        "shown": np.concatenate(
            [start + shown[each.name] for start, each in zip(starts, layers, strict=True)]
        ),
        "map": np.concatenate([shown[each.name] for each in layers]),
        **arrays,
        "split": np.array(name),
        "searched": np.array(len(labels)),
        "searched_classes": np.array(len(np.unique(labels))),
        **half_covered(subject.prospect),
    }


def check(prospect: Prospect, settings: Top9) -> None:
    """Raises StudyError when a network has no maps or no ReLU on them, or not the layers asked for."""
    layers_to_show(prospect, settings.layers, "top9")
    require_relu(prospect, "top9")


def searched(tensors: Tensors, name: str) -> tuple[str, Examples]:
    """Returns the split to search; for an empty name the validation split where there is one, else test."""
    if name == "train":
        return name, tensors.train
    if not name and tensors.val is not None and len(tensors.val.y):
        return "validation", tensors.val
    return "test", tensors.test


def top(net: nn.Module, x: Tensor, layers: Sequence[Layer], count: int) -> dict[str, Top]:
    """Returns the images that excite each map of each layer most, kept while going through them in portions.

    Of images with the same activation those that come first are kept.

    Args:
        net: in evaluation mode.
        x: images (N, C, H, W).
        layers: with maps.
        count: images a map; fewer where there are fewer.
    """
    found: dict[str, Top] = {}
    numbers = max(math.prod(each.shape) for each in layers)
    for part in portions(len(x), numbers):
        for name, strongest in strongest_activations(net, x[part], [each.name for each in layers]).items():
            rows = torch.arange(len(x), device=x.device)[part].expand(strongest.shape[1], -1)
            new = Top(strongest.T, rows)
            found[name] = best(new if name not in found else joined(found[name], new), count)
    return found


def joined(first: Top, second: Top) -> Top:
    """Returns the images of both."""
    return Top(torch.cat([first.activation, second.activation], 1), torch.cat([first.row, second.row], 1))


def best(among: Top, count: int) -> Top:
    """Returns the `count` strongest of each map, the strongest first."""
    order = torch.sort(among.activation, dim=1, descending=True, stable=True).indices[:, :count]
    return Top(among.activation.gather(1, order), among.row.gather(1, order))


def shown_maps(activation: Tensor, count: int) -> NDArray[np.int64]:
    """Returns the numbers of the maps with the largest activations (C, N), the strongest first."""
    strongest = activation.amax(1).cpu().numpy()
    order: NDArray[np.int64] = np.argsort(-strongest, kind="stable")[:count]
    return order


def kinds(found: Top, labels: NDArray[np.int64]) -> NDArray[np.int16]:
    """Returns how many classes the top images of each map are of; only those that excite it count."""
    of = labels[found.row.cpu().numpy()]
    excited = found.activation.cpu().numpy() > 0
    counts = [len(np.unique(row[which])) for row, which in zip(of, excited, strict=True)]
    return np.array(counts, dtype=np.int16)


def projected_tops(
    subject: Subject,
    examples: Examples,
    layers: Sequence[Layer],
    tops: dict[str, Top],
    shown: dict[str, NDArray[np.int64]],
    settings: Top9,
) -> Arrays:
    """Returns the arrays of the maps that are shown, from `activation` to `largest`."""
    fields = receptive_fields(subject.net, subject.prospect.input_shape, [each.name for each in layers])
    pieces: list[Arrays] = []
    for layer in layers:
        maps = torch.from_numpy(shown[layer.name]).to(examples.x.device)
        row = tops[layer.name].row[maps]
        again = maps.repeat_interleave(row.shape[1])
        found = projections(subject.net, examples.x[row.flatten()], layer.name, again, settings.placing)
        pieces.append({"row": row.cpu().numpy()} | kept_arrays(found, row.shape, fields[layer.name], layer))
    arrays = {key: np.concatenate([each[key] for each in pieces]) for key in pieces[0]}
    rows = arrays.pop("row")
    used, picture = np.unique(rows, return_inverse=True)
    excited = arrays["activation"] > 0
    return arrays | {
        "labels": examples.y.cpu().numpy()[rows],
        "index": np.where(excited, examples.index[rows], -1),
        "picture": picture.reshape(rows.shape).astype(np.int32),
        "pixels": subject.pixels(examples, used),
    }
