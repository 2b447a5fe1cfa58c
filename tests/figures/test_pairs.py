from pathlib import Path

import pytest

from glasslab.analysis.pairs import pairs
from glasslab.figures.pairs import draw, pair_plot
from tests.report import made_study


def test_differences_are_in_points_with_zero_on_the_axis(tmp_path: Path) -> None:
    results = made_study.activations(tmp_path)
    found = pairs(results, results.study.metric)
    plot = pair_plot(found, results.study.metric)
    assert [row.name for row in plot.rows] == ["relu − sigmoid", "relu − tanh", "sigmoid − tanh"]
    assert found[0].difference is not None
    assert plot.rows[0].mean == pytest.approx(100 * found[0].difference.mean)
    assert plot.axis.low < 0 < plot.axis.high
    assert len(plot.rows[0].seeds) == 5


def test_only_what_is_told_from_zero_is_called_so(tmp_path: Path) -> None:
    results = made_study.activations(tmp_path)
    plot = pair_plot(pairs(results, results.study.metric), results.study.metric)
    assert [row.settled for row in plot.rows] == [True, False, True]
    words = draw(plot, "Title", "Caption").alternative
    assert "relu − tanh 0.24 (−0.02 to 0.49), not told from 0" in words
    assert "relu − sigmoid 0.70 (0.50 to 0.91), told from 0" in words


def test_diverged_runs_settle_nothing(tmp_path: Path) -> None:
    results = made_study.troubled(tmp_path)
    rows = pair_plot(pairs(results, results.study.metric), results.study.metric).rows
    assert not any(row.settled for row in rows if "sigmoid" in row.name)
