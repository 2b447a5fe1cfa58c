from pathlib import Path

import pytest

from glasslab.analysis.results import Results
from glasslab.report.inside.blocks import Gallery, Note, Part
from glasslab.report.inside.deconvnet import deconvnet_part
from tests.report.made_study import activations
from tests.report.probe_arrays import deconvnet_arrays, keep, material


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return activations(tmp_path, probes=["deconvnet"], seeds=1)


def part_of(results: Results) -> Part:
    found = deconvnet_part(material(results))
    assert found is not None
    return found


def gallery(part: Part) -> Gallery:
    (found,) = (block for block in part.blocks if isinstance(block, Gallery))
    return found


def test_without_any_look_there_is_no_part(results: Results) -> None:
    assert deconvnet_part(material(results)) is None


def test_each_image_stands_beside_its_projections(results: Results) -> None:
    keep(results, "relu", "deconvnet", deconvnet_arrays())
    found = gallery(part_of(results))
    assert found.heads == (
        "image",
        "relu1",
        "relu1, 2nd",
        "relu1, 3rd",
        "relu2",
        "relu2, 2nd",
        "relu2, 3rd",
    )
    first, second = found.strips
    assert (first.title, first.note) == ("3", "recognised, 91 %")
    assert (second.title, second.note) == ("5", "taken for 2, 52 %")
    assert [tile.caption for tile in first.tiles] == ["", "map 4", "map 2", "", "map 7", "map 1", "map 0"]
    assert first.tiles[1].note == "2.50"
    assert first.tiles[1].alternative == (
        "relu1, map 4, activation 2.50: excited by rows 1 to 4 and columns 0 to 3 of the image"
    )
    assert found.size == 80  # ten times eight pixels


def test_missing_maps_and_maps_that_are_not_excited_stay_empty(results: Results) -> None:
    keep(results, "relu", "deconvnet", deconvnet_arrays())
    tiles = gallery(part_of(results)).strips[0].tiles
    assert (tiles[3].picture, tiles[3].alternative) == (None, "relu1 has no further map")
    assert (tiles[6].picture, tiles[6].note) == (None, "not excited")


def test_the_opening_counts_different_maps(results: Results) -> None:
    keep(results, "relu", "deconvnet", deconvnet_arrays())
    assert part_of(results).opening == (
        "relu: the 3 strongest maps of each of 2 images are 2 different ones in relu1 and 5 different ones "
        "in relu2."
    )


def test_of_many_layers_eight_are_shown_with_one_map_each(results: Results) -> None:
    keep(results, "relu", "deconvnet", deconvnet_arrays(layers=10, channels=3))
    part = part_of(results)
    found = gallery(part)
    assert found.heads == ("image", *(f"relu{number}" for number in (1, 2, 4, 5, 6, 7, 9, 10)))
    assert Note("Not shown of relu: relu3 and relu8; the run's folder has them.") in part.blocks
    assert "Zero is mid-grey. Every" in found.caption
