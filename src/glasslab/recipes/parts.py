"""From a part's settings to the function that builds it."""

from importlib import import_module
from typing import Any

from glasslab.plan.settings import Part, Settings


def builder(table: dict[str, Part], settings: Settings) -> Any:
    """Returns the function that a table of parts names for these settings, importing its file."""
    name: Any = type(settings).__struct_config__.tag
    place, function = table[name].builder.split(":")
    return getattr(import_module(place), function)
