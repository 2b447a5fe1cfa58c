from pathlib import Path

import numpy as np

from glasslab.analysis.calibration import Calibration, calibration
from glasslab.figures.calibration import draw, rows
from glasslab.figures.colours import colours
from tests.report import made_study


def made(counts: list[int]) -> Calibration:
    """The bins from the last one backwards; each is right as often as it says."""
    numbers = np.zeros(15, dtype=np.int64)
    numbers[-len(counts) :] = counts[::-1]
    middle = np.where(numbers > 0, (np.arange(15) + 0.5) / 15, np.nan)
    return Calibration("relu", numbers, middle, middle, (0.01,), int(numbers.sum()))


def test_empty_bins_are_not_drawn_and_those_of_few_predictions_are_hollow(tmp_path: Path) -> None:
    colour = colours(made_study.activations(tmp_path).study)
    found = rows([made([70, 19, 0, 20])], colour)
    assert [row["count"] for row in found] == [20, 19, 70]
    assert [row["fill"] == "var(--paper)" for row in found] == [False, True, False]
    assert [round(row["share"]) for row in found] == [18, 17, 64]
    assert all(row["sure"] == row["right"] for row in found)


def test_the_figure_tells_every_variants_error_and_n(tmp_path: Path) -> None:
    results = made_study.activations(tmp_path)
    found = [each for each in map(calibration, results.variants) if each]
    figure = draw(found, colours(results.study))
    assert figure.title.count(" %") == 3
    assert [panel.title for panel in figure.panels] == ["How often it is right", "How often it is so sure"]
    assert "5000 predictions" in figure.alternative
    assert "15 bins of equal width" in figure.caption
