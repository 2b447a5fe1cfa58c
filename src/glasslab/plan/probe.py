"""The table of probes: ways to look inside a trained network, by name."""

import msgspec

from glasslab.plan.settings import Part, Settings


class Boundary(Settings, frozen=True, kw_only=True):
    """What class the network gives every point of the plane; for data with two features.

    Attributes:
        side: points along each side of the grid.
    """

    side: int = 121


PROBES: dict[str, Part] = {
    "boundary": Part(Boundary, "glasslab.probes.boundary:look"),
}


def settings_of(name: str) -> Settings:
    """Returns a probe's settings at their defaults."""
    return msgspec.convert({}, PROBES[name].settings)
