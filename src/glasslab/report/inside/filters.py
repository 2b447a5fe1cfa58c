"""First-layer filters: each on a scale of its own, then all on a common one."""

from collections.abc import Sequence

import numpy as np

from glasslab.analysis.filters import DEAD_BELOW, DOMINANT_ABOVE, FirstLayer, evenness, first_layer, structure
from glasslab.analysis.numbers import count, counted, share, significant
from glasslab.figures.maps import largest_of, signed
from glasslab.report.inside.blocks import Block, Gallery, Note, Part, Strip, Table, Tile
from glasslab.report.material import Look, Material

SMALL, LARGE = 56, 72  # pixels on the page
FEW = 20  # so many filters have room for large pictures


def filters_part(material: Material) -> Part | None:
    """Returns the filters of the first layer, None where no run has any."""
    looks = material.looks("filters")
    if not looks:
        return None
    found = [first_layer(look.arrays) for look in looks]
    blocks: list[Block] = [
        own_scale(looks, found),
        common_scale(looks, found),
        Note(
            f"Rules: a filter dominates when the root mean square (RMS) of its weights is more than "
            f"{DOMINANT_ABOVE:g} times the median filter's; it is dead below {DEAD_BELOW:g} of the median. "
            f"Untrained weights are independent, and neighbours among them correlate by about 0. After "
            f"Zeiler and Fergus (2014), Fig. 6."
        ),
        strengths(looks, found),
    ]
    return Part("filters", "First-layer filters", opening(looks, found), blocks)


def opening(looks: Sequence[Look], found: Sequence[FirstLayer]) -> str:
    """Returns the finding for each network."""
    said = []
    for look, each in zip(looks, found, strict=True):
        rest = "; ".join(part for part in (evenness(each), structure(each)) if part)
        said.append(f"{look.variant}: of {counted(len(each.rms), 'filter')} {rest}.")
    return " ".join(said)


def own_scale(looks: Sequence[Look], found: Sequence[FirstLayer]) -> Gallery:
    """Returns the filters, each as strong as its picture allows: what it looks for."""
    strips = tuple(strip(look, each, None) for look, each in zip(looks, found, strict=True))
    caption = (
        f"{reading(looks)} Each filter has a scale of its own, which shows what it looks for and hides how "
        f"strongly. Below it: its number, and its RMS as a share of the largest."
    )
    return Gallery("What each filter looks for", strips, caption, size=size(looks))


def common_scale(looks: Sequence[Look], found: Sequence[FirstLayer]) -> Gallery:
    """Returns the filters on one scale a network: how strongly each looks."""
    strips = tuple(
        strip(look, each, largest_of(look.arrays["weights"])) for look, each in zip(looks, found, strict=True)
    )
    caption = (
        f"{reading(looks)} All filters of a network share one scale: a filter that dominates is strong here, "
        f"a dead one is uniformly grey."
    )
    return Gallery("The same filters on a common scale", strips, caption, size=size(looks))


def strip(look: Look, found: FirstLayer, largest: float | None) -> Strip:
    """Returns one network's filters; on the scale of each where none is given."""
    weights, index = look.arrays["weights"], look.arrays["index"].tolist()
    parts = found.share_of_largest
    tiles = tuple(
        Tile(
            signed(each, largest_of(each) if largest is None else largest),
            f"Filter {number}{what(found, number)}, RMS {significant(found.rms[number], 2)}",
            f"{number}{what(found, number)}" if largest is None else "",
            share(float(parts[number]), 0) if largest is None else "",
        )
        for each, number in zip(weights, index, strict=True)
    )
    left_out = len(found.rms) - len(index)
    note = (
        f"{len(index)} of {count(len(found.rms))}, strong to weak"
        if left_out
        else counted(len(index), "filter")
    )
    return Strip(f"{look.variant}, {look.arrays['layer']}", tiles, f"{note}, {sides(look)}")


def what(found: FirstLayer, number: int) -> str:
    """Returns what a filter is besides its number: " dead", " dominant" or nothing."""
    if number in found.dead:
        return " dead"
    return " dominant" if number in found.dominant else ""


def sides(look: Look) -> str:
    """Returns the size of the filters in pixels: "5 × 5 pixels"."""
    height, width = look.arrays["weights"].shape[-2:]
    return f"{height} × {width} pixels"


def reading(looks: Sequence[Look]) -> str:
    """Returns how to read the pictures."""
    colour = {look.arrays["weights"].shape[1] == 3 for look in looks}
    said = []
    if True in colour:
        said.append("Mid-grey is zero; a colour is what the filter answers to in red, green and blue.")
    if False in colour:
        said.append("Mid-grey is zero, light and warm is positive, dark and blue negative.")
    return " ".join(said)


def size(looks: Sequence[Look]) -> int:
    """Returns how wide a filter is on the page, pixels."""
    return LARGE if max(len(look.arrays["index"]) for look in looks) <= FEW else SMALL


def strengths(looks: Sequence[Look], found: Sequence[FirstLayer]) -> Table:
    """Returns how strong the filters of each network are."""
    heads = (
        "network",
        "filters",
        "dead",
        "dominant",
        "RMS: least",
        "median",
        "largest",
        "neighbours correlate",
    )
    rows = []
    for look, each in zip(looks, found, strict=True):
        spread = (float(np.min(each.rms)), float(np.median(each.rms)), float(np.max(each.rms)))
        smooth = "" if each.smoothness is None else significant(each.smoothness, 2)
        counts = (len(each.rms), len(each.dead), len(each.dominant))
        rows.append((look.variant, *map(str, counts), *(significant(v, 3) for v in spread), smooth))
    return Table("How strong the filters are", heads, tuple(rows))
