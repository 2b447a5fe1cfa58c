"""The VGG-style convolutional network (Simonyan and Zisserman, 2015), with batch normalisation."""

from collections import OrderedDict
from itertools import pairwise

from torch import nn

from glasslab.errors import StudyError
from glasslab.nets.activations import activation
from glasslab.nets.lenet import Layers, require_images
from glasslab.nets.mlp import hidden_layers
from glasslab.plan.net import Vgg


def build(settings: Vgg, input_shape: tuple[int, ...], outputs: int) -> nn.Sequential:
    """Returns a CNN: "conv1_1", "norm1_1", "relu1_1", "pool1", ..., "flatten", "hidden1", ..., "output".

    Args:
        settings: channels of every block, batch_norm, pool, hidden widths, activation, dropout.
        input_shape: one image's (channels, height, width).
        outputs: units of the last layer, which ends in raw values (logits).

    Raises:
        StudyError: the input is no image, or there are more blocks than the image can be halved.
    """
    require_images("vgg", input_shape)
    layers: Layers = OrderedDict()
    channels, height, width = input_shape
    for number, entry in enumerate(settings.channels, start=1):
        block = entry if isinstance(entry, tuple) else (entry,)
        if settings.batch_norm and height * width == 1:
            raise StudyError(
                [f"[net] channels: block {number} would normalise single pixels; take fewer blocks"]
            )
        layers.update(block_layers(settings, number, (channels, *block)))
        channels = block[-1]
        height, width = (pooled(side, settings.pool) for side in (height, width))
        if min(height, width) < 1:
            raise StudyError(
                [
                    f"[net] channels: block {number} leaves no pixel of the image of "
                    f"{input_shape[1]}x{input_shape[2]}, which every block halves; take fewer blocks"
                ]
            )
    layers["flatten"] = nn.Flatten()
    widths = (channels * height * width, *settings.hidden)
    layers.update(hidden_layers(widths, settings.activation, settings.dropout))
    layers["output"] = nn.Linear(widths[-1], outputs)
    return nn.Sequential(layers)


def block_layers(settings: Vgg, number: int, channels: tuple[int, ...]) -> Layers:
    """Returns one block's convolutions, each with norm and activation, and the pool that ends it.

    Args:
        settings: batch_norm, activation and pool.
        number: the block's number, from 1, for the layers' names.
        channels: channels before the block, then after each of its convolutions.
    """
    layers: Layers = OrderedDict()
    for index, (before, after) in enumerate(pairwise(channels), start=1):
        layers[f"conv{number}_{index}"] = nn.Conv2d(before, after, 3, padding=1)
        if settings.batch_norm:
            layers[f"norm{number}_{index}"] = nn.BatchNorm2d(after)
        name, module = activation(settings.activation, f"{number}_{index}")
        layers[name] = module
    layers[f"pool{number}"] = nn.MaxPool2d(settings.pool, stride=2, padding=settings.pool // 3)
    return layers


def pooled(side: int, window: int) -> int:
    """Returns how many pixels a pool of stride 2 leaves of a side: half, rounded up where it overlaps."""
    return (side + 1) // 2 if window == 3 else side // 2
