"""Top 9: of each layer's strongest maps, the patches that excite them most beside their projections."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from glasslab.analysis.numbers import count, counted, fixed, significant
from glasslab.analysis.phrases import names
from glasslab.analysis.selectivity import LayerMaps, by_chance, layer_maps, top_classes
from glasslab.figures.curves import kept
from glasslab.figures.maps import signed_pixels
from glasslab.figures.mosaic import Pixels, drawn, enlarged, framed, mosaic
from glasslab.figures.pixels import Picture
from glasslab.report.inside.blocks import Block, Gallery, Note, Part, Strip, Table, Tile
from glasslab.report.inside.deconvnet import WHAT_IT_SHOWS, warnings, zero
from glasslab.report.material import Look, Material

SIDE = 64  # pixels on the page that a patch is wide at the most, where the image has not more
BETWEEN = 8  # between the projections and the patches
DEAD = 150  # the place of a dead map is wide
MOST_LAYERS = (5, 3, 2)  # shown of one variant, of two, of more
LAYERS_SAID = 2  # in the opening


def top9_part(material: Material) -> Part | None:
    """Returns the top images of the maps, None where no run has any."""
    looks = material.looks("top9")
    if not looks:
        return None
    found = [layer_maps(look.arrays) for look in looks]
    most = MOST_LAYERS[min(len(looks), len(MOST_LAYERS)) - 1]
    blocks: list[Block] = [selectivity(looks, found), Note(WHAT_IT_SHOWS)]
    for look, layers in zip(looks, found, strict=True):
        blocks += warnings(look)
        places = kept(len(layers), most)
        blocks += [gallery(look, layers[place], place, place == places[0]) for place in places]
        left_out = [each.name for place, each in enumerate(layers) if place not in places]
        if left_out:
            blocks.append(Note(f"Not shown of {look.variant}: {names(left_out)}; the run's folder has them."))
    return Part("top9", "What excites each feature map", opening(looks, found), blocks)


def opening(looks: Sequence[Look], found: Sequence[Sequence[LayerMaps]]) -> str:
    """Returns how many classes the top images of a map are of, in the first and the last layer."""
    said = []
    for look, layers in zip(looks, found, strict=True):
        alive = [each for each in layers if each.kinds is not None]
        ends = [alive[place] for place in kept(len(alive), LAYERS_SAID)]
        each = " and ".join(f"{fixed(one.kinds or 0, 1)} in {one.name}" for one in ends)
        said.append(f"{look.variant}: {each or 'every map is dead'}")
    per_map = looks[0].arrays["activation"].shape[1]
    return (
        f"Classes among the {per_map} images that excite a map most, on average over a layer's maps: "
        f"{'; '.join(said)}. {chance(looks[0])}"
    )


def chance(look: Look) -> str:
    """Returns how many classes images drawn at random would be of."""
    classes, drawn_ = int(look.arrays["searched_classes"]), look.arrays["activation"].shape[1]
    expected = fixed(by_chance(classes, drawn_), 1)
    return f"{drawn_} images drawn at random from {classes} equally frequent classes are of {expected}."


def selectivity(looks: Sequence[Look], found: Sequence[Sequence[LayerMaps]]) -> Table:
    """Returns a row for each layer: its maps, the dead ones, and how many classes excite a map most."""
    rows = []
    for look, layers in zip(looks, found, strict=True):
        for each in layers:
            kinds = "" if each.kinds is None else fixed(each.kinds, 1)
            first = f"{look.variant}, {each.name}" if len(looks) > 1 else each.name
            rows.append((first, count(each.maps), count(len(each.dead)), kinds, count(each.single)))
    per_map = looks[0].arrays["activation"].shape[1]
    return Table(
        "How selective the maps are",
        ("layer", "maps", "dead", f"classes among the top {per_map}", "maps of one class"),
        tuple(rows),
        f"Over all maps of a layer and all {searched(looks[0])}. A dead map is 0 for every one of them, and "
        f"is left out of the average. The last column counts the maps whose top images are all of one class.",
    )


def searched(look: Look) -> str:
    """Returns what was searched, in words: "10 000 test images"."""
    return f"{count(int(look.arrays['searched']))} {look.arrays['split']} images"


def gallery(look: Look, layer: LayerMaps, place: int, full: bool) -> Gallery:
    """Returns the maps of one layer, each as two mosaics; `full` where it is to be said how to read them."""
    arrays = look.arrays
    rows = np.flatnonzero(arrays["of_layer"][arrays["shown"]] == place)
    top, bottom, left, right = arrays["box"][rows].reshape(-1, 4).T
    sides = (int((bottom - top).max()), int((right - left).max()))
    tiles = tuple(tile(look, layer, int(row), sides) for row in rows)
    width = max((each.picture.width for each in tiles if each.picture), default=DEAD)
    per_map = arrays["activation"].shape[1]
    colour = arrays["pixels"].shape[1] == 3
    dead = f" {counted(len(layer.dead), 'map')} of {layer.maps} dead." if layer.dead else ""
    read = f"{how_to_read(per_map, colour)}{dead}" if full else f"Read as the layer above.{dead}"
    few = len(tiles) < layer.maps
    which = f"the {len(tiles)} strongest of {layer.maps} maps" if few else "all maps, the strongest first"
    title = f"{look.variant}, {layer.name}: {which}"
    return Gallery(title, (Strip("", tiles),), read, size=width)


def how_to_read(per_map: int, colour: bool) -> str:
    """Returns what the two mosaics of a map are."""
    return (
        f"Above, what excites the map in each of {per_map} images, strongest first, projected back by a "
        f"deconvnet, each on a scale of its own. {zero(colour)} Below, the same patches of the images, as "
        f"large as what a place in the map can see. Under them: the map's number, how many images of "
        f"which class, and the largest and the smallest activation."
    )


def tile(look: Look, layer: LayerMaps, row: int, sides: tuple[int, int]) -> Tile:
    """Returns one map: the projections and the patches of its top images, and what classes they are of."""
    arrays = look.arrays
    number = int(arrays["map"][row])
    excited = np.flatnonzero(arrays["index"][row] >= 0)
    if not len(excited):
        words = f"map {number} is dead: 0 for all {searched(look)}"
        return Tile(None, f"{layer.name}, {words}", words)
    activation = arrays["activation"][row][excited]
    range_ = significant(float(activation[0]), 3)
    if len(excited) > 1:
        range_ += f" to {significant(float(activation[-1]), 3)}"
    classes = top_classes([look.classes[each] for each in arrays["labels"][row][excited]])
    alternative = f"{layer.name}, map {number}: its top images are {classes}"
    return Tile(two_mosaics(look, row, excited, sides), alternative, f"map {number}: {classes}", range_)


def two_mosaics(look: Look, row: int, excited: NDArray[np.intp], sides: tuple[int, int]) -> Picture:
    """Returns the projections of a map's top images, and below them patches with these sides."""
    columns = math.ceil(math.sqrt(look.arrays["activation"].shape[1]))
    pairs = [projection_and_patch(look, (row, int(place)), sides) for place in excited]
    return drawn(mosaic([mosaic(each, columns, 2) for each in zip(*pairs, strict=True)], 1, BETWEEN))


