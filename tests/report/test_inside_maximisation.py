from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasslab.figures.pixels import picture
from glasslab.plan.probe import Maximisation
from glasslab.report.inside.blocks import Part
from glasslab.report.inside.maximisation import maximisation_part
from tests.report.looks import galleries, looked_into, notes
from tests.report.made_study import activations
from tests.report.test_inside_boundary import material


def seen() -> dict[str, NDArray[Any]]:
    """Returns what was made for the classes 2 and 8, from two starts and without regularisation."""
    probabilities = np.full((2, 3, 10), 0.01, dtype=np.float32)
    probabilities[0, :, 2], probabilities[1, :, 8] = 0.91, 0.91
    return {
        "layer": np.array("output"),
        "units": np.array([2, 8]),
        "images": np.arange(96, dtype=np.uint8).reshape(2, 3, 1, 4, 4),
        "reached": np.array([[12.0, 15.0, 30.0], [6.0, 9.0, 20.0]], dtype=np.float32),
        "probabilities": probabilities,
        "start": np.array([0.5, -1.0], dtype=np.float32),
        "split": np.array("test"),
        "most": np.array([10.0, 10.0], dtype=np.float32),
        "most_pixels": np.zeros((2, 1, 4, 4), dtype=np.uint8),
        "most_label": np.array([2, 3]),
        "most_index": np.array([17, 99]),
    }


def part_of(folder: Path, arrays: dict[str, NDArray[Any]], **settings: Any) -> Part:
    found = maximisation_part(looked_into(folder, Maximisation(**settings), arrays))
    assert found is not None
    return found


def test_the_finding_sets_the_best_start_against_the_data(tmp_path: Path) -> None:
    assert part_of(tmp_path, seen()).opening == (
        "relu: for 1 of 2 classes the image made is answered more strongly than every test image, with "
        "0.9 to 1.5 times the strongest answer to one of those; without regularisation 2.0 to 3.0 times."
    )


def test_where_an_answer_of_the_data_is_not_positive_no_ratio_is_told(tmp_path: Path) -> None:
    arrays = seen() | {"most": np.array([-1.0, 10.0], dtype=np.float32)}
    assert part_of(tmp_path, arrays).opening.endswith("answered more strongly than every test image.")


def test_each_class_has_the_strongest_image_then_those_made(tmp_path: Path) -> None:
    arrays = seen()
    (gallery,) = galleries(part_of(tmp_path, arrays))
    assert gallery.heads == (
        "Strongest test image", "Made, start 1", "Made, start 2", "Made without regularisation",
    )  # fmt: skip
    assert [strip.title for strip in gallery.strips] == ["2", "8"]
    first, second = gallery.strips
    assert [tile.caption for tile in first.tiles] == ["10.0", "12.0", "15.0", "30.0"]
    assert [tile.note for tile in second.tiles] == ["3", "8, 91.0 %", "8, 91.0 %", "8, 91.0 %"]
    assert second.tiles[2].picture == picture(arrays["images"][1, 1])
    assert first.tiles[0].alternative == "Test image 17, 2: answer 10.0"
    assert first.tiles[3].alternative == "Image made for 2: answer 30.0; 2, 91.0 %"
    assert first.note == "mean colour: 0.50"
    assert not gallery.smooth


def test_units_of_a_layer_have_their_numbers(tmp_path: Path) -> None:
    arrays = seen() | {"layer": np.array("conv1_1")}
    part = part_of(tmp_path, arrays, layer="conv1_1", objective="centre")
    (gallery,) = galleries(part)
    assert [strip.title for strip in gallery.strips] == ["unit 2", "unit 8"]
    assert gallery.title == "relu: images for each unit of conv1_1"
    assert "centre of the map, or the unit itself" in gallery.caption
    assert "for 1 of 2 units" in part.opening


def test_it_is_said_where_no_image_changes_the_answer(tmp_path: Path) -> None:
    arrays = seen()
    arrays["reached"][1] = arrays["start"][1]
    (gallery,) = galleries(part_of(tmp_path, arrays))
    assert [strip.note for strip in gallery.strips] == [
        "mean colour: 0.50", "mean colour: −1.0; no image changes it",
    ]  # fmt: skip


def test_the_method_is_named_and_without_the_probe_there_is_no_part(tmp_path: Path) -> None:
    assert "After Olah et al. (2017)" in notes(part_of(tmp_path / "a", seen()))
    assert maximisation_part(material(activations(tmp_path / "b"))) is None
