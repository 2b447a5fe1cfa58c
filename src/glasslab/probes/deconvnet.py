"""Deconvnet: what excites a feature map, projected back to the image (Zeiler and Fergus 2014)."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from glasslab.errors import StudyError
from glasslab.nets.trial import trial
from glasslab.plan.probe import Deconvnet
from glasslab.probes.chosen import chosen_rows
from glasslab.probes.layers import Layer, chosen_layers, first_of, hooked, layers_of, left_as_it_was
from glasslab.probes.prospect import Prospect
from glasslab.probes.receptive_field import ReceptiveField, receptive_fields
from glasslab.probes.rectified import Placing, RectifiedMode, activations_met
from glasslab.probes.subject import Arrays, Subject

AT_ONCE = 2**24  # numbers that are worked on together: 64 MiB of them in float32
EXAMPLES = 250  # at once, at the most
NORMS = (nn.BatchNorm2d, nn.GroupNorm, nn.InstanceNorm2d, nn.LocalResponseNorm)
DROPOUTS = (nn.Dropout, nn.Dropout2d)


@dataclass(frozen=True, slots=True, eq=False)
class Projections:
    """Activations that were projected back to the images they are from.

    Attributes:
        activation: (B,), 0 where the image does not excite the map.
        place: where in the map it is (B,), counted row by row.
        image: (B, C, H, W), zeros where the activation is 0.
    """

    activation: Tensor
    place: Tensor
    image: Tensor


def look(subject: Subject, settings: Deconvnet) -> Arrays:
    """Returns for each image and layer the projections of the maps that the image excites most.

    Returns:
        `pixels` (N, C, H, W) uint8, `labels` (N,), `predicted` (N,), `probability` (N,) of the predicted
        class and `index` (N,) in the original test set; `layers` (L,), their names; `maps` (L, N, M), numbers
        of the maps, strongest first, -1 where a layer has fewer; `activation` (L, N, M), 0 for a map that the
        image does not excite; `box` (L, N, M, 4), top, bottom, left and right of what the place sees;
        `projection` (L, N, M, C, H, W) float16, divided by its largest size, which `largest` (L, N, M) is;
        `others`, names of activation functions on maps that are no ReLU; `joins` (), skip connections.

    Raises:
        StudyError: when the network has no maps or no ReLU on them, or there is no such layer or image.
    """
    check(subject.prospect, settings)
    test, prospect = subject.tensors.test, subject.prospect
    rows = chosen_rows(test, settings.images, settings.count, "deconvnet")
    x = test.x[torch.from_numpy(rows).to(test.x.device)]
    layers = layers_to_show(prospect, settings.layers, "deconvnet")
    fields = receptive_fields(subject.net, prospect.input_shape, [each.name for each in layers])
    with left_as_it_was(subject.net):
        seen = [strongest_maps(subject.net, x, each, fields[each.name], settings) for each in layers]
    probability = subject.probabilities(subject.logits[torch.from_numpy(rows)]).numpy()
    return {
        "pixels": subject.pixels(test, rows),
        "labels": test.y.cpu().numpy()[rows],
        "predicted": probability.argmax(1),
        "probability": probability.max(1).astype(np.float32),
        "index": test.index[rows],
        "layers": np.array([each.name for each in layers]),
        **{key: np.stack([each[key] for each in seen]) for key in seen[0]},
        **half_covered(prospect),
    }


def check(prospect: Prospect, settings: Deconvnet) -> None:
    """Raises StudyError when a network has no maps or no ReLU on them, or not the layers asked for."""
    layers_to_show(prospect, settings.layers, "deconvnet")
    require_relu(prospect, "deconvnet")


def strongest_maps(
    net: nn.Module, x: Tensor, layer: Layer, field: ReceptiveField, settings: Deconvnet
) -> Arrays:
    """Returns one layer's `maps`, `activation`, `box`, `projection` and `largest` for images (N, C, H, W)."""
    count = min(settings.maps, layer.shape[0])
    strongest = strongest_activations(net, x, [layer.name])[layer.name]
    maps = torch.sort(strongest, dim=1, descending=True, stable=True).indices[:, :count]
    found = projections(net, x.repeat_interleave(count, 0), layer.name, maps.flatten(), settings.placing)
    arrays = {"maps": maps.cpu().numpy().astype(np.int16)} | kept_arrays(found, maps.shape, field, layer)
    empty = {"maps": -1}
    return {key: filled_up(each, settings.maps, empty.get(key, 0)) for key, each in arrays.items()}


