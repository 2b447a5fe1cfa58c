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


Widths = Annotated[tuple[Count, ...], Meta(max_length=64)]


class Mlp(NetSettings, frozen=True, kw_only=True, tag="mlp"):
    """A multilayer perceptron: the input flattened, then linear layers with an activation between them.

    Attributes:
        widths: units of each hidden layer; empty for a linear classifier.
        dropout: probability of dropping each hidden unit while training.
        output: "softmax" ends in a softmax layer. Cross-entropy has one already and so applies it twice.
    """

    widths: Widths = (128, 64)
    dropout: Fraction = 0.0
    output: Literal["softmax"] | None = None


class NumpyMlp(NetSettings, frozen=True, kw_only=True, tag="numpy-mlp"):
    """The MLP by hand: forward and backward passes and plain SGD in NumPy, without automatic differentiation.

    Attributes:
        activation: the nonlinearity between layers.
        widths: units of each hidden layer; empty for a linear classifier.
        output: "softmax" ends in a softmax layer. Cross-entropy has one already and so applies it twice.
    """

    activation: Literal["relu", "sigmoid", "tanh"] = "relu"
    widths: Widths = (128, 64)
    output: Literal["softmax"] | None = None


Blocks = Annotated[
    tuple[Count | Annotated[tuple[Count, ...], Meta(min_length=1)], ...], Meta(min_length=1, max_length=8)
]
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

    channels: Blocks = (32, 64)
    kernel: Kernel = 3
    padding: Literal["same", "valid"] = "same"
    pool: Literal["max", "average"] = "max"
    hidden: tuple[Count, ...] = (128,)
    dropout: Fraction = 0.0


class Vgg(NetSettings, frozen=True, kw_only=True, tag="vgg"):
    """A VGG-style CNN (Simonyan and Zisserman, 2015): blocks of 3x3 convolutions, each ending in a pool.

    Attributes:
        channels: one entry a block: its output channels, or a list for several convolutions before the
            pool ([64, [128, 128]] is conv 64, pool, conv 128, conv 128, pool).
        batch_norm: normalise over the batch (Ioffe and Szegedy, 2015) after every convolution.
        pool: side of the max-pool's window in pixels, its stride being 2: 3 overlaps and is padded by 1, 2 is
            as in the paper.
        hidden: units of the fully connected layers between the last block and the output.
        dropout: probability of dropping each fully connected hidden unit while training.
    """

    channels: Blocks = (64, 128, (256, 256), (512, 512), (512, 512))
    batch_norm: bool = True
    pool: Literal[2, 3] = 3
    hidden: tuple[Count, ...] = ()
    dropout: Fraction = 0.0


class Rnn(NetSettings, frozen=True, kw_only=True, tag="rnn"):
    """A recurrent network over sequences, or over an image's rows from top to bottom, then a linear layer.

    Attributes:
        activation: of the vanilla cell; "gru" and "lstm" have their own.
        init: of every matrix. "pytorch": U(+-1/sqrt(hidden)) in recurrent layers, as PyTorch's do; the other
            schemes draw each gate's matrix as a linear layer's.
        cell: "rnn" is the vanilla cell (Elman, 1990), "lstm" Hochreiter and Schmidhuber (1997), "gru" Cho et
            al. (2014).
        hidden: units of each layer and direction.
        layers: recurrent layers, each reading what the one below gives.
        bidirectional: read in both directions.
        readout: what the linear layer reads: "last-step" is the output at the last step, when the backward
            direction has read only that step; "final-states" is the state in which each direction ended.
        dropout: probability of dropping what one layer gives the next, while training.
        recurrent_init: start of the hidden-to-hidden matrices where it is not by init: "orthogonal" (Saxe et
            al., 2014) or "identity" (Le et al., 2015), for each gate.
    """

    activation: Literal["tanh", "relu"] = "tanh"
    cell: Literal["rnn", "gru", "lstm"] = "rnn"
    hidden: Count = 128
    layers: Annotated[int, Meta(ge=1, le=16)] = 1
    bidirectional: bool = False
    readout: Literal["last-step", "final-states"] = "last-step"
    dropout: Fraction = 0.0
    recurrent_init: Literal["orthogonal", "identity"] | None = None


class Elman(NetSettings, frozen=True, kw_only=True, tag="elman"):
    """A vanilla RNN written out step by step, with one bias and none in the input map (Elman, 1990).

    Attributes:
        activation: the nonlinearity of the recurrence.
        init: of every matrix. "pytorch": U(+-1/sqrt(hidden)) in the recurrence, as PyTorch's RNN does.
        hidden: units of the state.
        recurrent_init: start of the hidden-to-hidden matrix where it is not by init: "orthogonal" (Saxe et
            al., 2014) or "identity" (Le et al., 2015).
    """

    activation: Activation = "tanh"
    hidden: Count = 128
    recurrent_init: Literal["orthogonal", "identity"] | None = None


class UserNet(Settings, frozen=True, kw_only=True):
    """A user's own network, called as Class(input_shape, outputs, **settings).

    Attributes:
        name: "module:Class", imported from the study file's folder or an installed package.
        settings: the keyword arguments, as written in [net].
    """

    name: str
    settings: dict[str, Any] = msgspec.field(default_factory=dict)


Net = Mlp | NumpyMlp | Lenet | Vgg | Rnn | Elman | UserNet

NETS: dict[str, Part] = {
    "mlp": Part(Mlp, "glasslab.nets.mlp:build"),
    "numpy-mlp": Part(NumpyMlp, "glasslab.nets.numpy_mlp:build"),
    "lenet": Part(Lenet, "glasslab.nets.lenet:build"),
    "vgg": Part(Vgg, "glasslab.nets.vgg:build"),
    "rnn": Part(Rnn, "glasslab.nets.rnn:build"),
    "elman": Part(Elman, "glasslab.nets.elman:build"),
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
    if isinstance(net, Rnn):
        check_rnn(net, problems, place)
    return len(problems.found) == before


def check_rnn(net: Rnn, problems: Problems, place: str) -> None:
    """Notes settings of a recurrent network that are right alone and wrong together."""
    if net.cell != "rnn" and net.activation != "tanh":
        problems.add(f"{place} activation", f"is fixed in cell '{net.cell}'; leave it out")
    if net.dropout > 0 and net.layers == 1:
        problems.add(
            f"{place} dropout", f"stands between recurrent layers, got {net.dropout} with one; set layers = 2"
        )


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
