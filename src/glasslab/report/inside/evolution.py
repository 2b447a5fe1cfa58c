"""Evolution: when the maps of each layer settle, and what they answer to on the way."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from glasslab.analysis.evolution import SETTLED, end_words, layers_over_time, settled_by, stage_words
from glasslab.analysis.numbers import count, counted, fixed, significant
from glasslab.analysis.phrases import names
from glasslab.figures.curves import kept
from glasslab.figures.evolution import Words, draw
from glasslab.figures.mosaic import drawn, mosaic
from glasslab.report.inside.blocks import Block, Chart, Gallery, Note, Part, Strip, Table, Tile
from glasslab.report.inside.deconvnet import WHAT_IT_SHOWS, warnings, zero
from glasslab.report.inside.top9 import projection_and_patch
from glasslab.report.material import Look, Material

BETWEEN = 4  # between a projection and its patch
MOST_LAYERS = (4, 3, 2)  # shown of one variant, of two, of more
MOST_STAGES = 8  # shown of a training
LAYERS_SAID = 2  # in the opening


def evolution_part(material: Material) -> Part | None:
    """Returns how maps came to be, None where no run has kept anything of it."""
    looks = material.looks("evolution")
    if not looks:
        return None
    most = MOST_LAYERS[min(len(looks), len(MOST_LAYERS)) - 1]
    blocks: list[Block] = [settling(material, looks), same_images(looks), Note(WHAT_IT_SHOWS)]
    for look in looks:
        blocks += warnings(look)
        layers = look.arrays["layers"].tolist()
        places = kept(len(layers), most)
        blocks += [gallery(look, place, place == places[0]) for place in places]
        rest = [name for place, name in enumerate(layers) if place not in places]
        if rest:
            blocks.append(Note(f"Not shown of {look.variant}: {names(rest)}; the run's folder has them."))
    return Part("evolution", "How feature maps come to be", opening(looks), blocks)


def opening(looks: Sequence[Look]) -> str:
    """Returns when the first and the last layer have settled."""
    said = []
    for look in looks:
        arrays = look.arrays
        layers = arrays["layers"].tolist()
        each = [f"{layers[place]} {settled_by(arrays, place)}" for place in kept(len(layers), LAYERS_SAID)]
        said.append(f"{look.variant}: {' and '.join(each)}")
    return (
        f"From when on a layer's maps answer as they do at the end (correlation of {SETTLED} or more): "
        f"{'; '.join(said)}."
    )


def settling(material: Material, looks: Sequence[Look]) -> Chart:
    """Returns how like its end each layer is along the training."""
    found = {look.variant: layers_over_time(look.arrays) for look in looks}
    searched = counted(int(looks[0].arrays["searched"]), "test image")
    caption = (
        f"Pearson's correlation, over {searched}, between a map's largest activation in each image then and "
        f"at the end; mean over the layer's maps that are not dead at the end. 1 is the end itself, dashed "
        f"{SETTLED}. Places along the axis are those of the kept weights, not to scale. Colours are layers: "
        f"dark for the first, light for the last."
    )
    told = "; ".join(
        f"{name}: {', '.join(f'{line.layer} {fixed(line.alike[0], 2)} at first' for line in lines)}"
        for name, lines in found.items()
    )
    said = Words("How like its end each layer is", caption, f"How like its end each layer is. {told}.")
    stages = {look.variant: stage_words(look.arrays) for look in looks}
    return Chart(material.drawings.draw(draw(found, stages, said)))


def same_images(looks: Sequence[Look]) -> Table:
    """Returns the share of maps that the image of the end excites most already."""
    stages = stage_words(looks[0].arrays)
    rows = []
    for look in looks:
        own = stage_words(look.arrays)
        for place, layer in enumerate(look.arrays["layers"].tolist()):
            shares = dict(zip(own, look.arrays["same"][place].tolist(), strict=True))
            first = f"{look.variant}, {layer}" if len(looks) > 1 else str(layer)
            cells = (shares.get(stage, math.nan) for stage in stages)
            rows.append((first, *("" if math.isnan(each) else fixed(100 * each, 0) for each in cells)))
    return Table(
        "Maps whose strongest image is that of the end, %",
        ("layer", *stages),
        tuple(rows),
        "A jump in a row of the pictures below is a new strongest image, and no gradual change of the map "
        "(Zeiler and Fergus 2014, section 4).",
    )


def gallery(look: Look, place: int, full: bool) -> Gallery:
    """Returns the maps of one layer, a row each, from left to right through the training."""
    arrays = look.arrays
    words = [*stage_words(arrays), end_words(arrays)]
    stages = kept(len(words), MOST_STAGES)
    rows = np.flatnonzero(arrays["of_layer"] == place).tolist()
    top, bottom, left, right = arrays["box"][rows].reshape(-1, 4).T
    sides = (int((bottom - top).max()), int((right - left).max()))
    strips = tuple(strip(look, row, stages, sides) for row in rows)
    width = max((t.picture.width for each in strips for t in each.tiles if t.picture), default=64)
    colour = arrays["pixels"].shape[1] == 3
    caption = (
        f"A row is one map, each picture what excites it most after so much training: above, projected back "
        f"by a deconvnet, each on a scale of its own; below, the patch of the test image. {zero(colour)} "
        f"Under them: its class, marked where the image is another than before, its number, the activation."
    )
    layer = str(arrays["layers"][place])
    title = f"{look.variant}, {layer}: the {counted(len(rows), 'map')} that are strongest at the end"
    heads = tuple(words[stage] for stage in stages)
    return Gallery(title, strips, caption if full else "Read as the layer above.", heads, width)


def strip(look: Look, row: int, stages: Sequence[int], sides: tuple[int, int]) -> Strip:
    """Returns one map at some stages."""
    arrays = look.arrays
    index, activation = arrays["index"][row], arrays["activation"][row]
    jumps = {later for now, later in pairwise(stages) if index[now] != index[later]}
    tiles = []
    for stage in stages:
        name = look.classes[arrays["labels"][row, stage]]
        if activation[stage] <= 0:
            tiles.append(Tile(None, "dead: 0 for every image searched", "dead"))
            continue
        mark = "→ " if stage in jumps else ""
        size = significant(float(activation[stage]), 3)
        alternative = f"test image {index[stage]}, {name}, activation {size}"
        tiles.append(
            Tile(
                drawn(mosaic(projection_and_patch(look, (row, stage), sides), 1, BETWEEN)),
                alternative,
                f"{mark}{name}",
                f"{count(int(index[stage]))} · {size}",
            )
        )
    return Strip(f"map {arrays['map'][row]}", tuple(tiles))
