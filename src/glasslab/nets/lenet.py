"""The LeNet-style convolutional network (after LeCun et al., 1998)."""

from collections import OrderedDict
from itertools import pairwise

from torch import nn

from glasslab.errors import StudyError
from glasslab.nets.activations import activation
from glasslab.nets.mlp import hidden_layers
from glasslab.plan.net import Lenet

Layers = OrderedDict[str, nn.Module]


def build(settings: Lenet, input_shape: tuple[int, ...], outputs: int) -> nn.Sequential:
    """Returns a CNN of stock layers: "conv1_1", "relu1_1", "pool1", ..., "flatten", "hidden1", ..., "output".

    Args:
        settings: channels of every block, kernel, padding, pool, hidden widths, activation, dropout.
        input_shape: one image's (channels, height, width).
        outputs: units of the last layer, which ends in raw values (logits).

    Raises:
        StudyError: the input is no image, or a block leaves less than one pixel of it.
    """
    require_images("lenet", input_shape)
    blocks = [entry if isinstance(entry, tuple) else (entry,) for entry in settings.channels]
    height, width = sides_after(settings, [len(block) for block in blocks], input_shape[1:])
    layers: Layers = OrderedDict()
    channels = input_shape[0]
    for number, block in enumerate(blocks, start=1):
        layers.update(block_layers(settings, number, (channels, *block)))
        channels = block[-1]
    layers["flatten"] = nn.Flatten()
    widths = (channels * height * width, *settings.hidden)
    layers.update(hidden_layers(widths, settings.activation, settings.dropout))
    layers["output"] = nn.Linear(widths[-1], outputs)
    return nn.Sequential(layers)


def require_images(name: str, input_shape: tuple[int, ...]) -> None:
    """Raises StudyError where the examples of a convolutional network are no images; names the net."""
    if len(input_shape) != 3:
        raise StudyError(
            [
                f"[net] name: '{name}' needs images of (channels, height, width), "
                f"got examples of shape {input_shape}; choose net 'mlp' or other data"
            ]
        )


def block_layers(settings: Lenet, number: int, channels: tuple[int, ...]) -> Layers:
    """Returns one block's convolutions, each with its activation, and the pool that ends it.

    Args:
        settings: kernel, padding, activation and pool.
        number: the block's number, from 1, for the layers' names.
        channels: channels before the block, then after each of its convolutions.
    """
    padding = settings.kernel // 2 if settings.padding == "same" else 0
    layers: Layers = OrderedDict()
    for index, (before, after) in enumerate(pairwise(channels), start=1):
        layers[f"conv{number}_{index}"] = nn.Conv2d(before, after, settings.kernel, padding=padding)
        name, module = activation(settings.activation, f"{number}_{index}")
        layers[name] = module
    layers[f"pool{number}"] = nn.MaxPool2d(2) if settings.pool == "max" else nn.AvgPool2d(2)
    return layers


def sides_after(settings: Lenet, convolutions: list[int], sides: tuple[int, ...]) -> tuple[int, int]:
    """Returns the height and width in pixels that all blocks leave of an image.

    Args:
        settings: kernel and padding.
        convolutions: how many convolutions each block has.
        sides: the image's height and width.

    Raises:
        StudyError: a side falls below one pixel; the sentence shows the sizes block by block.
    """
    lost = settings.kernel - 1 if settings.padding == "valid" else 0
    seen = [(sides[0], sides[1])]
    for block, count in enumerate(convolutions, start=1):
        height, width = (max(side - count * lost, 0) // 2 for side in seen[-1])
        seen.append((height, width))
        if min(height, width) < 1:
            sizes = " -> ".join(f"{h}x{w}" for h, w in seen)
            fewer = "a smaller kernel, padding = 'same' or fewer blocks" if lost else "fewer blocks"
            raise StudyError(
                [
                    f"[net] channels: block {block} leaves no pixel of the image ({sizes} by block, with "
                    f"kernel = {settings.kernel}, padding = '{settings.padding}'); take {fewer}"
                ]
            )
    return seen[-1]
