"""The activation modules, by the names that settings give them."""

from collections.abc import Callable

from torch import nn

# None works in place: a probe that keeps a layer's output must find it unchanged.
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "leaky-relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "identity": nn.Identity,
}


def activation(name: str, number: str) -> tuple[str, nn.Module]:
    """Returns a new activation module and its name as a layer: ("leaky_relu2", LeakyReLU())."""
    return name.replace("-", "_") + number, ACTIVATIONS[name]()
