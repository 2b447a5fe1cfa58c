"""The table of parts: what shows the arrays of each probe, by the probe's name."""

from collections.abc import Callable
from importlib import import_module

from glasslab.report.inside.blocks import Part
from glasslab.report.material import Material

PARTS: dict[str, str] = {
    "boundary": "glasslab.report.inside.boundary:boundary_part",
    "attribution": "glasslab.report.inside.attribution:attribution_part",
    "occlusion": "glasslab.report.inside.occlusion:occlusion_part",
    "maximisation": "glasslab.report.inside.maximisation:maximisation_part",
    "filters": "glasslab.report.inside.filters:filters_part",
    "activations": "glasslab.report.inside.activations:activations_part",
    "memory": "glasslab.report.inside.memory:memory_part",
    "top9": "glasslab.report.inside.top9:top9_part",
    "deconvnet": "glasslab.report.inside.deconvnet:deconvnet_part",
    "evolution": "glasslab.report.inside.evolution:evolution_part",
    "invariance": "glasslab.report.inside.invariance:invariance_part",
    "trust": "glasslab.report.inside.trust:trust_part",
}
"""Probe -> "module:function", imported only when a study has used the probe."""


def part(material: Material, probe: str) -> Part | None:
    """Returns what a probe saw, None where no run has anything of it that can be shown."""
    module, function = PARTS[probe].split(":")
    make: Callable[[Material], Part | None] = getattr(import_module(module), function)
    return make(material)
