"""Inside the networks: what their probes saw, a part for each probe."""

from glasslab.plan.probe import probe_name
from glasslab.report.inside.parts import part
from glasslab.report.material import Material
from glasslab.report.section import Section


def inside_section(material: Material) -> Section | None:
    """Returns what the probes saw, in the order in which the study names them; None where nothing is."""
    names = [probe_name(probe) for probe in material.results.study.probes]
    parts = [found for name in names if (found := part(material, name)) is not None]
    if not parts:
        return None
    if len(parts) == 1:
        opening = parts[0].opening
    else:
        opening = "What the trained networks respond to, and how far each picture of it can be trusted."
    return Section("inside", "Inside the networks", opening, {"parts": parts})
