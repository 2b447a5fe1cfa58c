"""The table of probes: ways to look inside a trained network, by name, and their settings."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from glasslab.errors import nearest
from glasslab.plan.settings import (
    Count,
    NotNegative,
    Part,
    Positive,
    Problems,
    Settings,
    Whole,
    part_name,
    plain,
    read,
    show,
)

Filling = Literal["mean", "black", "blur"]
AttributionMethod = Literal[
    "saliency",
    "input-x-gradient",
    "integrated-gradients",
    "smoothgrad",
    "grad-cam",
    "guided-backpropagation",
    "deconvnet",
    "occlusion",
]


class Boundary(Settings, frozen=True, kw_only=True, tag_field="name", tag="boundary"):
    """What class the network gives every point of the plane; for data with two features.

    Attributes:
        side: points along each side of the grid.
    """

    side: Annotated[int, Meta(ge=2, le=1000)] = 121


class Attribution(Settings, frozen=True, kw_only=True, tag_field="name", tag="attribution"):
    """Which pixels of single images the network's output goes by, by several methods; for images.

    Attributes:
        methods: which, by name; empty for all that fit the network.
        images: test examples, by the numbers that reports give them; empty for the first of each class.
        count: images shown where `images` is empty.
        target: the class explained: "predicted", "true", a class's name, or its index.
        samples: noisy copies of an image that SmoothGrad averages over.
        noise: their standard deviation, as a share of the image's own range from darkest to brightest.
        steps: points on integrated gradients' way from the baseline to the image.
        baseline: where that way starts, and what an occluder is filled with: the training images' "mean" of
            each channel, "black", or the image itself with a "blur".
        layer: whose maps Grad-CAM weighs; empty for the last convolution's, after its activation function.
        window: side of the occluder in pixels; 0 for a quarter of the image's shorter side.
        stride: pixels between places of the occluder, no more than its side.
    """

    methods: tuple[AttributionMethod, ...] = ()
    images: tuple[Whole, ...] = ()
    count: Annotated[int, Meta(ge=1, le=100)] = 10
    target: str | Whole = "predicted"
    samples: Annotated[int, Meta(ge=1, le=500)] = 50
    noise: Annotated[float, Meta(gt=0, le=1)] = 0.15
    steps: Annotated[int, Meta(ge=2, le=500)] = 50
    baseline: Filling = "mean"
    layer: str = ""
    window: Whole = 0
    stride: Count = 2


class Top9(Settings, frozen=True, kw_only=True, tag_field="name", tag="top9"):
    """The images that excite each feature map most, and what in them does, projected back by a deconvnet.

    Attributes:
        layers: names of layers with maps; empty for every convolution's, after its activation function.
        maps: shown of each layer, those with the largest activations.
        images: shown of each map.
        split: searched, "test" or "train"; empty for the validation split where there is one, else "test".
        placing: what a max-pooling with overlapping windows does on the way back: "sum" adds what windows
            with one maximum send there, "write-once" keeps what the last of them sends.
    """

    layers: tuple[str, ...] = ()
    maps: Annotated[int, Meta(ge=1, le=64)] = 8
    images: Annotated[int, Meta(ge=1, le=25)] = 9
    split: Literal["", "test", "train"] = ""
    placing: Literal["sum", "write-once"] = "sum"


class Deconvnet(Settings, frozen=True, kw_only=True, tag_field="name", tag="deconvnet"):
    """What in single images excites the strongest feature maps of each layer, projected back by a deconvnet.

    Attributes:
        layers: names of layers with maps; empty for every convolution's, after its activation function.
        images: test examples, by the numbers that reports give them; empty for the first of each class.
        count: images shown where `images` is empty.
        maps: shown of each layer, for each image those that it excites most.
        placing: what a max-pooling with overlapping windows does on the way back: "sum" adds what windows
            with one maximum send there, "write-once" keeps what the last of them sends.
    """

    layers: tuple[str, ...] = ()
    images: tuple[Whole, ...] = ()
    count: Annotated[int, Meta(ge=1, le=100)] = 6
    maps: Annotated[int, Meta(ge=1, le=16)] = 3
    placing: Literal["sum", "write-once"] = "sum"


class Evolution(Settings, frozen=True, kw_only=True, tag_field="name", tag="evolution"):
    """How features come to be during training (Zeiler and Fergus, 2014, figure 4).

    A run keeps the weights that this takes only if its study names the probe before the run is trained.

    Attributes:
        epochs: after which of them weights are kept and looked at, 0 for before training; in a course counted
            in steps, after which measurements. Empty for 0, 1, 2, 5, 10, 20, 50 and so on. The end is
            always looked at.
        layers: names of layers with maps; empty for every convolution's, after its activation function.
        maps: shown of each layer, those with the largest activations at the end.
        examples: so many test examples, as many of each class, are searched.
        placing: what a max-pooling with overlapping windows does on the way back: "sum" adds what windows
            with one maximum send there, "write-once" keeps what the last of them sends.
    """

    epochs: tuple[Whole, ...] = ()
    layers: tuple[str, ...] = ()
    maps: Annotated[int, Meta(ge=1, le=64)] = 6
    examples: Annotated[int, Meta(ge=1, le=100_000)] = 1000
    placing: Literal["sum", "write-once"] = "sum"


class Invariance(Settings, frozen=True, kw_only=True, tag_field="name", tag="invariance"):
    """How far layers and the right class's probability change as images are shifted, scaled and turned.

    Attributes:
        layers: names; empty for the first and the last convolution's, after its activation function, or for
            the first and the last hidden layer of a network without convolutions.
        images: test examples, by the numbers that reports give them; empty for the first of each class.
        count: images where `images` is empty.
        steps: on either side of the image as it is.
    """

    layers: tuple[str, ...] = ()
    images: tuple[Whole, ...] = ()
    count: Annotated[int, Meta(ge=1, le=1000)] = 20
    steps: Annotated[int, Meta(ge=1, le=60)] = 12


class Occlusion(Settings, frozen=True, kw_only=True, tag_field="name", tag="occlusion"):
    """What the network gives while a square wanders over an image (Zeiler and Fergus, 2014, figure 7).

    Attributes:
        images: test examples, by the numbers that reports give them; empty for the first of each class.
        count: images shown where `images` is empty.
        size: side of the square in pixels; 0 for a quarter of the image's shorter side.
        stride: pixels between its places; with 1 its middle is on every pixel once.
        filling: what it is filled with: the training images' "mean" of each channel (the paper's grey),
            "black", or the image itself with a "blur".
        score: of the true class: "probability", or "logit", which moves where a probability stays at 1.
        layer: whose strongest map is watched; empty for the last convolution's, after its activation.
    """

    images: tuple[Whole, ...] = ()
    count: Annotated[int, Meta(ge=1, le=100)] = 10
    size: Whole = 0
    stride: Count = 1
    filling: Filling = "mean"
    score: Literal["probability", "logit"] = "probability"
    layer: str = ""


class Maximisation(Settings, frozen=True, kw_only=True, tag_field="name", tag="maximisation"):
    """Images made so that a class, a unit or a map answers as strongly as it can; for images.

    The image is made in colours and frequencies that are independent of each other, and is moved a little
    between steps (Olah et al., 2017).

    Attributes:
        layer: whose units or maps; "output" for the classes.
        units: which of them, by number from 0; empty for the first `count`.
        count: so many where `units` is empty.
        objective: of a map: its "mean", or the unit in its "centre".
        steps: of Adam.
        lr: Adam's learning rate.
        restarts: from different random starts.
        jitter: pixels that the image is moved by at the most, in each direction.
        zoom: share that it is enlarged or made smaller by at the most.
        rotate: degrees that it is turned by at the most.
        variation: weight of the image's total variation, the squared steps between neighbouring pixels.
    """

    layer: str = "output"
    units: tuple[Whole, ...] = ()
    count: Annotated[int, Meta(ge=1, le=256)] = 16
    objective: Literal["mean", "centre"] = "mean"
    steps: Annotated[int, Meta(ge=1, le=5000)] = 128
    lr: Positive = 0.05
    restarts: Annotated[int, Meta(ge=1, le=10)] = 3
    jitter: NotNegative = 2.0
    zoom: Annotated[float, Meta(ge=0, le=0.5)] = 0.05
    rotate: Annotated[float, Meta(ge=0, le=45)] = 5.0
    variation: NotNegative = 0.03


class Filters(Settings, frozen=True, kw_only=True, tag_field="name", tag="filters"):
    """The weights of the first layer as pictures: a convolution's filters, or an MLP's rows; for images.

    Attributes:
        count: filters shown; of more, those at even distances from the strongest to the weakest.
    """

    count: Annotated[int, Meta(ge=1, le=1000)] = 32


class Activations(Settings, frozen=True, kw_only=True, tag_field="name", tag="activations"):
    """What the layers give: maps of a few images, and statistics of each filter over the whole test set.

    Attributes:
        layers: names of those looked at; empty for convolutions, dense layers and activation functions.
        images: test examples, by the numbers that reports give them; empty for the first of each class.
        count: images shown where `images` is empty.
        maps: maps shown of a layer; of more, those that vary most over the test set.
    """

    layers: tuple[str, ...] = ()
    images: tuple[Whole, ...] = ()
    count: Annotated[int, Meta(ge=1, le=20)] = 3
    maps: Annotated[int, Meta(ge=1, le=256)] = 10


class Memory(Settings, frozen=True, kw_only=True, tag_field="name", tag="memory"):
    """What a recurrent network remembers step by step, and how far back its gradient reaches.

    Attributes:
        images: test examples, by the numbers that reports give them; empty for the first of each class.
        count: examples shown where `images` is empty.
        examples: so many test examples, spread evenly, the gradient through time is averaged over.
    """

    images: tuple[Whole, ...] = ()
    count: Annotated[int, Meta(ge=1, le=20)] = 3
    examples: Annotated[int, Meta(ge=1, le=10_000)] = 256


class Trust(Settings, frozen=True, kw_only=True, tag_field="name", tag="trust"):
    """How far each attribution method can be trusted for this network, beside maps that know nothing of it.

    Where the data tell each object's pixels, as `shapes` do, the heat is held against them.

    Attributes:
        methods: which, by name; empty for all that fit the network.
        images: test examples, by the numbers that reports give them; empty for the first of each class.
        count: images measured where `images` is empty.
        randomised: so many of them, the first ones, are explained again with randomised weights.
        parts: equal parts of an image that are deleted, or inserted, one after the other.
        samples: noisy copies of an image that SmoothGrad averages over.
        steps: points on integrated gradients' way from the mean to the image.
        stride: pixels between places of the occluder, whose side is a quarter of the image's.
    """

    methods: tuple[AttributionMethod, ...] = ()
    images: tuple[Whole, ...] = ()
    count: Annotated[int, Meta(ge=2, le=10_000)] = 60
    randomised: Annotated[int, Meta(ge=1, le=10_000)] = 10
    parts: Annotated[int, Meta(ge=2, le=1000)] = 10
    samples: Annotated[int, Meta(ge=1, le=500)] = 16
    steps: Annotated[int, Meta(ge=2, le=500)] = 16
    stride: Count = 4


PROBES: dict[str, Part] = {
    "boundary": Part(Boundary, "glasslab.probes.boundary:look"),
    "filters": Part(Filters, "glasslab.probes.filters:look"),
    "activations": Part(Activations, "glasslab.probes.activations:look"),
    "memory": Part(Memory, "glasslab.probes.memory:look"),
    "attribution": Part(Attribution, "glasslab.probes.attribution:look"),
    "occlusion": Part(Occlusion, "glasslab.probes.occlusion:look"),
    "maximisation": Part(Maximisation, "glasslab.probes.maximisation:look"),
    "top9": Part(Top9, "glasslab.probes.top9:look"),
    "deconvnet": Part(Deconvnet, "glasslab.probes.deconvnet:look"),
    "evolution": Part(Evolution, "glasslab.probes.evolution:look"),
    "invariance": Part(Invariance, "glasslab.probes.invariance:look"),
    "trust": Part(Trust, "glasslab.probes.trust:look"),
}

FORM = 'a name, or a table such as { name = "boundary", side = 61 }'


def probe_name(settings: Settings) -> str:
    """Returns the name that a study chooses a probe by."""
    return part_name(settings)


def probe_table(settings: Settings) -> dict[str, Any]:
    """Returns a probe's settings as a table of plain values, its name first."""
    return plain(settings)


