"""The multilayer perceptron by hand: the layers of `mlp`, computed and differentiated in NumPy."""

from collections import OrderedDict
from itertools import pairwise

from torch import nn

from glasslab.errors import StudyError
from glasslab.nets.numpy_layers import ACTIVATIONS, Linear, Network, Softmax
from glasslab.plan.net import NumpyMlp


def build(settings: NumpyMlp, input_shape: tuple[int, ...], outputs: int) -> Network:
    """Returns an MLP with the names, shapes and start of `mlp`: "hidden1", "relu1", ..., "output".

    Args:
        settings: widths, activation, output.
        input_shape: of one example, which must have one axis.
        outputs: units of the last layer.

    Raises:
        StudyError: the examples have more than one axis.
    """
    if len(input_shape) != 1:
        raise StudyError(
            [
                f"[net] name: 'numpy-mlp' needs examples of one axis, such as points in the plane, "
                f"got examples of shape {input_shape}; choose net 'mlp' or other data"
            ]
        )
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    widths = (input_shape[0], *settings.widths)
    for number, (before, after) in enumerate(pairwise(widths), start=1):
        layers[f"hidden{number}"] = Linear(before, after)
        layers[f"{settings.activation}{number}"] = ACTIVATIONS[settings.activation]()
    layers["output"] = Linear(widths[-1], outputs)
    if settings.output == "softmax":
        layers["softmax"] = Softmax()
    return Network(layers)