def projection_and_patch(look: Look, at: tuple[int, int], sides: tuple[int, int]) -> tuple[Pixels, Pixels]:
    """Returns what excites a map in an image, projected back, and the patch of the image, with these sides.

    Args:
        look: of a probe that keeps `projection`, `box` and `picture` of maps (R, K, ...).
        at: the place among R and K.
        sides: height and width of both in the image's pixels.
    """
    by = max(1, SIDE // sides[1])
    seen = window(look.arrays["box"][at].tolist(), sides)
    projection = signed_pixels(look.arrays["projection"][at][seen], 1.0)
    patch = look.arrays["pixels"][look.arrays["picture"][at]][seen]
    return framed(enlarged(projection, by)), framed(enlarged(patch, by))


def window(box: Sequence[int], sides: tuple[int, int]) -> tuple[slice, slice, slice]:
    """Returns the part of an image (C, H, W) that is shown: at an edge, where a place sees less, some more.

    Args:
        box: top, bottom, left and right of what the place sees.
        sides: height and width of the part.
    """
    top, bottom, left, right = box
    first = [
        0 if low == 0 else high - side
        for low, high, side in ((top, bottom, sides[0]), (left, right, sides[1]))
    ]
    return slice(None), slice(first[0], first[0] + sides[0]), slice(first[1], first[1] + sides[1])
