"""Maximisation: the images that classes, units or maps answer most strongly to, made and found."""

import numpy as np
from numpy.typing import NDArray

from glasslab.analysis.numbers import counted, fixed, share, significant
from glasslab.figures.pixels import picture
from glasslab.report.inside.blocks import Block, Gallery, Note, Part, Strip, Tile
from glasslab.report.material import Look, Material

SIZE = 84  # pixels on the page
OUTPUT = "output"


def maximisation_part(material: Material) -> Part | None:
    """Returns the images made for each network looked into, None where no run has any."""
    looks = material.looks("maximisation")
    if not looks:
        return None
    blocks: list[Block] = [gallery(look) for look in looks]
    blocks.append(
        Note(
            "After Olah et al. (2017): Adam changes frequencies and, in photographs, colours that do not "
            "hang together in the training images, while the image is moved, turned and enlarged a little at "
            "every step. Without regularisation it changes pixel by pixel, and comes to answers that lie far "
            "from the data. That a network answers strongly to an image does not say that it answers to "
            "nothing else."
        )
    )
    return Part("maximisation", "What is answered most strongly", " ".join(map(finding, looks)), blocks)


def finding(look: Look) -> str:
    """Returns how far the made images go beyond the data."""
    arrays = look.arrays
    best, plain, most = arrays["reached"][:, :-1].max(axis=1), arrays["reached"][:, -1], arrays["most"]
    above = int((best > most).sum())
    of = counted(len(most), *what(look))
    said = (
        f"{look.variant}: for {above} of {of} the image made is answered more strongly than every "
        f"{arrays['split']} image"
    )
    if (most > 0).all():
        said += (
            f", with {times(best / most)} the strongest answer to one of those; without regularisation "
            f"{times(plain / most)}"
        )
    return said + "."


def times(ratios: NDArray[np.floating]) -> str:
    """Returns a range of factors: "1.2 to 1.6 times"."""
    low, high = fixed(float(ratios.min()), 1), fixed(float(ratios.max()), 1)
    return f"{low} times" if low == high else f"{low} to {high} times"


def what(look: Look) -> tuple[str, str]:
    """Returns what images are made for, one and several: "class", "classes"."""
    if str(look.arrays["layer"]) == OUTPUT:
        return "class", "classes"
    return "unit", "units"


def gallery(look: Look) -> Gallery:
    """Returns the images made for one network."""
    layer = str(look.arrays["layer"])
    restarts = look.arrays["images"].shape[1] - 1
    of = "each class's logit" if layer == OUTPUT else f"each unit of {layer}"
    heads = (
        f"Strongest {look.arrays['split']} image",
        *(f"Made, start {number}" for number in range(1, restarts + 1)),
        "Made without regularisation",
    )
    caption = (
        f"Below each image: the answer ({'logit' if layer == OUTPUT else answer(look)}) and the most "
        "probable class with its probability, or the true class of a found image; beside each name the "
        "answer to the training images' mean colour. Values stay between the least and the greatest of "
        "those images."
    )
    rows = range(len(look.arrays["units"]))
    strips = tuple(Strip(title(look, row), tiles(look, row), note(look, row)) for row in rows)
    return Gallery(f"{look.variant}: images for {of}", strips, caption, heads=heads, size=SIZE)


def answer(look: Look) -> str:
    """Returns what the answer of a hidden unit is."""
    return f"{look.settings['objective']} of the map, or the unit itself"


def title(look: Look, row: int) -> str:
    """Returns the class, or the unit's number."""
    unit = int(look.arrays["units"][row])
    return look.classes[unit] if str(look.arrays["layer"]) == OUTPUT else f"unit {unit}"


def note(look: Look, row: int) -> str:
    """Returns the answer at the start, and that nothing moved where it did not."""
    arrays = look.arrays
    start, reached = float(arrays["start"][row]), arrays["reached"][row]
    said = f"mean colour: {significant(start, 2)}"
    return said if np.any(np.abs(reached - start) > 1e-6) else f"{said}; no image changes it"


def tiles(look: Look, row: int) -> tuple[Tile, ...]:
    """Returns the images of one unit."""
    arrays, name = look.arrays, title(look, row)
    most = significant(float(arrays["most"][row]), 3)
    label = look.classes[int(arrays["most_label"][row])]
    where = f"{str(arrays['split']).capitalize()} image {arrays['most_index'][row]}"
    found = [Tile(picture(arrays["most_pixels"][row]), f"{where}, {label}: answer {most}", most, label)]
    for pixels, reached, given in zip(
        arrays["images"][row], arrays["reached"][row], arrays["probabilities"][row], strict=True
    ):
        number = significant(float(reached), 3)
        top = int(given.argmax())
        said = f"{look.classes[top]}, {share(float(given[top]))}"
        found.append(Tile(picture(pixels), f"Image made for {name}: answer {number}; {said}", number, said))
    return tuple(found)
