from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from glasslab.analysis.results import Results
from glasslab.report.drawing import Drawings
from glasslab.report.html import write_report
from glasslab.report.inside import boundary
from glasslab.report.inside.blocks import Own
from glasslab.report.inside.boundary import across, boundary_part
from glasslab.report.material import Material
from glasslab.report.sections.method import data_shown
from tests.report.made_study import activations, exclusive_or, moons, shapes
from tests.report.reading import read


def material(results: Results) -> Material:
    return Material(results, results.folder, Drawings(), "glasslab run it")


def content(results: Results) -> dict[str, Any]:
    found = boundary_part(material(results))
    assert found is not None
    (block,) = found.blocks
    assert isinstance(block, Own)
    return block.content


@pytest.fixture(scope="module")
def three_sets(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return shapes(tmp_path_factory.mktemp("shapes"))


def test_a_few_variants_are_shown_seed_by_seed(tmp_path: Path) -> None:
    found = content(exclusive_or(tmp_path))
    assert [row.title for row in found["rows"]] == ["hidden4", "linear"]
    assert [plane.seed for plane in found["rows"][0].planes] == [0, 1, 2, 3, 4, 5]
    assert [bool(row.classes) for row in found["rows"]] == [True, False]
    assert not found["small"]


def test_many_variants_are_shown_once_each_by_data_set(three_sets: Results) -> None:
    found = content(three_sets)
    rows = found["rows"]
    assert [(row.title, len(row.planes)) for row in rows] == [("blobs", 8), ("moons", 8), ("circles", 7)]
    for row in rows:
        assert all(plane.variant.startswith(row.title) for plane in row.planes)
    assert {plane.seed for row in rows for plane in row.planes} == {0}
    assert found["left_out"] == "Not shown: circles-20-tanh-0.1."
    assert rows[0].planes[0].picture.width == 242


def test_a_key_stands_where_the_classes_change(three_sets: Results) -> None:
    rows = content(three_sets)["rows"]
    assert [len(row.classes) for row in rows] == [3, 2, 0]


def test_every_picture_leads_to_its_run(three_sets: Results) -> None:
    for row in content(three_sets)["rows"]:
        for plane in row.planes:
            assert (three_sets.folder / plane.address / "run.json").is_file()


def test_where_the_first_seed_is_missing_the_next_one_is_shown(three_sets: Results) -> None:
    first = three_sets.variants[0]
    later = replace(first, runs={1: first.runs[1]}, missing=(0,))
    results = replace(three_sets, variants=(later, *three_sets.variants[1:]))
    assert content(results)["rows"][0].planes[0].seed == 1


def test_no_more_pictures_are_shown_than_a_reader_can_look_at(
    three_sets: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boundary, "MOST_VARIANTS", 10)
    found = content(three_sets)
    assert sum(len(row.planes) for row in found["rows"]) == 10
    assert "12 others" in found["left_out"]


@pytest.mark.parametrize("count, columns", [(5, 6), (6, 6), (7, 7), (8, 8), (12, 6), (16, 8), (24, 6)])
def test_pictures_stand_so_that_the_last_row_is_fullest(count: int, columns: int) -> None:
    assert across(count) == columns


def test_without_the_probe_there_is_no_part(tmp_path: Path) -> None:
    assert boundary_part(material(activations(tmp_path))) is None


def test_every_data_set_is_told_and_drawn_once(three_sets: Results) -> None:
    shown = data_shown(material(three_sets))
    assert [each.title for each in shown] == ["blobs", "moons", "circles"]
    assert [dict(each.facts)["classes"] for each in shown] == ["0, 1, 2", "0, 1", "0, 1"]
    figures = [each.points.figure for each in shown if each.points]
    assert [figure.title for figure in figures] == [f"{each.title}: the points of seed 0" for each in shown]
    assert [bool(figure.caption) for figure in figures] == [False, False, True]
    assert len({figure.name for figure in figures}) == 3


def test_one_data_set_needs_no_title(tmp_path: Path) -> None:
    (shown,) = data_shown(material(moons(tmp_path)))
    assert shown.title == ""
    assert shown.points is not None
    assert shown.points.figure.title == "The points of seed 0"
    assert [panel.title for panel in shown.points.figure.panels] == ["Training split", "Test split"]


def test_images_are_sampled_once_for_each_data_set(tmp_path: Path) -> None:
    (shown,) = data_shown(material(activations(tmp_path)))
    assert len(shown.samples) == 10
    assert shown.points is None


def test_the_page_holds_every_small_picture_with_its_words(three_sets: Results, tmp_path: Path) -> None:
    path = write_report(three_sets, tmp_path, command="glasslab run it")
    page = read(path.read_text(encoding="utf-8"))
    alternatives = [str(each["alt"]) for each in page.named("img")]
    assert sum("decision boundary" in each for each in alternatives) == 23
    found = [attributes["id"] for _, attributes in page.elements if attributes.get("id")]
    assert len(found) == len(set(found))
