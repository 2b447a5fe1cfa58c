from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasslab.figures.maps import heat, laid_over, signed
from glasslab.plan.probe import Attribution
from glasslab.report.inside.attribution import attribution_part
from glasslab.report.inside.blocks import Part
from tests.report.looks import galleries, looked_into, notes, shown, tables
from tests.report.made_study import activations
from tests.report.test_inside_boundary import material

RAMP = np.arange(32, dtype=np.float32).reshape(2, 1, 4, 4)


def seen(*methods: str) -> dict[str, NDArray[Any]]:
    """Returns maps of two images by these methods: up to 15 in the first image, to 31 in the second."""
    arrays = shown(
        {
            "probability_true": np.array([0.98, 0.2], dtype=np.float32),
            "target": np.array([3, 6]),
            "probability_target": np.array([0.98, 0.7], dtype=np.float32),
            "methods": np.array(methods),
        }
    )
    for name in methods:
        arrays |= {f"map {name}": RAMP.copy(), f"heat {name}": RAMP[:, 0].copy()}
    if "integrated-gradients" in methods:
        missed = np.array([0.002, -0.031], dtype=np.float32)
        arrays |= {"difference": np.array([9.0, 4.0]), "completeness": missed}
    if "grad-cam" in methods:
        arrays |= {"weighed": np.array("relu2_1"), "weighed_size": np.array([2, 2])}
    return arrays


def part_of(folder: Path, arrays: dict[str, NDArray[Any]], **settings: Any) -> Part:
    found = attribution_part(looked_into(folder, Attribution(**settings), arrays))
    assert found is not None
    return found


def test_there_is_a_row_for_each_image_and_a_column_for_each_method_after_it(tmp_path: Path) -> None:
    part = part_of(tmp_path, seen("saliency", "integrated-gradients", "deconvnet"))
    (gallery,) = galleries(part)
    assert gallery.heads == ("Image", "Saliency", "Integrated gradients", "Deconvnet")
    assert [strip.title for strip in gallery.strips] == ["3", "5"]
    assert [strip.note for strip in gallery.strips] == ["predicted: 98.0 %", "taken for 6: 70.0 %; 5: 20.0 %"]
    assert [len(strip.tiles) for strip in gallery.strips] == [4, 4]
    assert gallery.strips[1].tiles[0].alternative == "Test image 40: 5, taken for 6"
    assert gallery.title == "relu: which pixels the logit of the predicted class goes by"
    assert not gallery.smooth


def test_a_column_has_one_scale_for_all_images(tmp_path: Path) -> None:
    (gallery,) = galleries(part_of(tmp_path, seen("saliency", "integrated-gradients", "deconvnet")))
    limit = float(np.percentile(RAMP, 99.5))
    for row, strip in enumerate(gallery.strips):
        _, gradient, contribution, pattern = (tile.picture for tile in strip.tiles)
        assert gradient == heat(RAMP[row, 0], 0, limit)
        assert contribution == laid_over(RAMP[row, 0], shown()["pixels"][row], limit)
        assert pattern == signed(RAMP[row], limit)


def test_every_map_tells_where_it_is_strongest(tmp_path: Path) -> None:
    arrays = seen("saliency")
    arrays["heat saliency"][0] = 0
    (gallery,) = galleries(part_of(tmp_path, arrays))
    assert [strip.tiles[1].alternative for strip in gallery.strips] == [
        "Saliency for 3: all zero",
        "Saliency for 6: strongest 4 rows down and 4 columns across",
    ]


def test_the_error_of_integrated_gradients_is_told_as_a_number(tmp_path: Path) -> None:
    part = part_of(tmp_path, seen("integrated-gradients"))
    (gallery,) = galleries(part)
    assert [strip.tiles[1].caption for strip in gallery.strips] == ["off by 0.002", "off by 0.03"]
    assert part.opening == "relu: integrated gradients miss the logit that they add up to by 0.031 at most."


def test_errors_that_no_one_would_ask_after_are_only_bounded(tmp_path: Path) -> None:
    arrays = seen("integrated-gradients") | {"completeness": np.array([1e-8, -4e-4], dtype=np.float32)}
    part = part_of(tmp_path, arrays)
    assert galleries(part)[0].strips[1].tiles[1].caption == "off by < 0.001"
    assert part.opening.endswith("by < 0.001 at most.")


def test_grad_cam_is_shown_signed_and_rectified_and_says_where_it_is_all_negative(tmp_path: Path) -> None:
    arrays = seen("grad-cam")
    arrays["map grad-cam"][0] *= -1
    arrays["heat grad-cam"][0] = 0
    part = part_of(tmp_path, arrays)
    (gallery,) = galleries(part)
    assert gallery.heads == ("Image", "Grad-CAM, signed", "Grad-CAM")
    said = [[tile.caption for tile in strip.tiles[1:]] for strip in gallery.strips]
    assert said == [["all negative", "nothing positive"], ["", ""]]
    assert "all negative" in gallery.strips[0].tiles[1].alternative
    assert "the 2 × 2 maps of relu2_1, enlarged to 4 × 4: one of their places is 2.0 pixels high" in notes(
        part
    )


def test_what_excites_is_not_taken_for_a_reason(tmp_path: Path) -> None:
    both = notes(part_of(tmp_path / "a", seen("guided-backpropagation", "deconvnet")))
    assert "Guided backpropagation and deconvnet show what in an image excites the network" in both
    assert "(Adebayo et al., 2018)" in both
    assert "(Nie et al., 2018)" in both
    assert notes(part_of(tmp_path / "b", seen("saliency"))) == ""
    joined = seen("deconvnet") | {"joins": np.array(2)}
    assert "joins branches in 2 places" in notes(part_of(tmp_path / "c", joined))


def test_the_table_tells_how_alike_methods_rank_pixels(tmp_path: Path) -> None:
    arrays = seen("saliency", "smoothgrad", "occlusion")
    arrays["heat occlusion"] = -RAMP[:, 0]
    part = part_of(tmp_path, arrays)
    (table,) = tables(part)
    assert table.heads == ("Rank correlation", "saliency", "SmoothGrad")
    assert table.rows == (("SmoothGrad", "1.00", ""), ("occlusion", "−1.00", "−1.00"))
    assert (
        "mean correlation of −0.33, the least alike being saliency and occlusion with −1.00" in part.opening
    )


def test_another_class_that_is_explained_is_named_with_its_probability(tmp_path: Path) -> None:
    arrays = seen("saliency") | {
        "target": np.array([8, 8]),
        "probability_target": np.array([0.001, 0.01], dtype=np.float32),
    }
    (gallery,) = galleries(part_of(tmp_path, arrays, target="8"))
    assert gallery.title == "relu: which pixels the logit of 8 goes by"
    assert gallery.strips[0].note == "predicted: 98.0 %; explained: 8: 0.1 %"


def test_variants_stand_below_each_other_and_without_the_probe_there_is_no_part(tmp_path: Path) -> None:
    two = attribution_part(looked_into(tmp_path / "a", Attribution(), seen("saliency"), variants=2))
    assert [each.title.partition(":")[0] for each in galleries(two)] == ["relu", "sigmoid"]
    assert attribution_part(material(activations(tmp_path / "b"))) is None
