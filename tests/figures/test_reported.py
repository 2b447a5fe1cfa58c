from pathlib import Path

import pytest

from glasslab.analysis.reported import against_reported
from glasslab.figures.colours import colours
from glasslab.figures.reported import draw, reported_plots
from tests.report import made_study


def test_a_reported_value_is_held_against_one_new_run(tmp_path: Path) -> None:
    found = against_reported(made_study.activations(tmp_path))
    (plot,) = reported_plots(found)
    row = plot.rows[0]
    assert row.reported == pytest.approx(97.78)
    assert None not in (row.run_low, row.low, row.high, row.run_high)
    assert row.run_low < row.low < row.high < row.run_high  # type: ignore[operator]
    assert row.verdict == "inside"


def test_with_one_seed_nothing_is_known_of_one_new_run(tmp_path: Path) -> None:
    results = made_study.single(tmp_path)
    (plot,) = reported_plots(against_reported(results))
    assert {row.verdict for row in plot.rows} == {"not known"}
    assert "not known" in draw([plot], colours(results.study), "Title", "Caption").alternative
