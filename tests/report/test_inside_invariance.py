from pathlib import Path

import numpy as np
import pytest

from glasslab.analysis.results import Results
from glasslab.report.inside.blocks import Chart, Gallery, Part, Table
from glasslab.report.inside.invariance import invariance_part
from tests.report.made_study import activations
from tests.report.probe_arrays import invariance_arrays, keep, material


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return activations(tmp_path, probes=["invariance"], seeds=1)


def part_of(results: Results) -> Part:
    found = invariance_part(material(results))
    assert found is not None
    return found


def titles(part: Part) -> list[str]:
    return [block.drawn.figure.title for block in part.blocks if isinstance(block, Chart)]


def test_without_any_look_there_is_no_part(results: Results) -> None:
    assert invariance_part(material(results)) is None


def test_the_opening_and_the_table_say_how_far_images_can_be_changed(results: Results) -> None:
    keep(results, "relu", "invariance", invariance_arrays(reach=2))
    keep(results, "tanh", "invariance", invariance_arrays(reach=5))
    part = part_of(results)
    assert part.opening == (
        "Shifts across that leave the true class a median probability of one half or more, in pixels: "
        "relu −2 to 2; tanh −5* to 5*."
    )
    (table,) = (block for block in part.blocks if isinstance(block, Table))
    assert table.rows == (
        ("relu", "−2 to 2", "−2 to 2", "0.79 to 1.27", "−72 to 72"),
        ("tanh", "−5* to 5*", "−5* to 5*", "0.56* to 1.80*", "−180* to 180*"),
    )


def test_a_class_that_is_never_likely_holds_nowhere(results: Results) -> None:
    keep(results, "relu", "invariance", invariance_arrays(reach=-1))
    (table,) = (block for block in part_of(results).blocks if isinstance(block, Table))
    assert table.rows == (("relu", "nowhere", "nowhere", "nowhere", "nowhere"),)


def test_there_is_a_figure_for_the_class_and_one_for_each_layer(results: Results) -> None:
    keep(results, "relu", "invariance", invariance_arrays())
    part = part_of(results)
    assert titles(part) == [
        "Probability of the true class",
        "First layer (relu1): how far its output moves",
        "Last layer (relu2): how far its output moves",
    ]
    charts = [block for block in part.blocks if isinstance(block, Chart)]
    assert all(len(each.drawn.stills) == 4 for each in charts)
    assert charts[1].drawn.figure.alternative.endswith(
        "relu, at the most: shifted across 1.00, shifted down 1.00, scaled 1.00, turned 1.00."
    )


def test_a_single_layer_has_one_figure_and_a_silent_one_none(results: Results) -> None:
    keep(results, "relu", "invariance", invariance_arrays(layers=1))
    assert len(titles(part_of(results))) == 2
    silent = invariance_arrays()
    silent["distance"][0] = np.nan
    silent["unrelated"][0] = np.nan
    keep(results, "relu", "invariance", silent)
    assert titles(part_of(results))[1:] == ["Last layer (relu2): how far its output moves"]


def test_the_changes_are_shown_on_the_first_image(results: Results) -> None:
    keep(results, "relu", "invariance", invariance_arrays())
    (gallery,) = (block for block in part_of(results).blocks if isinstance(block, Gallery))
    assert [[tile.caption for tile in strip.tiles] for strip in gallery.strips] == [
        ["−5 px", "0 px", "5 px"],
        ["−5 px", "0 px", "5 px"],
        ["0.56 ×", "1.00 ×", "1.80 ×"],
        ["−180°", "0°", "180°"],
    ]