def kept_arrays(found: Projections, shape: Sequence[int], field: ReceptiveField, layer: Layer) -> Arrays:
    """Returns `activation`, `box`, `projection` and `largest` of projections from one layer.

    Args:
        found: the projections.
        shape: that their axis is to have.
        field: of the layer's places.
        layer: that they are from.
    """
    shares, largest = packed(found.image.view(*shape, *found.image.shape[1:]).cpu().numpy())
    return {
        "activation": found.activation.view(*shape).cpu().numpy().astype(np.float32),
        "box": boxes(field, found.place.view(*shape).cpu().numpy(), layer.shape[2]),
        "projection": shares,
        "largest": largest,
    }


def filled_up(array: NDArray[Any], count: int, value: int) -> NDArray[Any]:
    """Returns an array (N, M, ...) with its second axis filled up to `count`."""
    missing = [(0, 0), (0, count - array.shape[1]), *[(0, 0)] * (array.ndim - 2)]
    return np.pad(array, missing, constant_values=value)


def layers_to_show(prospect: Prospect, names: Sequence[str], probe: str) -> list[Layer]:
    """Returns layers with maps: those named, or every convolution's, after its activation function.

    A layer that is used several times gives several maps of one name, and is left out.

    Raises:
        StudyError: when the network has no such layers; lists those that would fit.
    """
    layers = layers_of(prospect.net, prospect.input_shape) if prospect.has_images else []
    uses = times_used(prospect.net, prospect.input_shape, [each.name for each in layers])
    fitting = [each for each in layers if each.has_maps and uses[each.name] == 1]
    if names:
        return chosen_layers(fitting, names, probe, "layers with maps")
    return chosen_layers(after_convolutions(fitting) or fitting, (), probe, "layers with maps")


def times_used(net: nn.Module, input_shape: tuple[int, ...], names: Sequence[str]) -> Counter[str]:
    """Returns how often a forward pass meets each of these layers."""
    uses: Counter[str] = Counter()

    def note(name: str, module: nn.Module, given: tuple[Any, ...], out: Any) -> None:
        uses[name] += 1

    if names:
        with hooked(net, names, note):
            trial(net, input_shape)
    return uses


def after_convolutions(layers: Sequence[Layer]) -> list[Layer]:
    """Returns where the maps of each convolution are ready: after its normalisation and activation function.

    Args:
        layers: in the order of the forward pass.
    """
    found = {}
    for place, layer in enumerate(layers):
        if isinstance(layer.module, nn.Conv2d):
            ready = ready_maps(layer, layers[place + 1 :])
            found[ready.name] = ready
    return list(found.values())


def ready_maps(convolution: Layer, later: Sequence[Layer]) -> Layer:
    """Returns the activation function that follows a convolution; else its normalisation, else itself."""
    ready = convolution
    for layer in later:
        if layer.is_pointwise and layer.shape == convolution.shape:
            return layer
        if isinstance(layer.module, NORMS):
            ready = layer
        elif not isinstance(layer.module, DROPOUTS):
            break
    return ready


def require_relu(prospect: Prospect, probe: str) -> None:
    """Raises StudyError when a network has no ReLU on maps, without which a deconvnet rectifies nothing."""
    met = activations_met(prospect)
    if not met.relus_on_maps:
        instead = ", ".join(met.others_on_maps) or "no activation function"
        raise StudyError(
            [
                f"probes: '{probe}' needs a ReLU after the convolutions, this network has {instead} there; "
                "choose activation 'relu', or leave the probe out"
            ]
        )


