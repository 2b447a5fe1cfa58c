"""The multilayer perceptron."""

import math
from collections import OrderedDict
from collections.abc import Sequence
from itertools import pairwise

from torch import nn

from glasslab.nets.activations import activation
from glasslab.plan.net import Mlp


def build(settings: Mlp, input_shape: tuple[int, ...], outputs: int) -> nn.Sequential:
    """Returns an MLP of stock layers: "flatten", "hidden1", "relu1", ..., "output".

    Args:
        settings: widths, activation, dropout, output.
        input_shape: one example's shape; flattened when it has more than one axis.
        outputs: units of the last linear layer, which gives raw values (logits).
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    if len(input_shape) > 1:
        layers["flatten"] = nn.Flatten()
    widths = (math.prod(input_shape), *settings.widths)
    layers.update(hidden_layers(widths, settings.activation, settings.dropout))
    layers["output"] = nn.Linear(widths[-1], outputs)
    if settings.output == "softmax":
        layers["softmax"] = nn.Softmax(dim=1)
    return nn.Sequential(layers)


def hidden_layers(widths: Sequence[int], activation_name: str, dropout: float) -> OrderedDict[str, nn.Module]:
    """Returns fully connected hidden layers, each followed by its activation and, above 0, its dropout.

    Args:
        widths: units before the first layer, then of each hidden layer.
        activation_name: a name in ACTIVATIONS.
        dropout: probability of dropping each hidden unit while training.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for number, (before, after) in enumerate(pairwise(widths), start=1):
        layers[f"hidden{number}"] = nn.Linear(before, after)
        name, module = activation(activation_name, str(number))
        layers[name] = module
        if dropout > 0:
            layers[f"dropout{number}"] = nn.Dropout(dropout)
    return layers
