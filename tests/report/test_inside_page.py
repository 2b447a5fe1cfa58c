import base64
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from glasslab.figures.pixels import picture
from glasslab.plan.probe import PROBES
from glasslab.report.drawing import Drawings
from glasslab.report.inside.blocks import Chart, Gallery, Note, Own, Part, Strip, Tile
from glasslab.report.inside.parts import PARTS
from glasslab.report.inside.pictures import write_pictures
from glasslab.report.inside_page import write_inside_page
from glasslab.report.sections.scores import main_figure
from tests.report.made_study import activations, exclusive_or
from tests.report.reading import read
from tests.report.test_inside_boundary import material


def image(level: int, side: int = 2) -> Tile:
    """Returns a tile of one grey."""
    return Tile(picture(np.full((1, side, side), level, dtype=np.uint8)), "a grey", f"grey {level}")


def names(paths: list[Path]) -> list[str]:
    """Returns the names of files."""
    return [path.name for path in paths]


def test_pictures_have_the_names_of_what_they_show(tmp_path: Path) -> None:
    rows = (Strip("ReLU, conv 1", (image(0), Tile(None, "dead"), image(9))), Strip("", (image(9),)))
    heads = ("3 is 5", "x", "mean")
    part = Part("p", "P", "", [Note("a"), Gallery("", rows, ""), Gallery("", rows[:1], "", heads)])
    assert names(write_pictures(part, tmp_path / "p")) == [
        "02-relu-conv-1-01-grey-0.png",
        "02-relu-conv-1-03-grey-9.png",
        "02-row-2-01-grey-9.png",
        "03-relu-conv-1-3-is-5-grey-0.png",
        "03-relu-conv-1-mean-grey-9.png",
    ]


def test_names_that_would_be_the_same_are_told_apart(tmp_path: Path) -> None:
    tile = image(1)
    part = Part("p", "P", "", [Own("x.html", {"rows": [{"a": tile.picture}, (tile.picture, tile)]})])
    assert names(write_pictures(part, tmp_path)) == ["01.png", "01-2.png", "01-a-grey-grey-1.png"]


def test_small_pictures_are_enlarged_pixel_by_pixel_and_large_ones_left(tmp_path: Path) -> None:
    pixels = np.array([[[0, 80], [160, 240]]], dtype=np.uint8)
    large = image(7, 200)
    part = Part("p", "P", "", [Gallery("", (Strip("s", (Tile(picture(pixels), ""), large)),), "")])
    small, left = write_pictures(part, tmp_path)
    with Image.open(small) as opened:
        assert np.array_equal(np.asarray(opened), pixels[0].repeat(128, 0).repeat(128, 1))
    assert large.picture is not None
    assert left.read_bytes() == base64.b64decode(large.picture.png.partition(",")[2])


def test_charts_are_written_and_what_an_earlier_look_left_is_gone(tmp_path: Path) -> None:
    drawn = main_figure(replace(material(activations(tmp_path / "study")), drawings=Drawings()))
    assert drawn is not None
    (tmp_path / "p").mkdir()
    (tmp_path / "p/old.png").write_bytes(b"")
    paths = write_pictures(Part("p", "P", "", [Chart(drawn)]), tmp_path / "p")
    assert sorted(paths) == sorted((tmp_path / "p").iterdir())
    with Image.open(io.BytesIO(paths[0].read_bytes())) as opened:
        assert opened.width > 1000  # twice the page's 864


def test_the_page_has_the_parts_of_the_report_for_this_run_alone(tmp_path: Path) -> None:
    results = exclusive_or(tmp_path)
    first = results.variants[0]
    study = replace(results.study, variants=(first.variant,), seeds=(0,), claims=(), baseline=None)
    made = write_inside_page(first.runs[0], study)
    assert made.path == first.runs[0].folder.path / "inside.html"
    assert list(made.parts) == ["boundary"]
    assert names(made.pictures["boundary"]) == ["01-hidden4-seed-0.png"]
    page = read(made.path.read_text(encoding="utf-8"))
    assert "Inside hidden4, seed 0" in page.text
    assert "glasslab inspect hidden4-s0-" in page.text
    assert made.parts["boundary"].opening in page.text
    assert len(page.named("img")) == 1
    (link,) = [str(each["href"]) for each in page.named("a") if not str(each["href"]).startswith("#")]
    assert (made.path.parent / link).is_file()


def test_a_file_that_cannot_be_read_is_said_on_the_page(tmp_path: Path) -> None:
    results = exclusive_or(tmp_path)
    first = results.variants[0]
    path = first.runs[0].folder.probe("boundary")
    path.write_bytes(b"torn")
    study = replace(results.study, variants=(first.variant,), seeds=(0,), claims=(), baseline=None)
    made = write_inside_page(first.runs[0], study)
    assert made.parts == {}
    assert "boundary.npz: cannot be read" in made.unreadable[0]
    assert "boundary.npz: cannot be read" in read(made.path.read_text(encoding="utf-8")).text


def test_every_probe_of_the_table_can_be_shown() -> None:
    assert set(PARTS) == set(PROBES)