def half_covered(prospect: Prospect) -> Arrays:
    """Returns what a deconvnet was not made for: `others`, activation functions on maps, and `joins`."""
    met = activations_met(prospect)
    return {"others": np.array(met.others_on_maps, dtype=np.str_), "joins": np.array(met.joins)}


def strongest_activations(net: nn.Module, x: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
    """Returns the largest value of each map (B, C) of layers, all images (B, C, H, W) at once.

    Args:
        net: in evaluation mode.
        x: images.
        names: of layers with maps, each used once.
    """
    found: dict[str, Tensor] = {}

    def note(name: str, module: nn.Module, given: tuple[Any, ...], out: Any) -> None:
        found[name] = first_of(out).flatten(2).amax(2)  # now, as a later layer may work in place

    with hooked(net, names, note), torch.no_grad():
        net(x)
    return found


def projections(net: nn.Module, x: Tensor, layer: str, maps: Tensor, placing: Placing = "sum") -> Projections:
    """Returns the largest activation of one map of each image, projected back to the image's pixels.

    It begins with that activation at its place and zero everywhere else in the layer, then goes backwards
    through the network: unpooled to where each maximum was, rectified, and filtered with the transposed
    filters (Zeiler and Fergus 2014, section 2.1).

    Args:
        net: as `left_as_it_was` has it.
        x: images (B, C, H, W).
        layer: name of one with maps.
        maps: the map of each image (B,).
        placing: see `RectifiedMode`.
    """
    numbers = sum(math.prod(each.shape) for each in layers_of(net, tuple(x.shape[1:])))
    parts = [projected(net, x[part], layer, maps[part], placing) for part in portions(len(x), numbers)]
    return Projections(
        torch.cat([each.activation for each in parts]),
        torch.cat([each.place for each in parts]),
        torch.cat([each.image for each in parts]),
    )


def projected(net: nn.Module, x: Tensor, layer: str, maps: Tensor, placing: Placing) -> Projections:
    """Returns the projections of so few activations that all are worked out at once."""
    image = x.detach().clone().requires_grad_()
    kept: list[Tensor] = []

    def note(name: str, module: nn.Module, given: tuple[Any, ...], out: Any) -> None:
        kept.append(first_of(out).clone())

    with hooked(net, [layer], note), torch.enable_grad(), RectifiedMode("deconvnet", placing):
        net(image)
    chosen = kept[0].flatten(2)[torch.arange(len(x), device=x.device), maps].max(1)
    (back,) = torch.autograd.grad(chosen.values.sum(), image)
    seed = chosen.values.detach().clamp(min=0)  # the way back is homogeneous: applied at its end as well
    return Projections(seed, chosen.indices, back * seed.view(-1, 1, 1, 1))


def portions(count: int, numbers: int) -> Iterator[slice]:
    """Yields the pieces that so many examples are worked on in, with so many numbers for each of them."""
    size = max(1, min(EXAMPLES, AT_ONCE // max(1, numbers)))
    for start in range(0, count, size):
        yield slice(start, start + size)


def boxes(field: ReceptiveField, places: NDArray[np.int64], width: int) -> NDArray[np.int16]:
    """Returns top, bottom, left and right (..., 4) of what places of a map so wide see of the image."""
    found = [field.box(place // width, place % width) for place in places.ravel().tolist()]
    return np.array(found, dtype=np.int16).reshape(*places.shape, 4)


def packed(projection: NDArray[np.floating]) -> tuple[NDArray[np.float16], NDArray[np.float32]]:
    """Returns projections (..., C, H, W) divided by their largest size, and that size (...)."""
    largest = np.abs(projection).max(axis=(-3, -2, -1), keepdims=True)
    shares = projection / np.where(largest > 0, largest, 1)
    return shares.astype(np.float16), largest[..., 0, 0, 0].astype(np.float32)
