"""The table of probes: ways to look inside a trained network, by name."""

from typing import Annotated, Any

from msgspec import Meta

from glasslab.errors import nearest
from glasslab.plan.settings import Part, Problems, Settings, show


class Boundary(Settings, frozen=True, kw_only=True):
    """What class the network gives every point of the plane; for data with two features.

    Attributes:
        side: points along each side of the grid.
    """

    side: Annotated[int, Meta(ge=2, le=1000)] = 121


PROBES: dict[str, Part] = {
    "boundary": Part(Boundary, "glasslab.probes.boundary:look"),
}


def read_probes(value: Any, problems: Problems) -> tuple[str, ...]:
    """Returns the names of the probes, after noting what is wrong with them."""
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        problems.add("probes", f"must be a list of names, got {show(value)}")
        return ()
    for name in value:
        if name not in PROBES:
            problems.add("probes", f"no probe '{name}'{nearest(name, PROBES)}")
    if len(set(value)) < len(value):
        problems.add("probes", f"names a probe twice: {show(value)}")
    return tuple(value)
