"""What a part of "inside the networks" is put together from: galleries, charts, tables and sentences."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from glasslab.figures.pixels import Picture
from glasslab.report.drawing import Drawn


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture of a gallery, with what is said of it.

    Attributes:
        picture: what is seen; None leaves the place empty, as for a filter that is dead.
        alternative: the finding in words, for who cannot see it.
        caption: below the picture, a few words; empty for none.
        note: below that, in small print.
    """

    picture: Picture | None
    alternative: str
    caption: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Strip:
    """A row of a gallery.

    Attributes:
        title: what the row is, such as a variant, a layer or a filter; empty for none.
        tiles: from left to right.
        note: small print beside the title.
    """

    title: str
    tiles: tuple[Tile, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Gallery:
    """Pictures in rows.

    Attributes:
        title: what stands over it, the finding where one can be stated.
        strips: its rows.
        caption: how to read the pictures: what zero is, on which scale, over which images.
        heads: what stands over the columns, where all rows have the same; empty for rows that wrap.
        size: pixels on the page that a picture is wide.
        smooth: only for pictures that are drawings; those of pixels are never smoothed.
    """

    template: ClassVar[str] = "blocks/gallery.html"
    title: str
    strips: tuple[Strip, ...]
    caption: str
    heads: tuple[str, ...] = ()
    size: int = 72
    smooth: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure."""

    template: ClassVar[str] = "blocks/chart.html"
    drawn: Drawn


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose first column names the rows; all others hold numbers, as text.

    Attributes:
        title: what stands over it.
        heads: of all columns, the first one's included.
        rows: cells as text, as many as there are heads.
        caption: below it; empty for none.
        folded: to be opened by the reader, with the title to click on.
    """

    template: ClassVar[str] = "blocks/table.html"
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """A paragraph: a finding, a warning, how to read what follows, where a method comes from."""

    template: ClassVar[str] = "blocks/note.html"
    text: str


@dataclass(frozen=True, slots=True)
class Own:
    """What no other block can show, by a template of its own.

    Attributes:
        template: its file.
        content: what that fills in, under the name `c`.
    """

    template: str
    content: dict[str, Any] = field(default_factory=dict)


Block = Gallery | Chart | Table | Note | Own


@dataclass(frozen=True, slots=True)
class Part:
    """What one probe saw, as the report shows it.

    Attributes:
        name: the probe's, and of the place in the page ("#inside-<name>").
        title: the heading, in sentence case.
        opening: a sentence with the finding, where one can be stated.
        blocks: from top to bottom.
    """

    name: str
    title: str
    opening: str
    blocks: Sequence[Block]
