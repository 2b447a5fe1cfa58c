"""How a layer's parameters come about: "(784 + 1) × 128"."""

import math
from collections.abc import Sequence

from glasslab.analysis.numbers import TIMES, count
from glasslab.records.manifest import LayerFacts


def formula(layer: LayerFacts, before: Sequence[int]) -> str:
    """Returns the arithmetic that gives a layer's number of parameters; empty where it is not known.

    It is read from the shapes alone, and given only where it comes to exactly the number that was counted.

    Args:
        layer: the layer.
        before: the shape of what goes into it, without the batch.
    """
    if not layer.parameters or not layer.output_shape or not before:
        return ""
    if layer.kind == "Linear":
        return linear(layer, int(before[-1]))
    if layer.kind == "Conv2d":
        return convolution(layer, int(before[0]))
    if layer.kind in ("BatchNorm1d", "BatchNorm2d") and layer.parameters == 2 * layer.output_shape[0]:
        return f"2 {TIMES} {count(layer.output_shape[0])}"
    return ""


def linear(layer: LayerFacts, inputs: int) -> str:
    """Returns a fully connected layer's arithmetic, with its bias where it has one."""
    units = layer.output_shape[-1]
    if layer.parameters == (inputs + 1) * units:
        return f"({count(inputs)} + 1) {TIMES} {count(units)}"
    return f"{count(inputs)} {TIMES} {count(units)}" if layer.parameters == inputs * units else ""


def convolution(layer: LayerFacts, channels: int) -> str:
    """Returns a convolution's arithmetic, for square filters over all channels."""
    filters = layer.output_shape[0]
    for bias in (1, 0):
        weights = layer.parameters / filters - bias
        side = math.isqrt(max(0, round(weights / channels)))
        if side and (side * side * channels + bias) * filters == layer.parameters:
            inner = f"{side} {TIMES} {side} {TIMES} {channels}"
            return f"({inner} + 1) {TIMES} {filters}" if bias else f"{inner} {TIMES} {filters}"
    return ""


def with_formulas(layers: Sequence[LayerFacts], input_shape: Sequence[int]) -> list[tuple[LayerFacts, str]]:
    """Returns each layer with its arithmetic.

    Args:
        layers: in the order of the forward pass.
        input_shape: of one example.
    """
    found, before = [], tuple(input_shape)
    for layer in layers:
        found.append((layer, formula(layer, before)))
        before = layer.output_shape or before
    return found
