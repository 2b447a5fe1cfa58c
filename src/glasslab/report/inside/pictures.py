"""The pictures of a part as PNG files, with names that tell what is seen."""

import base64
import io
import re
import shutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from glasslab.figures.pixels import Picture
from glasslab.report.inside.blocks import Chart, Gallery, Own, Part

SIDE = 256  # pixels: smaller pictures are enlarged up to it, every pixel of the data to a square
LONGEST = 60  # characters of a file's name
SCALE = 2  # pixels of a chart's file for each on the page

Named = tuple[list[str], Picture]


def write_pictures(part: Part, folder: Path) -> list[Path]:
    """Writes every picture and chart of a part into a folder of its own, and returns their paths.

    Args:
        part: what one probe saw.
        folder: emptied of what an earlier look has left.
    """
    shutil.rmtree(folder, ignore_errors=True)
    taken: dict[Path, bytes] = {}
    for number, block in enumerate(part.blocks, start=1):
        if isinstance(block, Chart):
            found: Iterator[tuple[list[str], bytes]] = charts(block)
        elif isinstance(block, Gallery):
            found = ((words, enlarged(picture)) for words, picture in of_gallery(block))
        elif isinstance(block, Own):
            found = ((words, enlarged(picture)) for words, picture in within(block.content))
        else:
            continue
        for words, content in found:
            taken[free(folder, [f"{number:02d}", *words], taken)] = content
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in taken.items():
        path.write_bytes(content)  # hundreds, and soon made again: the disk is not waited for
    return list(taken)


def of_gallery(gallery: Gallery) -> Iterator[Named]:
    """Yields a gallery's pictures: row, column, and what stands below."""
    for row, strip in enumerate(gallery.strips, start=1):
        for place, tile in enumerate(strip.tiles, start=1):
            if tile.picture is not None:
                head = gallery.heads[place - 1] if place <= len(gallery.heads) else ""
                words = [strip.title or f"row {row}", head or f"{place:02d}", tile.caption]
                yield words, tile.picture


def within(content: Any) -> Iterator[Named]:
    """Yields the pictures inside any value, each with the first two things that are said beside it."""
    if isinstance(content, dict):
        content = list(content.values())
    if isinstance(content, list | tuple):
        for each in content:
            yield from within(each)
    elif isinstance(content, Picture):
        yield [], content
    elif is_dataclass(content):
        own = {each.name: getattr(content, each.name) for each in fields(content)}
        simple = [(name, value) for name, value in own.items() if type(value) in (int, str)]
        said = [value if isinstance(value, str) else f"{name} {value}" for name, value in simple]
        for value in own.values():
            for words, picture in within(value):
                yield words or said[:2], picture


def charts(chart: Chart) -> Iterator[tuple[list[str], bytes]]:
    """Yields a figure's panels."""
    import vl_convert  # noqa: PLC0415 starts a JavaScript engine; only drawing needs it

    for still in chart.drawn.stills:
        yield [still.name, still.title], vl_convert.svg_to_png(str(still.svg), scale=SCALE)


def enlarged(picture: Picture) -> bytes:
    """Returns a picture as a PNG file that one can see, every pixel of it a square."""
    content = base64.b64decode(picture.png.partition(",")[2])
    times = SIDE // max(picture.width, picture.height)
    if times < 2:
        return content
    file = io.BytesIO()
    with Image.open(io.BytesIO(content)) as image:
        size = (image.width * times, image.height * times)
        image.resize(size, Image.Resampling.NEAREST).save(file, format="PNG")
    return file.getvalue()


def free(folder: Path, words: list[str], taken: dict[Path, bytes]) -> Path:
    """Returns a path that says these words in plain letters, and that no other picture has."""
    plain = re.sub(r"[^a-z0-9]+", "-", " ".join(words).lower()).strip("-")[:LONGEST].strip("-")
    path, number = folder / f"{plain}.png", 1
    while path in taken:
        number += 1
        path = folder / f"{plain}-{number}.png"
    return path
