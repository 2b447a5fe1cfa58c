from dataclasses import replace
from pathlib import Path

import pytest

from glasslab.analysis.results import Results
from glasslab.figures.figure import Figure
from glasslab.plan.metric import parse_metric
from glasslab.report.drawing import Drawings
from glasslab.report.material import Material
from glasslab.report.section import Section
from glasslab.report.sections.also import also_section
from tests.report.made_study import BASE, MNIST, Made, Outcome, Variant, activations, make, many

GAP = "train/accuracy:clean - test/accuracy"


def section(results: Results) -> Section | None:
    return also_section(Material(results, results.folder, Drawings(), "glasslab run it"))


def figure(results: Results) -> Figure:
    found = section(results)
    assert found is not None
    drawn: Figure = found.content["figure"].figure
    return drawn


def with_also(results: Results, *also: str) -> Results:
    return replace(results, study=replace(results.study, also=tuple(map(parse_metric, also))))


def test_nothing_is_shown_where_nothing_was_asked(tmp_path: Path) -> None:
    assert section(activations(tmp_path)) is None


def test_every_metric_beside_has_dots_in_the_order_of_the_table(tmp_path: Path) -> None:
    shown = figure(activations(tmp_path, also=["test/loss", GAP]))
    assert [panel.title for panel in shown.panels] == [
        "Test loss",
        "Clean training accuracy − test accuracy, points",
    ]
    axis = shown.panels[0].specification["layer"][0]["encoding"]["y"]["scale"]["domain"]
    assert axis == ["relu", "tanh", "sigmoid"]
    assert "In the order of the table" in shown.caption


def test_a_gap_is_drawn_from_zero(tmp_path: Path) -> None:
    shown = figure(activations(tmp_path, also=[GAP]))
    low, high = shown.panels[0].specification["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert low < 0 < 1.5 < high


def test_four_are_drawn_and_the_rest_stand_in_the_table(tmp_path: Path) -> None:
    also = ["test/loss", GAP, "train/loss", "train/accuracy", "train/loss:clean", "gradient_norm"]
    found = section(activations(tmp_path, also=also))
    assert found is not None
    assert len(found.content["figure"].figure.panels) == 4
    assert found.content["left_out"] == ["clean training loss", "gradient norm"]


@pytest.mark.parametrize("at_once, drawn", [(1, True), (2, False)])
def test_seconds_are_drawn_only_where_they_compare(at_once: int, drawn: bool, tmp_path: Path) -> None:
    made = Made(MNIST, at_once=at_once)
    results = make(tmp_path, BASE | {"also": ["seconds"]}, lambda *_: Outcome(), made, name="timed")
    assert (section(results) is not None) is drawn


def test_parameters_have_no_interval_and_so_no_figure(tmp_path: Path) -> None:
    assert section(activations(tmp_path, also=["parameters"])) is None


def test_what_was_chosen_on_the_test_set_says_so(tmp_path: Path) -> None:
    shown = figure(activations(tmp_path, also=["test/accuracy:max"]))
    assert shown.panels[0].note == "chosen on the test set"


def test_a_variant_without_values_keeps_its_row(tmp_path: Path) -> None:
    def fate(variant: Variant, *_: object) -> Outcome:
        return Outcome(status="diverged" if variant.name == "tanh" else "finished")

    results = make(tmp_path, BASE | {"also": ["test/loss"]}, fate, Made(MNIST), name="some")
    assert "tanh 5 runs diverged" in figure(results).alternative


def test_of_many_variants_the_best_are_drawn(tmp_path: Path) -> None:
    shown = figure(with_also(many(tmp_path), GAP))
    assert "that came lower; the table has them." in shown.caption
    assert shown.columns == 1
