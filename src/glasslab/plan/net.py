"""Settings of every network family, and of a user's own."""

import re
from keyword import iskeyword
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from glasslab.errors import nearest
from glasslab.plan.settings import (
    Count,
    Fraction,
    Part,
    Positive,
    Problems,
    Settings,
    all_finite,
    plain,
    read,
    show,
)

Activation = Literal["relu", "leaky-relu", "elu", "gelu", "silu", "sigmoid", "tanh", "identity"]
Init = Literal["pytorch", "xavier", "he", "normal"]


class NetSettings(Settings, frozen=True, kw_only=True, tag_field="name"):
    """What every network family can be asked.

    Attributes:
        activation: the nonlinearity between layers.
        init: how weights start. "pytorch": U(+-1/sqrt(fan_in)) for weights and biases, as PyTorch's Linear
            and Conv2d do; "xavier": Glorot and Bengio (2010), uniform; "he": He et al. (2015), normal,
            fan_in; "normal": N(0, init_std). All but "pytorch" start biases at 0.
        init_std: the deviation for init = "normal".
    """

    activation: Activation = "relu"
    init: Init = "pytorch"
    init_std: Positive | None = None


class Mlp(NetSettings, frozen=True, kw_only=True, tag="mlp"):
    """A multilayer perceptron: the input flattened, then linear layers with an activation between them.

    Attributes:
        widths: units of each hidden layer; empty for a linear classifier.
        dropout: probability of dropping each hidden unit while training.
    """

    widths: Annotated[tuple[Count, ...], Meta(max_length=64)] = (128, 64)
    dropout: Fraction = 0.0


Kernel = Annotated[int, Meta(ge=1, le=31)]


class Lenet(NetSettings, frozen=True, kw_only=True, tag="lenet"):
    """A LeNet-style CNN: blocks of convolutions, each block ending in a pool, then linear layers.

    Attributes:
        channels: one entry a block: its output channels, or a list for several convolutions before the
            pool ([[32, 32], 64] is conv 32, conv 32, pool, conv 64, pool).
        kernel: side of every convolution's filter, in pixels.
        padding: "same" keeps the side (odd kernels), "valid" pads nothing.
        pool: "max" or "average", 2 x 2 with stride 2.
        hidden: units of the fully connected layers between the last block and the output.
        dropout: probability of dropping each fully connected hidden unit while training.
    """

    channels: Annotated[
        tuple[Count | Annotated[tuple[Count, ...], Meta(min_length=1)], ...], Meta(min_length=1, max_length=8)
    ] = (32, 64)
    kernel: Kernel = 3
    padding: Literal["same", "valid"] = "same"
    pool: Literal["max", "average"] = "max"
    hidden: tuple[Count, ...] = (128,)
    dropout: Fraction = 0.0


class UserNet(Settings, frozen=True, kw_only=True):
    """A user's own network, called as Class(input_shape, outputs, **settings).

    Attributes:
        name: "module:Class", imported from the study file's folder or an installed package.
        settings: the keyword arguments, as written in [net].
    """

    name: str
    settings: dict[str, Any] = msgspec.field(default_factory=dict)


Net = Mlp | Lenet | UserNet

NETS: dict[str, Part] = {
    "mlp": Part(Mlp, "glasslab.nets.mlp:build"),
    "lenet": Part(Lenet, "glasslab.nets.lenet:build"),
}

USER_NET = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
TAKEN = ("source",)  # a run's identity holds the hash of the module's source under this name


def read_net(table: dict[str, Any], problems: Problems, place: str = "[net]") -> Net | None:
    """Returns the network settings in `table`, or None after noting what is wrong."""
    name = table.get("name")
    rest = {key: value for key, value in table.items() if key != "name"}
    if name is None:
        nets = ", ".join(sorted(NETS))
        problems.add(f"{place} name", f"is missing; name a net: {nets} or 'module:Class'")
        return None
    if isinstance(name, str) and USER_NET.fullmatch(name):
        return read_user_net(name, rest, problems, place)
    if isinstance(name, str) and ":" in name:
        problems.add(
            f"{place} name",
            f"a network of your own is written 'module:Class', for a class in module.py, got {show(name)}",
        )
        return None
    if not isinstance(name, str) or name not in NETS:
        problems.add(f"{place} name", f"no net {show(name)}{nearest(str(name), NETS)}")
        return None
    net: Any = read(NETS[name].settings, rest, place, problems, NETS)
    return net if net is None or fits_together(net, problems, place) else None


def fits_together(net: NetSettings, problems: Problems, place: str) -> bool:
    """Returns whether settings that are right alone are right together, after noting where not."""
    before = len(problems.found)
    if (net.init == "normal") != (net.init_std is not None):
        problems.add(f"{place} init_std", "goes with init = 'normal': set both or neither")
    if isinstance(net, Lenet) and net.padding == "same" and net.kernel % 2 == 0:
        problems.add(f"{place} kernel", f"must be odd where padding is 'same', got {net.kernel}")
    return len(problems.found) == before


def read_user_net(name: str, rest: dict[str, Any], problems: Problems, place: str) -> UserNet | None:
    """Returns a user's network; the class itself judges its settings, only their form is checked here."""
    before = len(problems.found)
    for key, value in rest.items():
        if not key.isidentifier() or iskeyword(key):
            problems.add(f"{place} {key}", "is an argument of your class, so it must be a name in Python")
        elif key in TAKEN:
            problems.add(f"{place} {key}", "is a name that glasslab needs itself; rename the argument")
        elif not all_finite(value):
            problems.add(f"{place} {key}", f"must be finite, got {show(value)}")
    return UserNet(name=name, settings=rest) if len(problems.found) == before else None


def net_table(net: Net) -> dict[str, Any]:
    """Returns network settings as the flat table that a study file would hold."""
    return {"name": net.name, **net.settings} if isinstance(net, UserNet) else plain(net)
