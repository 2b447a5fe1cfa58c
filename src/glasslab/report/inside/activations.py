"""Activations: maps of a few images layer by layer, and each filter's behaviour over the whole test set."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from glasslab.analysis.activations import (
    LayerActivity,
    activity,
    dead_names,
    dead_words,
    family,
    range_words,
)
from glasslab.analysis.numbers import share, significant
from glasslab.figures.boxplots import draw
from glasslab.figures.curves import kept
from glasslab.figures.maps import heat, largest_of, signed
from glasslab.figures.pixels import Picture, picture
from glasslab.report.inside.beside import Row, Shown, beside, examples
from glasslab.report.inside.blocks import Block, Chart, Gallery, Part, Strip, Table, Tile
from glasslab.report.material import Look, Material

MAP = 56  # pixels on the page
STRIP, STRIP_HEIGHT = 560, 34  # of a dense layer's units
MOST_FILTERS = 32  # rows of a table
ALONE, TOGETHER = 5, 2  # layers with pictures: of a single variant, of each of several

Numbers = tuple[Look, tuple[LayerActivity, ...]]


def activations_part(material: Material) -> Part | None:
    """Returns what the layers give, None where no run has it."""
    found = [(look, activity(look.arrays)) for look in material.looks("activations")]
    if not found:
        return None
    blocks: list[Block] = [layers_table(found)]
    for number, (look, layers) in enumerate(found, start=1):
        title = f"{look.variant}: {range_words(layers) or 'activations by filter'}"
        figure = draw(f"activations-{number}", look.variant, family(layers), material.colours, title)
        blocks.append(Chart(material.drawings.draw(figure)))
    for look, layers in found:
        blocks += pictures(look, layers, ALONE if len(found) == 1 else TOGETHER)
    begun = [(look, layers[0]) for look, layers in found if len(layers) > 1]  # else it is the output
    if begun:
        blocks.append(first_layer_table(begun))
    return Part("activations", "Activations", opening(found), blocks)


def opening(found: Sequence[Numbers]) -> str:
    """Returns the findings for each network."""
    said = []
    for look, layers in found:
        parts = [part for part in (dead_words(layers), range_words(layers)) if part]
        if parts:
            said.append(f"{look.variant}: {'; '.join(parts)}.")
    return " ".join(said) or "What each layer gives, over the whole test set and for single examples."


def layers_table(found: Sequence[Numbers]) -> Table:
    """Returns each layer's mean, deviation, zeros, dead filters and selectivity."""
    several = len(found) > 1
    rows = []
    for look, layers in found:
        for each in layers:
            mean, deviation = each.whole
            known = each.selectivity[np.isfinite(each.selectivity)]
            rows.append(
                (
                    f"{look.variant}, {each.name}" if several else each.name,
                    str(each.count),
                    significant(mean, 3),
                    significant(deviation, 3),
                    significant(float(np.median(each.spans)), 2),
                    share(float(each.zeros.mean())),
                    dead_names(each),
                    significant(float(np.median(known)), 2) if len(known) else "–",
                )
            )
    heads = ("layer", "filters", "mean", "std. dev.", "span", "zeros", "dead", "selectivity")
    return Table("What each layer gives over the whole test set", heads, tuple(rows), LAYERS)


LAYERS = (
    "Mean and standard deviation over all filters, places and test examples. Span: of the central 90 % of a "
    "filter's values, median over filters. Dead: never above 0 for any test example, told of layers in which "
    "nothing is below 0. Selectivity by class: (a − b) / (a + b), a the mean over the class that a filter "
    "answers to most, b over the others, median over filters; 0 answers to all classes alike, 1 to one alone "
    "(Morcos et al., 2018)."
)


def first_layer_table(found: Sequence[tuple[Look, LayerActivity]]) -> Table:
    """Returns mean and deviation of each filter of the first layer, networks side by side."""
    first = [(look.variant, layer) for look, layer in found]
    count = max(each.count for _, each in first)
    heads = ["filter"]
    for name, each in first:
        heads += [f"{name}, {each.name}: mean", "std. dev."] if len(first) > 1 else ["mean", "std. dev."]
    rows = []
    for place in range(min(count, MOST_FILTERS)):
        cells = [str(place)]
        for _, each in first:
            has = place < each.count
            numbers = (each.mean[place], each.deviation[place]) if has else ()
            cells += [significant(float(v), 3) for v in numbers] if has else ["", ""]
        rows.append(tuple(cells))
    of = f" The first {MOST_FILTERS} of {count}." if count > MOST_FILTERS else ""
    title = "Each filter of the first layer" + (f", {first[0][1].name}" if len(first) == 1 else "")
    caption = f"Over all places of its map in all test examples.{of}"
    return Table(title, tuple(heads), tuple(rows), caption, folded=True)


