import csv
from pathlib import Path

import pytest

from glasslab.analysis.curves import Curve, CurvePoint, curve
from glasslab.figures.trellis import MOST_POINTS, Setting, Trellis, draw, finding, rows, trellis
from tests.report import factor_studies

SETTING = Setting("curves-loss", "Title", "Caption", 3)


def rising(name: str, last: float, count: int = 10) -> Curve:
    points = tuple(
        CurvePoint(epoch, 100 * epoch, last * epoch / count, 0.0, last, {0: last * epoch / count})
        for epoch in range(1, count + 1)
    )
    return Curve(name, "test/accuracy", points)


def made(**panels: dict[str, Curve]) -> Trellis:
    found = trellis("test/accuracy", panels, "epoch", lines_by="length", bands=False)
    assert found is not None
    return found


def test_all_panels_share_one_scale_and_empty_ones_are_left_out() -> None:
    found = made(a={"5": rising("a-5", 0.2)}, b={"5": rising("b-5", 0.9)}, c={"5": Curve("c-5", "m", ())})
    assert [cell.title for cell in found.cells] == ["a", "b"]
    assert found.axis.low < 2.0
    assert found.axis.high > 90.0
    assert trellis("test/accuracy", {"c": {"5": Curve("c", "m", ())}}, "epoch") is None


def test_lines_are_named_by_level_and_have_no_band_where_there_are_many() -> None:
    (cell,) = made(a={"5": rising("a-5", 0.2), "10": rising("a-10", 0.4)}).cells
    assert [each.variant for each in cell.lines] == ["5", "10"]
    assert cell.lines[1].mean[-1] == pytest.approx(40.0)
    assert all(low is None for each in cell.lines for low in each.low)
    table = list(csv.DictReader(rows(cell).split("\n")))
    assert table[-1] == {"variant": "10", "along": "10", "mean": "40"}
    assert len(table) == 20


def test_intervals_travel_with_the_means_where_they_are_drawn() -> None:
    found = trellis("test/accuracy", {"a,b": {"a,b": rising("a,b", 0.2)}}, "step")
    assert found is not None
    table = list(csv.DictReader(rows(found.cells[0]).split("\n")))
    assert table[0] == {"variant": "a,b", "along": "100", "mean": "2", "low": "0", "high": "20"}


def test_small_panels_hold_no_more_points_than_can_be_seen() -> None:
    (cell,) = made(a={"5": rising("a-5", 0.2, count=1000)}).cells
    assert len(cell.lines[0].along) == MOST_POINTS
    assert (cell.lines[0].along[0], cell.lines[0].along[-1]) == (1.0, 1000.0)


def test_the_title_tells_which_line_ends_best_in_most_panels() -> None:
    low, high = rising("", 0.2), rising("", 0.9)
    twice = made(a={"5": high, "10": low}, b={"5": high, "10": low}, c={"5": low, "10": high})
    assert finding(twice, True) == "Highest last mean test accuracy: length 5, in 2 of 3 panels"
    assert finding(twice, False) == "Lowest last mean test accuracy: length 10, in 2 of 3 panels"
    assert finding(made(a={"5": low, "10": low}), True) == ""


def test_a_line_that_ends_early_is_not_taken_for_the_best() -> None:
    early = rising("", 0.9)
    stopped = Curve("", early.metric, early.points[:3])
    found = made(a={"5": rising("", 0.2), "10": stopped})
    assert found.stops_early
    assert finding(found, True) == "Highest last mean test accuracy: length 5"


def test_a_grid_has_a_row_for_each_metric_in_one_figure(tmp_path: Path) -> None:
    results = factor_studies.configurations(tmp_path)
    found = []
    for metric in ("train/loss", "test/accuracy"):
        row = trellis(metric, {v.name: {v.name: curve(v, metric)} for v in results.variants}, "epoch")
        assert row is not None
        found.append(row)
    assert found[0].axis != found[1].axis
    marks = {v.name: "var(--v1)" for v in results.variants}
    figure = draw(found, marks, SETTING)
    assert [panel.title for panel in figure.panels] == ["sgd-0.01", "sgd-0.02", "adam-0.001"] * 2
    assert "Test accuracy, % at the last epoch: sgd-0.01 69.7" in figure.alternative
    assert "mark_area" not in str(figure.panels[0].specification)
    assert "'area'" in str(figure.panels[0].specification)
