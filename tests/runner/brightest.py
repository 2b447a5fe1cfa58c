"""A probe for tests: the brightest pixel of each image; it fails when it is told to."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from glasslab.errors import StudyError
from glasslab.figures.pixels import picture
from glasslab.plan.probe import PROBES
from glasslab.plan.settings import Part, Settings, Whole
from glasslab.probes.chosen import chosen_rows
from glasslab.probes.layers import chosen_layers, layers_of
from glasslab.probes.prospect import Prospect
from glasslab.probes.subject import Arrays, Subject
from glasslab.report.inside import blocks
from glasslab.report.inside.parts import PARTS
from glasslab.report.material import Material

fault = {"broken": False}


class Brightest(Settings, frozen=True, kw_only=True, tag_field="name", tag="brightest"):
    """Settings of the probe."""

    images: tuple[Whole, ...] = ()
    layers: tuple[str, ...] = ()


def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the table of probes hold this one and the boundary, for one test."""
    for name in [name for name in reversed(PROBES) if name != "boundary"]:  # so they come back in order
        monkeypatch.delitem(PROBES, name)
    monkeypatch.setitem(PROBES, "brightest", Part(Brightest, "tests.runner.brightest:look"))
    monkeypatch.setitem(PARTS, "brightest", "tests.runner.brightest:brightest_part")
    monkeypatch.setitem(fault, "broken", False)


def check(prospect: Prospect, settings: Brightest) -> None:
    """Refuses what is no image, and layers that are not there."""
    if not prospect.has_images:
        raise StudyError([f"probes: 'brightest' needs images, these have {prospect.shape_words}"])
    chosen_layers(
        layers_of(prospect.net, prospect.input_shape), settings.layers, "brightest", "layers to name"
    )


def look(subject: Subject, settings: Brightest) -> Arrays:
    """Returns pixels (N, C, H, W) and the place of the brightest one (N,)."""
    check(subject.prospect, settings)
    if fault["broken"]:
        raise ValueError("no light")
    rows = chosen_rows(subject.tensors.test, settings.images, 3, "brightest")
    pixels = subject.pixels(subject.tensors.test, rows)
    return {"pixels": pixels, "place": pixels.reshape(len(rows), -1).argmax(1)}


def brightest_part(material: Material) -> blocks.Part | None:
    """Returns the images in a row."""
    looks = material.looks("brightest")
    if not looks:
        return None
    strips = tuple(blocks.Strip(each.variant, tuple(map(tile, each.arrays["pixels"]))) for each in looks)
    gallery = blocks.Gallery("Images", strips, "As they are.")
    return blocks.Part("brightest", "Brightest pixels", "Three images were looked at.", [gallery])


def tile(pixels: NDArray[Any]) -> blocks.Tile:
    """Returns one image."""
    return blocks.Tile(picture(np.asarray(pixels, dtype=np.uint8)), "an image", "a caption")
