"""The table of parts: what shows the arrays of each probe, by the probe's name."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module

from glasslab.analysis.names import setting_value
from glasslab.report.inside.blocks import Note, Part
from glasslab.report.material import Look, Material

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
    found = make(material)
    unlike = settings_apart(material.looks(probe))
    return replace(found, blocks=[Note(unlike), *found.blocks]) if found and unlike else found


def settings_apart(looks: Sequence[Look]) -> str:
    """Returns in which settings a probe's looks differ, so that they do not compare; empty for none."""
    keys = dict.fromkeys(key for look in looks for key in look.settings)
    apart = [key for key in keys if len({repr(look.settings.get(key)) for look in looks}) > 1]
    if not apart:
        return ""
    said = "; ".join(
        f"{look.variant} {', '.join(f'{key} {setting_value(look.settings.get(key))}' for key in apart)}"
        for look in looks
    )
    return f"Not taken with the same settings: {said}. Running the study again takes the study's own."
