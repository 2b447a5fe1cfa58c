"""A section of the report."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading.

    Attributes:
        name: of its template ("<name>.html") and of its place in the page ("#<name>").
        title: the heading.
        opening: a sentence that says what the section shows.
        content: what its template fills in.
    """

    name: str
    title: str
    opening: str
    content: dict[str, Any] = field(default_factory=dict)
