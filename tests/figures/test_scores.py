import statistics
from pathlib import Path

import pytest

from glasslab.analysis.factors import design
from glasslab.analysis.scores import ranked, scores
from glasslab.figures.colours import colours
from glasslab.figures.scores import ScorePlot, draw, draw_panels, panel_factors, score_panels, score_plot
from tests.report import factor_studies, made_study


def plot(results: made_study.Results, reported: dict[str, float] | None = None) -> ScorePlot:
    metric = results.study.metric
    return score_plot(ranked(scores(results, metric), metric), metric, reported or {})


def panels_of(results: made_study.Results) -> list[ScorePlot]:
    metric = results.study.metric
    return score_panels(design(results.study), scores(results, metric), metric, {})


def test_the_best_stands_on_top_in_per_cent(tmp_path: Path) -> None:
    found = plot(made_study.activations(tmp_path), {"relu": 0.9778})
    assert [row.variant for row in found.rows] == ["relu", "tanh", "sigmoid"]
    top = found.rows[0]
    assert top.mean == pytest.approx(sum(dot.value for dot in top.seeds) / 5)
    assert top.reported == pytest.approx(97.78)
    assert top.low is not None
    assert found.axis.low < 97.0 < found.axis.high <= 100


def test_a_variant_without_values_keeps_its_row_and_says_why(tmp_path: Path) -> None:
    rows = {row.variant: row for row in plot(made_study.numeric_grid(tmp_path)).rows}
    assert rows["0.1-32"].mean is None
    assert rows["0.1-32"].label == "3 runs diverged"


def test_one_seed_has_a_dot_and_no_interval(tmp_path: Path) -> None:
    found = plot(made_study.single(tmp_path))
    assert all(row.low is None and row.n == 1 for row in found.rows)
    figure = draw(found, colours(made_study.single(tmp_path / "again").study), "Title")
    assert "there is no interval" in figure.caption


def test_the_figure_says_in_words_what_it_shows(tmp_path: Path) -> None:
    results = made_study.activations(tmp_path)
    figure = draw(plot(results, {"relu": 0.9778}), colours(results.study), "Title", "Report E")
    assert "Hollow diamonds: reported values (Report E)." in figure.caption
    assert "does not begin at 0" in figure.caption
    assert figure.alternative.startswith("test accuracy, % by variant, best first: relu 97.8")
    assert "reported 97.78" in figure.alternative
    specification = figure.panels[0].specification
    assert specification["width"] == "container"
    assert "var(--v1)" in str(specification)


def test_panels_are_by_data_set_where_that_differs(tmp_path: Path) -> None:
    results = factor_studies.backends(tmp_path)
    found = panels_of(results)
    assert [panel.title for panel in found] == ["blobs", "moons", "circles"]
    assert len({panel.axis for panel in found}) == 1
    names = [row.row for row in found[0].rows]
    assert len(set(names)) == 8
    assert "relu, xavier, dropout 0" in names
    assert all([row.row for row in panel.rows] == names for panel in found)
    shown = [row.variant for panel in found for row in panel.rows]
    assert sorted(shown) == sorted(variant.name for variant in results.study.variants)


def test_rows_of_panels_stand_in_the_order_of_their_means(tmp_path: Path) -> None:
    found = panels_of(factor_studies.backends(tmp_path))
    means = [statistics.fmean(panel.rows[place].mean or 0.0 for panel in found) for place in range(8)]
    assert means == sorted(means, reverse=True)


def test_other_panels_are_as_few_as_leave_twelve_rows(tmp_path: Path) -> None:
    results = made_study.many(tmp_path)
    assert [factor.name for factor in panel_factors(design(results.study))] == ["activation"]
    assert [len(panel.rows) for panel in panels_of(results)] == [5, 5, 5, 5]
    assert panel_factors(design(made_study.activations(tmp_path / "few").study)) == ()


def test_panels_say_in_words_what_stands_in_each(tmp_path: Path) -> None:
    results = factor_studies.backends(tmp_path)
    figure = draw_panels(panels_of(results), colours(results.study), "Title")
    assert figure.columns == 3
    assert [panel.title for panel in figure.panels] == ["blobs", "moons", "circles"]
    assert "one axis for all" in figure.caption
    assert "test accuracy, % by variant, moons: relu, xavier, dropout 0 86.2" in figure.alternative
