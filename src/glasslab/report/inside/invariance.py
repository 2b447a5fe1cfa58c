"""Invariance: what shifts, scales and turns of the image do to layers and to the true class."""

from collections.abc import Mapping, Sequence

from glasslab.analysis.invariance import Course, distance_course, holds, probability_course, unrelated
from glasslab.analysis.numbers import MINUS, counted, fixed
from glasslab.figures.invariance import Words, draw
from glasslab.figures.mosaic import times
from glasslab.figures.pixels import picture
from glasslab.report.inside.blocks import Block, Chart, Gallery, Note, Part, Strip, Table, Tile
from glasslab.report.material import Look, Material

SIZE = 64  # pixels on the page that an image is wide, about
UNCHANGED = {"right": 0.0, "down": 0.0, "scale": 1.0, "turn": 0.0}
SIDES = ("first", "last")
SHOWN_AS = {"right": "shifted across", "down": "shifted down", "scale": "scaled", "turn": "turned"}
BAND = "Line: the median of {images}; band: the middle half of them. Mid-axis, nothing is changed."


def invariance_part(material: Material) -> Part | None:
    """Returns the curves, None where no run has any."""
    looks = material.looks("invariance")
    if not looks:
        return None
    blocks: list[Block] = [reaches(looks), probability_chart(material, looks)]
    for side in (0, -1) if any(len(look.arrays["layers"]) > 1 for look in looks) else (0,):
        found = distance_chart(material, looks, side)
        if found is not None:
            blocks.append(found)
    blocks.append(gallery(looks[0]))
    blocks.append(
        Note(
            "After Zeiler and Fergus (2014), Fig. 5. What comes in from outside of an image is black; where "
            "the background is not black, its edge is a change of its own."
        )
    )
    return Part("invariance", "What changes of the image do to the network", opening(looks), blocks)


def opening(looks: Sequence[Look]) -> str:
    """Returns how far shifts across can go: the change that networks are compared by most."""
    said = [f"{look.variant} {reach(look, 'right')}" for look in looks]
    return (
        f"Shifts across that leave the true class a median probability of one half or more, in pixels: "
        f"{'; '.join(said)}."
    )


def reaches(looks: Sequence[Look]) -> Table:
    """Returns how far each change can go, a row a variant."""
    rows = tuple((look.variant, *(reach(look, kind) for kind in UNCHANGED)) for look in looks)
    return Table(
        "How far images can be changed",
        ("variant", "shift across, pixels", "shift down, pixels", "size, times", "turn, degrees"),
        rows,
        "From where to where the median probability of the true class stays at one half or above; with an "
        "asterisk, the end of what was tried.",
    )


def reach(look: Look, kind: str) -> str:
    """Returns from where to where one kind of change leaves the probability at one half: "−3 to 3"."""
    course = probability_course(look.arrays, kind)
    ends = None if course is None else holds(course, UNCHANGED[kind])
    if course is None or ends is None:
        return "nowhere"
    said = [fixed(end, 2) if kind == "scale" else signed(end) for end in ends]
    stars = ["*" if end == course.amount[place] else "" for end, place in zip(ends, (0, -1), strict=True)]
    return f"{said[0]}{stars[0]} to {said[1]}{stars[1]}"


def signed(number: float) -> str:
    """Returns a whole number with a true minus sign."""
    return f"{MINUS if round(number) < 0 else ''}{abs(round(number))}"


def probability_chart(material: Material, looks: Sequence[Look]) -> Chart:
    """Returns the curves of the true class's probability."""
    courses = by_kind(
        {look.variant: {k: probability_course(look.arrays, k) for k in UNCHANGED} for look in looks}
    )
    said = Words(
        "invariance-probability",
        "Probability of the true class",
        BAND.format(images=images(looks)),
        opening(looks),
        "probability",
    )
    return Chart(material.drawings.draw(draw(courses, said, material.colours, 1.0)))


def distance_chart(material: Material, looks: Sequence[Look], side: int) -> Chart | None:
    """Returns the curves of the distance in the first (0) or last (-1) layer, None where there are none."""
    courses = by_kind(
        {look.variant: {k: distance_course(look.arrays, side, k) for k in UNCHANGED} for look in looks}
    )
    if not courses:
        return None
    apart = {look.variant: unrelated(look.arrays, side) for look in looks}
    levels = {name: level for name, level in apart.items() if level is not None}
    top = 1.05 * max(
        [*levels.values(), *(high for own in courses.values() for c in own.values() for high in c.high)]
    )
    layers = ", ".join(dict.fromkeys(str(look.arrays["layers"][side]) for look in looks))
    title = f"{SIDES[side].capitalize()} layer ({layers}): how far its output moves"
    caption = (
        f"Distance between what the layer gives for the changed image and for the image as it is, as a share "
        f"of the size of the latter. {BAND.format(images=images(looks))}"
    )
    if levels:
        caption += " Dashed: the median distance between two different ones of the images."
    alternative = f"{title}. {'; '.join(farthest(name, courses) for name in levels or apart)}."
    said = Words(f"invariance-{SIDES[side]}", title, caption, alternative, "distance")
    return Chart(material.drawings.draw(draw(courses, said, material.colours, top or 1.0, levels)))


def farthest(variant: str, courses: Mapping[str, Mapping[str, Course]]) -> str:
    """Returns the largest median distance for each kind of change, in words."""
    own = {kind: of[variant] for kind, of in courses.items() if variant in of}
    said = ", ".join(f"{SHOWN_AS[kind]} {fixed(max(each.median), 2)}" for kind, each in own.items())
    return f"{variant}, at the most: {said}"


def by_kind(found: Mapping[str, Mapping[str, Course | None]]) -> dict[str, dict[str, Course]]:
    """Returns courses by kind of change, then by variant, those that are known."""
    kinds = {
        kind: {name: course for name, own in found.items() if (course := own[kind]) is not None}
        for kind in UNCHANGED
    }
    return {kind: own for kind, own in kinds.items() if own}


def images(looks: Sequence[Look]) -> str:
    """Returns how many images there are, in words."""
    return counted(len(looks[0].arrays["labels"]), "test image")


def gallery(look: Look) -> Gallery:
    """Returns the first image at some steps of each kind of change."""
    arrays = look.arrays
    strips = []
    for place, kind in enumerate(arrays["kinds"].tolist()):
        amounts = arrays["amount"][place][arrays["moved_at"]].tolist()
        tiles = tuple(
            Tile(picture(pixels), f"{SHOWN_AS[kind]}, {said}", said)
            for pixels, said in zip(arrays["moved"][place], (amount(kind, a) for a in amounts), strict=True)
        )
        strips.append(Strip(SHOWN_AS[kind], tiles))
    name = look.classes[arrays["labels"][0]]
    caption = f"The first of the images ({name}, test image {arrays['index'][0]}) as the network is given it."
    heads = ("",) * arrays["moved"].shape[1]
    size = times(arrays["moved"].shape[-1], SIZE)
    return Gallery("What the changes look like", tuple(strips), caption, heads=heads, size=size)


def amount(kind: str, of: float) -> str:
    """Returns how far, with its unit: "−7 px", "1.8 ×", "90°"."""
    if kind == "scale":
        return f"{fixed(of, 2)} ×"
    return f"{signed(of)}°" if kind == "turn" else f"{signed(of)} px"
