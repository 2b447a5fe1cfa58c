"""The table of probes: ways to look inside a trained network, by name, and their settings."""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from glasslab.errors import nearest
from glasslab.plan.settings import Part, Problems, Settings, part_name, plain, read, show


class Boundary(Settings, frozen=True, kw_only=True, tag_field="name", tag="boundary"):
    """What class the network gives every point of the plane; for data with two features.

    Attributes:
        side: points along each side of the grid.
    """

    side: Annotated[int, Meta(ge=2, le=1000)] = 121


PROBES: dict[str, Part] = {
    "boundary": Part(Boundary, "glasslab.probes.boundary:look"),
}

FORM = 'a name, or a table such as { name = "boundary", side = 61 }'


def probe_name(settings: Settings) -> str:
    """Returns the name that a study chooses a probe by."""
    return part_name(settings)


def probe_table(settings: Settings) -> dict[str, Any]:
    """Returns a probe's settings as a table of plain values, its name first."""
    return plain(settings)


def read_probes(value: Any, problems: Problems) -> tuple[Settings, ...]:
    """Returns the probes that a study asks for, after noting what is wrong with them.

    Args:
        value: a list of names, or of tables of a name with settings.
        problems: receives a sentence for everything wrong.
    """
    if not isinstance(value, list):
        problems.add("probes", f"must be a list of names, got {show(value)}")
        return ()
    found = [probe for each in value if (probe := read_probe(each, problems)) is not None]
    names = [probe_name(probe) for probe in found]
    if len(set(names)) < len(names):
        problems.add("probes", f"names a probe twice: {show(names)}")
    return tuple(found)


def read_probe(value: Any, problems: Problems, place: str = "probes") -> Settings | None:
    """Returns one probe's settings from a name or a table, or None after noting what is wrong with it."""
    table = {"name": value} if isinstance(value, str) else value
    if not isinstance(table, Mapping) or not isinstance(table.get("name"), str):
        problems.add(place, f"each must be {FORM}; got {show(value)}")
        return None
    name = table["name"]
    if name not in PROBES:
        problems.add(place, f"no probe '{name}'{nearest(name, PROBES)}")
        return None
    own = {key: each for key, each in table.items() if key != "name"}
    return read(PROBES[name].settings, own, f"{place}, {name}:", problems, PROBES)
