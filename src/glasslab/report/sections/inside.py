"""Inside the networks: what their probes saw, a part for each probe."""

from collections.abc import Sequence

from glasslab.plan.probe import probe_name
from glasslab.report.inside.parts import part
from glasslab.report.material import Material
from glasslab.report.section import Section

OF_ALL_SEEDS = ("boundary", "trust")  # they show or average a variant's seeds


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
    content = {"parts": parts, "whose": whose(material, names)}
    return Section("inside", "Inside the networks", opening, content)


def whose(material: Material, probes: Sequence[str]) -> str:
    """Returns of which runs the pictures and numbers are; empty where every part says it of itself."""
    of_one = [name for name in probes if name not in OF_ALL_SEEDS]
    looks = [look for name in of_one for look in material.looks(name)]
    seeds = {look.variant: look.run.manifest.seed for look in looks}
    if not seeds:
        return ""
    if len(set(seeds.values())) == 1:
        run = f"the run with seed {next(iter(seeds.values()))}"
    else:
        run = f"one run ({', '.join(f'{variant}: seed {seed}' for variant, seed in seeds.items())})"
    each = "of each variant " if len(seeds) > 1 else ""
    return (
        f"Pictures and numbers are of {run} {each}where nothing else is said; in another seed's network they "
        f"may differ."
    )
