from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from glasslab.figures.class_maps import class_map
from glasslab.figures.maps import heat
from glasslab.plan.probe import Occlusion
from glasslab.report.inside.blocks import Part
from glasslab.report.inside.occlusion import occlusion_part
from tests.report.looks import galleries, looked_into, shown
from tests.report.made_study import activations
from tests.report.test_inside_boundary import material


def seen() -> dict[str, NDArray[Any]]:
    """Returns maps of two images of 4 x 4 pixels and ten classes; the 5 is a 5 only in one place."""
    scores = np.zeros((2, 10, 4, 4), dtype=np.float32)
    scores[0, 3], scores[1, 6], scores[1, 5] = 0.98, 0.7, 0.25
    scores[0, 3, 1, 2] = 0.6
    scores[1, 5, 3, 3], scores[1, 6, 3, 3] = 0.9, 0.1
    scores[1, 5, 0, 1] = 0.05
    whole = np.zeros((2, 10), dtype=np.float32)
    whole[0, 3], whole[1, 6], whole[1, 5] = 0.98, 0.7, 0.2
    sums = np.full((2, 4, 4), 5.0, dtype=np.float32)
    sums[0, 2, 2], sums[1, 0, 0] = 2.5, 5.5
    return shown(
        {
            "scores": scores,
            "most_probable": scores.argmax(axis=1).astype(np.int16),
            "whole": whole,
            "lowest": np.array([[1, 2], [0, 1]]),
            "hidden": shown()["pixels"],
            "size": np.array(2),
            "layer": np.array("relu2_1"),
            "strongest": np.array([4, 1]),
            "activation": sums,
            "activation_whole": np.array([5.0, 5.0], dtype=np.float32),
        }
    )


def part_of(folder: Path, arrays: dict[str, NDArray[Any]], **settings: Any) -> Part:
    found = occlusion_part(looked_into(folder, Occlusion(**settings), arrays))
    assert found is not None
    return found


def test_the_finding_is_how_many_answers_change_and_where_a_square_costs_most(tmp_path: Path) -> None:
    assert part_of(tmp_path, seen()).opening == (
        "relu: hiding 2 × 2 pixels at some place changes the answer for 1 of 2 images; the probability of 3 "
        "falls furthest for test image 7, from 98.0 % to 60.0 %."
    )


def test_each_image_has_the_three_maps_of_the_paper(tmp_path: Path) -> None:
    arrays = seen()
    maps, _ = galleries(part_of(tmp_path, arrays))
    assert maps.heads == (
        "Image", "Square where it costs most", "Probability of the true class", "Answer",
        "Strongest map of relu2_1",
    )  # fmt: skip
    for row, label in enumerate((3, 5)):
        _, hidden, probability, answer, strongest = maps.strips[row].tiles
        assert probability.picture == heat(arrays["scores"][row, label], 0, 1)
        assert answer.picture == class_map(arrays["most_probable"][row])
        assert strongest.picture == heat(arrays["activation"][row] / 5, 0.5, 1.1)
        assert hidden.caption == ("60.0 % left", "5.0 % left")[row]
    assert [strip.note for strip in maps.strips] == ["taken for 3, 98.0 %", "taken for 6, 70.0 %"]
    assert [tile.caption for tile in maps.strips[1].tiles[3:]] == ["6: 94 %, 5: 6 %", "map 1, least 100 %"]
    assert maps.strips[0].tiles[2].alternative == "probability of 3: lowest at row 2, column 3, 60.0 %"
    assert maps.strips[1].tiles[3].alternative.endswith("6: 94 %, 5: 6 % of places")
    assert "dark is 50 % of it, light is 110 %" in maps.caption


def test_the_key_has_the_answers_that_occur(tmp_path: Path) -> None:
    _, key = galleries(part_of(tmp_path, seen()))
    assert [tile.caption for tile in key.strips[0].tiles] == ["3", "5", "6"]


def test_logits_have_one_scale_from_the_least_to_the_greatest(tmp_path: Path) -> None:
    arrays = seen()
    part = part_of(tmp_path, arrays, score="logit", filling="black", stride=2)
    maps, _ = galleries(part)
    assert maps.strips[0].tiles[2].picture == heat(arrays["scores"][0, 3], 0.05, 0.98)
    assert "filled with black. Logit: dark is 0.0500, light is 0.980" in maps.caption
    assert "the logit of 3 falls furthest for test image 7, from 0.980 to 0.600" in part.opening
    assert "row 3, column 5" in maps.strips[0].tiles[1].alternative


def test_a_network_without_maps_has_no_column_of_them(tmp_path: Path) -> None:
    arrays = {
        k: v for k, v in seen().items() if k not in ("layer", "strongest", "activation", "activation_whole")
    }
    maps, _ = galleries(part_of(tmp_path, arrays))
    assert len(maps.heads) == 4
    assert "Strongest" not in maps.caption


@pytest.mark.parametrize("variants", [1, 3])
def test_every_variant_looked_into_has_its_maps(tmp_path: Path, variants: int) -> None:
    part = occlusion_part(looked_into(tmp_path, Occlusion(), seen(), variants))
    assert len(galleries(part)) == 2 * variants


def test_without_the_probe_there_is_no_part(tmp_path: Path) -> None:
    assert occlusion_part(material(activations(tmp_path))) is None