def pictures(look: Look, layers: Sequence[LayerActivity], most: int) -> list[Block]:
    """Returns the maps of some layers, and the units of the last hidden one."""
    maps = [place for place in range(len(layers)) if look.arrays[f"maps_{place}"].ndim == 4]
    units = [place for place in range(len(layers)) if look.arrays[f"maps_{place}"].ndim == 2]
    blocks: list[Block] = [map_gallery(look, layers[place], place) for place in chosen(layers, maps, most)]
    hidden = chosen(layers, units[:-1] if len(units) > 1 else units, 2 if most == ALONE else 1)
    return [*blocks, *(unit_rows(look, layers[place], place) for place in hidden)]


def chosen(layers: Sequence[LayerActivity], places: Sequence[int], most: int) -> list[int]:
    """Returns the layers to show: those after an activation function if there are any, evenly chosen."""
    active = [place for place in places if layers[place].kind == "activation"] or list(places)
    return [active[at] for at in kept(len(active), most)] if most > 1 else active[-1:]


def map_gallery(look: Look, layer: LayerActivity, place: int) -> Gallery:
    """Returns a layer's maps of each image, all on one scale."""
    maps, which = look.arrays[f"maps_{place}"], look.arrays[f"which_{place}"].tolist()
    strips = []
    for example, own in zip(examples(look), range(len(maps)), strict=True):
        image = picture(look.arrays["pixels"][own]) if "pixels" in look.arrays else None
        tiles = [Tile(image, f"{example.name}")] if image else []
        tiles += [
            Tile(shown(each, maps), f"Map {number} of {layer.name}, {example.name}: {peak(each)}")
            for each, number in zip(maps[own], which, strict=True)
        ]
        strips.append(Strip(example.true, tuple(tiles), example.verdict))
    heads = (("image",) if "pixels" in look.arrays else ()) + tuple(map(str, which))
    title = f"{look.variant}: maps of {layer.name}"
    of = "" if len(which) == layer.count else f" The {len(which)} of {layer.count} filters that vary most."
    return Gallery(title, tuple(strips), scale_words(maps) + of, heads, MAP)


def unit_rows(look: Look, layer: LayerActivity, place: int) -> Block:
    """Returns a dense layer's units as strips, beside the images."""
    units = look.arrays[f"maps_{place}"]
    rows = []
    for at, example in enumerate(examples(look)):
        image = None
        if "pixels" in look.arrays:
            seen = picture(look.arrays["pixels"][at])
            image = Shown(seen, example.name, MAP, round(MAP * seen.height / seen.width))
        strongest = int(np.abs(units[at]).argmax())
        words = f"Units of {layer.name}, {example.name}: the strongest is {strongest}"
        strip = Shown(shown(units[at][None], units), words, STRIP, STRIP_HEIGHT)
        rows.append(Row(example.true, example.verdict, (image, strip) if image else (strip,)))
    heads = ("image", f"units 0 to {units.shape[1] - 1}") if "pixels" in look.arrays else ("units",)
    title = f"{look.variant}: units of {layer.name}"
    return beside(title, heads, rows, scale_words(units))


def shown(values: NDArray[np.float32], among: NDArray[np.float32]) -> Picture:
    """Returns a map on the scale of all that it is shown among."""
    if among.min() >= 0:
        return heat(values, 0.0, float(among.max()))
    return signed(values, largest_of(among))


def scale_words(values: NDArray[np.float32]) -> str:
    """Returns how to read maps on one scale."""
    if values.min() >= 0:
        return f"Dark is 0, light {significant(float(values.max()), 2)}; one scale for all."
    top = significant(largest_of(values), 2)
    return f"Mid-grey is 0, light and warm up to {top}, dark and blue down to −{top}; one scale for all."


def peak(values: NDArray[np.float32]) -> str:
    """Returns where a map is strongest, in words."""
    if not values.any():
        return "nothing"
    row, column = np.unravel_index(int(np.abs(values).argmax()), values.shape)
    return f"strongest {significant(float(values[row, column]), 2)} at row {row + 1}, column {column + 1}"
