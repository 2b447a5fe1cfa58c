"""Deconvnet: the projections of the maps that single images excite most, beside the images."""

from collections.abc import Sequence

import numpy as np

from glasslab.analysis.numbers import counted, share, significant
from glasslab.analysis.phrases import names
from glasslab.figures.curves import kept
from glasslab.figures.maps import signed
from glasslab.figures.mosaic import times
from glasslab.figures.pixels import picture
from glasslab.report.inside.blocks import Block, Gallery, Note, Part, Strip, Tile
from glasslab.report.material import Look, Material

SIZE = 84  # pixels on the page that an image is wide, about
COLUMNS = 8  # of projections: what a wide page holds beside the images
WHAT_IT_SHOWS = (
    "A projection shows what in the image excites this one map, not why the network chose the class: a "
    "deconvnet rectifies on its way back and so restores edges of the image whatever comes after the layer "
    "(Nie, Zhang and Patel 2018). Method: Zeiler and Fergus (2014), section 2.1, with the switches of "
    "max-pooling, from the single largest activation of the map."
)


def deconvnet_part(material: Material) -> Part | None:
    """Returns the projections by image, None where no run has any."""
    looks = material.looks("deconvnet")
    if not looks:
        return None
    blocks: list[Block] = [Note(WHAT_IT_SHOWS)]
    for look in looks:
        blocks += [*warnings(look), gallery(look), *left_out(look)]
    return Part("deconvnet", "What single images excite", " ".join(map(finding, looks)), blocks)


def finding(look: Look) -> str:
    """Returns how many maps of the last layer are among the strongest of all the images."""
    maps = look.arrays["maps"]
    layers = look.arrays["layers"].tolist()
    different = {place: len(np.unique(maps[place][maps[place] >= 0])) for place in kept(len(layers), 2)}
    said = [f"{number} different ones in {layers[place]}" for place, number in different.items()]
    return (
        f"{look.variant}: the {counted(maps.shape[2], 'strongest map')} of each of "
        f"{counted(maps.shape[1], 'image')} are {' and '.join(said)}."
    )


def warnings(look: Look) -> list[Block]:
    """Returns what the method was not made for in this network."""
    found: list[Block] = []
    others = look.arrays["others"].tolist()
    if others:
        found.append(
            Note(
                f"{look.variant} also has {names(others)} among its convolutions. A deconvnet has no rule "
                f"for that: there the plain derivative is used."
            )
        )
    if int(look.arrays["joins"]):
        joins = counted(int(look.arrays["joins"]), "place")
        found.append(
            Note(
                f"{look.variant} has skip connections ({joins} where branches "
                f"meet). A deconvnet as published has none: here what flows back from all of them is added."
            )
        )
    return found


def shown_layers(look: Look) -> list[int]:
    """Returns the places of the layers that are shown: all, or evenly chosen ones."""
    return kept(len(look.arrays["layers"]), COLUMNS)


def gallery(look: Look) -> Gallery:
    """Returns a row for each image: itself, then the projections layer by layer."""
    layers = shown_layers(look)
    maps = min(look.arrays["maps"].shape[2], max(1, COLUMNS // len(layers)))
    heads = [head(look, layer, rank) for layer in layers for rank in range(maps)]
    strips = tuple(strip(look, row, layers, maps) for row in range(len(look.arrays["labels"])))
    colour = look.arrays["pixels"].shape[1] == 3
    caption = (
        f"Each projection goes back from the largest activation of one map; below it the map's number and "
        f"that activation. {zero(colour)} Every projection has a scale of its own; it is exactly zero "
        f"outside of what the place in the map can see."
    )
    title = f"{look.variant}: what in each image excites its strongest maps"
    size = times(look.arrays["pixels"].shape[3], SIZE)
    return Gallery(title, strips, caption, heads=("image", *heads), size=size)


def head(look: Look, layer: int, rank: int) -> str:
    """Returns what stands over a column: the layer over its first map, then the ranks."""
    name = str(look.arrays["layers"][layer])
    return name if rank == 0 else f"{name}, {('', '2nd', '3rd')[rank] if rank < 3 else f'{rank + 1}th'}"


def zero(colour: bool) -> str:
    """Returns how to read signed pixels."""
    if colour:
        return "Zero is mid-grey."
    return "Zero is mid-grey, light and warm is positive, dark and blue negative."


def strip(look: Look, row: int, layers: Sequence[int], maps: int) -> Strip:
    """Returns one image with its projections."""
    arrays = look.arrays
    true, taken = (look.classes[arrays[key][row]] for key in ("labels", "predicted"))
    probability = share(float(arrays["probability"][row]), 0)
    said = f"taken for {taken}, {probability}" if taken != true else f"recognised, {probability}"
    image = Tile(picture(arrays["pixels"][row]), f"Test image {arrays['index'][row]}, {true}, {said}")
    tiles = [tile(look, row, layer, rank) for layer in layers for rank in range(maps)]
    return Strip(true, (image, *tiles), said)


def tile(look: Look, row: int, layer: int, rank: int) -> Tile:
    """Returns one projection."""
    arrays = look.arrays
    number = int(arrays["maps"][layer, row, rank])
    name = str(arrays["layers"][layer])
    if number < 0:
        return Tile(None, f"{name} has no further map")
    activation = float(arrays["activation"][layer, row, rank])
    if activation <= 0:
        return Tile(None, f"{name}: the image does not excite map {number}", f"map {number}", "not excited")
    top, bottom, left, right = arrays["box"][layer, row, rank].tolist()
    alternative = (
        f"{name}, map {number}, activation {significant(activation, 3)}: excited by rows {top} to "
        f"{bottom - 1} and columns {left} to {right - 1} of the image"
    )
    projection = signed(arrays["projection"][layer, row, rank], 1.0)
    return Tile(projection, alternative, f"map {number}", significant(activation, 3))


def left_out(look: Look) -> list[Block]:
    """Returns a sentence with the layers that are not shown."""
    shown = shown_layers(look)
    rest = [name for place, name in enumerate(look.arrays["layers"].tolist()) if place not in shown]
    return [Note(f"Not shown of {look.variant}: {names(rest)}; the run's folder has them.")] if rest else []
