"""Occlusion: what happens to the class's probability, the answer and the strongest map behind a square."""

import numpy as np
from numpy.typing import NDArray

from glasslab.analysis.numbers import counted, share, significant
from glasslab.figures.class_maps import class_map, swatch
from glasslab.figures.maps import heat
from glasslab.figures.pixels import picture
from glasslab.report.inside.blocks import Block, Gallery, Note, Part, Strip, Tile
from glasslab.report.material import Look, Material

SIZE = 96  # pixels on the page
SWATCH = 72
FILLED = {
    "mean": "the training images' mean",
    "black": "black",
    "blur": "the image blurred",
}


def occlusion_part(material: Material) -> Part | None:
    """Returns the maps of each network looked into, None where no run has any."""
    looks = material.looks("occlusion")
    if not looks:
        return None
    blocks: list[Block] = []
    for look in looks:
        blocks.extend((gallery(look), key(look)))
    blocks.append(
        Note(
            "After Zeiler and Fergus (2014), section 4.2 and figure 7, who do not say how large their square "
            "was: its size and what it is filled with are free, and change the maps."
        )
    )
    return Part("occlusion", "What is missed when it is hidden", " ".join(map(finding, looks)), blocks)


def finding(look: Look) -> str:
    """Returns for how many images a square somewhere changes the answer, and where it costs most."""
    arrays = look.arrays
    changed = (arrays["most_probable"] != arrays["predicted"][:, None, None]).any(axis=(1, 2))
    size, images = int(arrays["size"]), counted(len(changed), "image")
    said = (
        f"{look.variant}: hiding {size} × {size} pixels at some place changes the answer for "
        f"{int(changed.sum())} of {images}"
    )
    falls = [before(look, row) - least(look, row) for row in range(len(changed))]
    if max(falls) <= 0:
        return f"{said}, and the {measure(look)} of the true class falls nowhere."
    row = int(np.argmax(falls))
    true = look.classes[int(arrays["labels"][row])]
    return (
        f"{said}; the {measure(look)} of {true} falls furthest for test image {arrays['index'][row]}, from "
        f"{number(look, before(look, row))} to {number(look, least(look, row))}."
    )


def measure(look: Look) -> str:
    """Returns what is measured of a class: "probability" or "logit"."""
    return str(look.settings["score"])


def number(look: Look, value: float) -> str:
    """Returns a probability in per cent, or a logit."""
    return share(value) if measure(look) == "probability" else significant(value, 3)


def before(look: Look, row: int) -> float:
    """Returns the true class's score with nothing hidden."""
    return float(look.arrays["whole"][row, look.arrays["labels"][row]])


def least(look: Look, row: int) -> float:
    """Returns the true class's score where the square costs most."""
    return float(look.arrays["scores"][row, look.arrays["labels"][row]].min())


def gallery(look: Look) -> Gallery:
    """Returns the maps of one network."""
    rows = range(len(look.arrays["labels"]))
    heads = [
        "Image",
        "Square where it costs most",
        f"{measure(look).capitalize()} of the true class",
        "Answer",
    ]
    if "activation" in look.arrays:
        heads.append(f"Strongest map of {look.arrays['layer']}")
    size = int(look.arrays["size"])
    return Gallery(
        f"{look.variant}: with a square of {size} × {size} pixels over the image",
        tuple(Strip(title(look, row), tiles(look, row), note(look, row)) for row in rows),
        caption(look),
        heads=tuple(heads),
        size=SIZE,
    )


def title(look: Look, row: int) -> str:
    """Returns the true class."""
    return look.classes[int(look.arrays["labels"][row])]


def note(look: Look, row: int) -> str:
    """Returns what the network takes the whole image for."""
    predicted = look.classes[int(look.arrays["predicted"][row])]
    return f"taken for {predicted}, {share(float(look.arrays['probability'][row]))}"


def tiles(look: Look, row: int) -> tuple[Tile, ...]:
    """Returns an image and its maps."""
    arrays, true = look.arrays, int(look.arrays["labels"][row])
    down, across = (int(each) * look.settings["stride"] + 1 for each in arrays["lowest"][row])
    at, low = f"row {down}, column {across}", number(look, least(look, row))
    index = f"Test image {arrays['index'][row]}"
    own = arrays["scores"][row, true]
    found = [
        Tile(picture(arrays["pixels"][row]), f"{index}: {title(look, row)}, {note(look, row)}"),
        Tile(picture(arrays["hidden"][row]), f"{index} with the square at {at}", f"{low} left"),
        Tile(heat(own, *scale(look)), f"{measure(look)} of {title(look, row)}: lowest at {at}, {low}"),
        answers(look, row),
    ]
    if "activation" in arrays:
        found.append(strongest(look, row))
    return tuple(found)


def scale(look: Look) -> tuple[float, float]:
    """Returns the least and the greatest score that the colours tell apart, for all images."""
    if measure(look) == "probability":
        return 0.0, 1.0
    labels = look.arrays["labels"]
    own = look.arrays["scores"][np.arange(len(labels)), labels]
    return float(own.min()), float(own.max())


def answers(look: Look, row: int) -> Tile:
    """Returns the most probable class for each place of the square."""
    index = look.arrays["most_probable"][row]
    classes, counts = np.unique(index, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    parts = [f"{look.classes[int(classes[k])]}: {share(counts[k] / index.size, 0)}" for k in order]
    said = f"Answer with the square at each place: {', '.join(parts)} of places"
    return Tile(class_map(index), said, ", ".join(parts[:2]))


def strongest(look: Look, row: int) -> Tile:
    """Returns the strongest map's sum for each place of the square, as a share of what it is without."""
    arrays = look.arrays
    shares = kept(look)
    own, top = shares[row], int(arrays["strongest"][row])
    low, high = float(own.min()), float(own.max())
    said = f"Map {top}: {share(low, 0)} to {share(high, 0)} of its sum is left"
    return Tile(
        heat(own, float(shares.min()), float(shares.max())), said, f"map {top}, least {share(low, 0)}"
    )


def kept(look: Look) -> NDArray[np.float64]:
    """Returns the strongest map's sum as a share of that of the whole image, (N, h, w)."""
    whole = look.arrays["activation_whole"][:, None, None].astype(np.float64)
    sums = look.arrays["activation"].astype(np.float64)
    shares: NDArray[np.float64] = np.divide(sums, whole, out=np.zeros_like(sums), where=whole != 0)
    return shares


def caption(look: Look) -> str:
    """Returns how to read the pictures."""
    said = [
        "Each pixel of a map: what the network gives with the square's middle there. The square is filled "
        f"with {FILLED[look.settings['filling']]}."
    ]
    if measure(look) == "probability":
        said.append("Probability: dark is 0, light is 1.")
    else:
        low, high = scale(look)
        said.append(f"Logit: dark is {significant(low, 3)}, light is {significant(high, 3)}, for all images.")
    if "activation" in look.arrays:
        shares = kept(look)
        said.append(
            "Strongest map: of the map with the largest sum over the whole image, what is left of that sum; "
            f"dark is {share(float(shares.min()), 0)} of it, light is {share(float(shares.max()), 0)}."
        )
    return " ".join(said)


def key(look: Look) -> Gallery:
    """Returns the colours of the answers that occur."""
    tiles = tuple(
        Tile(swatch(int(place)), f"Colour of {look.classes[int(place)]}", look.classes[int(place)])
        for place in np.unique(look.arrays["most_probable"])
    )
    return Gallery("", (Strip("Colours of the answers", tiles),), "", size=SWATCH)