def read_probes(value: Any, problems: Problems) -> tuple[Settings, ...]:
    """Returns the probes that a study asks for, after noting what is wrong with them.

    Args:
        value: a list of names, or of tables of a name with settings.
        problems: receives a sentence for everything wrong.
    """
    if not isinstance(value, list):
        problems.add("probes", f"must be a list of names, got {show(value)}")
        return ()
    found = [probe for each in value if (probe := read_probe(each, problems)) is not None]
    names = [probe_name(probe) for probe in found]
    if len(set(names)) < len(names):
        problems.add("probes", f"names a probe twice: {show(names)}")
    return tuple(found)


def read_probe(value: Any, problems: Problems, place: str = "probes") -> Settings | None:
    """Returns one probe's settings from a name or a table, or None after noting what is wrong with it."""
    table = {"name": value} if isinstance(value, str) else value
    if not isinstance(table, Mapping) or not isinstance(table.get("name"), str):
        problems.add(place, f"each must be {FORM}; got {show(value)}")
        return None
    name = table["name"]
    if name not in PROBES:
        problems.add(place, f"no probe '{name}'{nearest(name, PROBES)}")
        return None
    own = {key: each for key, each in table.items() if key != "name"}
    return read(PROBES[name].settings, own, f"{place}, {name}:", problems, PROBES)
