from pathlib import Path

from glasslab.analysis.scores import scores
from glasslab.figures.heatmap import draw, heat_map, two_settings
from tests.report import made_study


def test_a_full_grid_over_two_numbers_is_recognised(tmp_path: Path) -> None:
    assert two_settings(made_study.numeric_grid(tmp_path).study) == ("recipe.lr", "recipe.batch_size")


def test_other_studies_are_no_such_grid(tmp_path: Path) -> None:
    for make in (made_study.activations, made_study.many, made_study.exclusive_or):
        assert two_settings(make(tmp_path / make.__name__).study) is None


def test_every_variant_has_its_cell_and_large_values_stand_on_top(tmp_path: Path) -> None:
    results = made_study.numeric_grid(tmp_path)
    found = heat_map(results.study, scores(results, results.study.metric), frozenset({"0.001-128"}))
    assert found is not None
    assert found.columns == ("0.0001", "0.001", "0.01", "0.1")
    assert found.rows == ("512", "128", "32")
    assert len(found.cells) == 12
    by_name = {cell.variant: cell for cell in found.cells}
    assert (by_name["0.001-128"].across, by_name["0.001-128"].up, by_name["0.001-128"].bold) == (
        "0.001",
        "128",
        True,
    )
    assert by_name["0.1-32"].mean is None
    assert (
        "recipe.lr 0.1, recipe.batch_size 32: 3 runs diverged" in draw(found, "Title", "Caption").alternative
    )
