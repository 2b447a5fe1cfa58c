"""The table of parts: what shows the arrays of each probe, by the probe's name."""

from collections.abc import Callable
from importlib import import_module

from glasslab.report.inside.blocks import Part
from glasslab.report.material import Material

PARTS: dict[str, str] = {
    "boundary": "glasslab.report.inside.boundary:boundary_part",
}
"""Probe -> "module:function", imported only when a study has used the probe."""


def part(material: Material, probe: str) -> Part | None:
    """Returns what a probe saw, None where no run has anything of it that can be shown."""
    module, function = PARTS[probe].split(":")
    make: Callable[[Material], Part | None] = getattr(import_module(module), function)
    return make(material)
