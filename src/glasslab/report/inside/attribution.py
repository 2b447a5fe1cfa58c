"""Attribution: which pixels the class's score goes by, one row an image and one column a method."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glasslab.analysis.agreement import Agreement, agreement
from glasslab.analysis.numbers import counted, fixed, share, significant
from glasslab.analysis.trust import title
from glasslab.figures.maps import heat, laid_over, signed
from glasslab.figures.pixels import Picture, picture
from glasslab.report.inside.blocks import Block, Gallery, Note, Part, Strip, Table, Tile
from glasslab.report.material import Look, Material

STRONGEST = 99.5  # per cent of a column's numbers lie within its colours; a few outliers would pale the rest
SIZE = 56  # pixels on the page, so that ten columns fit
HEAT, LAID_OVER, PATTERN = "heat", "laid over", "pattern"
EXCITES = ("guided-backpropagation", "deconvnet")


@dataclass(frozen=True, slots=True)
class Column:
    """How one method's maps are shown.

    Attributes:
        method: its name in the settings.
        head: over the column.
        form: "heat" for how much, "laid over" for and against on the image, "pattern" for signed pixels.
        rectified: whether only the positive part is shown.
    """

    method: str
    head: str
    form: str
    rectified: bool = False


COLUMNS = (
    Column("saliency", "Saliency", HEAT),
    Column("input-x-gradient", "Input × gradient", LAID_OVER),
    Column("integrated-gradients", "Integrated gradients", LAID_OVER),
    Column("smoothgrad", "SmoothGrad", HEAT),
    Column("grad-cam", "Grad-CAM, signed", LAID_OVER),
    Column("grad-cam", "Grad-CAM", HEAT, rectified=True),
    Column("occlusion", "Occlusion", LAID_OVER),
    Column("guided-backpropagation", "Guided backprop", PATTERN),
    Column("deconvnet", "Deconvnet", PATTERN),
)


def attribution_part(material: Material) -> Part | None:
    """Returns the maps of each network looked into, None where no run has any."""
    looks = material.looks("attribution")
    if not looks:
        return None
    blocks: list[Block] = []
    for look in looks:
        blocks.append(gallery(look))
        blocks.extend(Note(text) for text in warnings(look))
        found = agreement(heats(look))
        if found.pairs:
            blocks.append(table(look, found))
    return Part("attribution", "What single decisions go by", " ".join(map(finding, looks)), blocks)


def finding(look: Look) -> str:
    """Returns how much the methods agree, and how well integrated gradients add up."""
    said = []
    found = agreement(heats(look))
    if found.pairs:
        least = found.sorted()[0]
        said.append(
            f"the methods rank pixels with a mean correlation of {fixed(found.mean, 2)}, the least alike "
            f"being {title(least[0])} and {title(least[1])} with {fixed(found.pairs[least], 2)}"
        )
    if "completeness" in look.arrays:
        missed = float(np.abs(look.arrays["completeness"]).max())
        said.append(f"integrated gradients miss the logit that they add up to by {error(missed, 2)} at most")
    if not said:
        said.append(f"maps of {counted(len(look.arrays['labels']), 'test image')}")
    return f"{look.variant}: {'; '.join(said)}."


def heats(look: Look) -> dict[str, NDArray[np.floating]]:
    """Returns the heat maps (N, H, W) by method."""
    return {str(each): look.arrays[f"heat {each}"] for each in look.arrays["methods"].tolist()}


def gallery(look: Look) -> Gallery:
    """Returns the maps of one network."""
    columns = [each for each in COLUMNS if each.method in look.arrays["methods"].tolist()]
    drawn = {each.head: maps(look, each) for each in columns}
    limits = {head: float(np.percentile(np.abs(each), STRONGEST)) for head, each in drawn.items()}
    strips = tuple(
        Strip(
            look.classes[look.arrays["labels"][row]],
            (
                Tile(image(look, row), said_of(look, row)),
                *(tile(look, row, each, drawn[each.head][row], limits[each.head]) for each in columns),
            ),
            note(look, row),
        )
        for row in range(len(look.arrays["labels"]))
    )
    return Gallery(
        f"{look.variant}: which pixels {explained(look)} goes by",
        strips,
        caption(columns),
        heads=("Image", *(each.head for each in columns)),
        size=SIZE,
    )


def explained(look: Look) -> str:
    """Returns what is explained, in words: "the logit of the predicted class"."""
    target = look.settings["target"]
    if target in ("predicted", "true"):
        return f"the logit of the {target} class"
    return f"the logit of {look.classes[look.arrays['target'][0]]}"


def maps(look: Look, column: Column) -> NDArray[np.floating]:
    """Returns the numbers that a column shows: (N, H, W), or (N, C, H, W) for patterns."""
    if column.form == HEAT:
        return look.arrays[f"heat {column.method}"]
    own: NDArray[np.floating] = look.arrays[f"map {column.method}"]
    return own if column.form == PATTERN else own.sum(axis=1)


def tile(look: Look, row: int, column: Column, z: NDArray[np.floating], limit: float) -> Tile:
    """Returns one map with what is to be said of it."""
    pixels = look.arrays["pixels"][row]
    draw: dict[str, Callable[[], Picture]] = {
        HEAT: lambda: heat(z, 0, limit),
        LAID_OVER: lambda: laid_over(z, pixels, limit),
        PATTERN: lambda: signed(z, limit),
    }
    target = look.classes[look.arrays["target"][row]]
    strength = np.abs(z).max(axis=0) if z.ndim == 3 else np.abs(z)
    down, right = np.unravel_index(int(strength.argmax()), strength.shape)
    where = f"strongest {down + 1} rows down and {right + 1} columns across" if strength.any() else "all zero"
    caption = ""
    if column.method == "grad-cam" and float(look.arrays["map grad-cam"][row].max()) <= 0:
        caption = "all negative" if not column.rectified else "nothing positive"
    elif column.method == "integrated-gradients":
        caption = f"off by {error(float(look.arrays['completeness'][row]), 1)}"
    said = f"{column.head} for {target}: {where}{'; ' + caption if caption else ''}"
    return Tile(draw[column.form](), said, caption)


def error(missed: float, digits: int) -> str:
    """Returns the size of an error, "< 0.001" for one that no one would ask after."""
    return "< 0.001" if abs(missed) < 0.001 else significant(abs(missed), digits)


def image(look: Look, row: int) -> Picture:
    """Returns the image itself."""
    return picture(look.arrays["pixels"][row])


def said_of(look: Look, row: int) -> str:
    """Returns what is seen in an image and what the network says of it."""
    true, predicted = (look.classes[look.arrays[key][row]] for key in ("labels", "predicted"))
    return f"Test image {look.arrays['index'][row]}: {true}, taken for {predicted}"


def note(look: Look, row: int) -> str:
    """Returns the classes with their probabilities: "predicted: 99.8 %" or "taken for 9: 71 %; 7: 20 %"."""
    arrays = look.arrays
    predicted, true = int(arrays["predicted"][row]), int(arrays["labels"][row])
    most, own = share(float(arrays["probability"][row])), share(float(arrays["probability_true"][row]))
    wrong = f"taken for {look.classes[predicted]}: {most}; {look.classes[true]}: {own}"
    said = f"predicted: {most}" if predicted == true else wrong
    target = int(arrays["target"][row])
    if target in (predicted, true):
        return said
    return f"{said}; explained: {look.classes[target]}: {share(float(arrays['probability_target'][row]))}"


def caption(columns: list[Column]) -> str:
    """Returns how to read the pictures."""
    forms = {each.form for each in columns}
    said = []
    if HEAT in forms:
        heads = listed(columns, HEAT)
        said.append(f"{heads}: how much, from dark for nothing to light.")
    if LAID_OVER in forms:
        heads = listed(columns, LAID_OVER)
        said.append(f"{heads}: orange speaks for the class, blue against it, laid over the grey image.")
    if PATTERN in forms:
        said.append(f"{listed(columns, PATTERN)}: mid-grey is zero.")
    said.append(
        f"A column has one scale for all images, whose outermost colours begin at the size that {STRONGEST} "
        "% of its pixels stay below; columns cannot be compared by strength."
    )
    if any(each.method == "integrated-gradients" for each in columns):
        said.append(
            "Below integrated gradients: by how much the map's sum misses what it should add up to, the "
            "logit less that of the baseline."
        )
    return " ".join(said)


def listed(columns: list[Column], form: str) -> str:
    """Returns the heads of the columns of one form: "Saliency and SmoothGrad"."""
    heads = [each.head for each in columns if each.form == form]
    return " and ".join(part for part in (", ".join(heads[:-1]), heads[-1]) if part)


def warnings(look: Look) -> list[str]:
    """Returns what has to be said with a network's maps."""
    arrays, methods = look.arrays, look.arrays["methods"].tolist()
    said = []
    if "weighed" in arrays:
        height, width = arrays["weighed_size"].tolist()
        high, wide = arrays["pixels"].shape[2:]
        said.append(
            f"Grad-CAM weighs the {height} × {width} maps of {arrays['weighed']}, enlarged to "
            f"{high} × {wide}: one of their places is {significant(high / height, 2)} pixels high, and finer "
            f"detail is not in them."
        )
    shown = [title(each) for each in EXCITES if each in methods]
    if shown:
        verb = "shows" if len(shown) == 1 else "show"
        said.append(
            f"{' and '.join(shown).capitalize()} {verb} what in an image excites the network, not why it "
            "chose a class: such pictures stay much the same when a network's upper layers are made random "
            "(Adebayo et al., 2018), and recover the image rather than the decision (Nie et al., 2018)."
        )
    if int(arrays.get("joins", 0)) > 0:
        said.append(
            f"This network joins branches in {counted(int(arrays['joins']), 'place')}, for which neither of "
            "the two has a rule; what flows back from both sides is added."
        )
    return said


def table(look: Look, found: Agreement) -> Table:
    """Returns the correlation of each two methods."""
    methods = [str(each) for each in look.arrays["methods"].tolist()]
    rows = []
    for place, one in enumerate(methods):
        known = [found.between(one, other) for other in methods[:place]]
        cells = ["" if each is None else fixed(each, 2) for each in known]
        rows.append((title(one), *cells, *[""] * (len(methods) - 1 - place)))
    return Table(
        f"{look.variant}: how alike the methods rank pixels",
        ("Rank correlation", *(title(each) for each in methods[:-1])),
        tuple(rows[1:]),
        "Spearman's correlation of the two maps' pixels, averaged over the images: of gradients by their "
        "size, of the others by what speaks for the class. 1: the same order; 0: nothing in common.",
    )
