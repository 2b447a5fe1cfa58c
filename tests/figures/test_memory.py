from pathlib import Path

import numpy as np
import pytest

from glasslab.analysis.memory import ThroughTime, of_layer
from glasslab.figures.colours import colours
from glasslab.figures.gradients import Words
from glasslab.figures.memory import TimePanel, draw, rows
from tests.report import made_study

WORDS = Words("Title", "Caption", "Alternative")


def line(steps: int, slope: float) -> ThroughTime:
    return of_layer("rnn", np.arange(steps)[::-1, None] * slope + np.zeros(8))


def test_lines_run_from_the_last_step_back(tmp_path: Path) -> None:
    colour = colours(made_study.activations(tmp_path).study)
    panel = TimePanel("Hidden state", (("relu", line(4, -1.0)), ("tanh", line(3, 0.0))))
    found = rows(panel, colour)
    assert [row["back"] for row in found] == [0, 1, 2, 3, 0, 1, 2]
    assert [row["mean"] for row in found] == pytest.approx([1, 0.1, 0.01, 0.001, 1, 1, 1])
    figure = draw([panel], colour, WORDS)
    assert figure is not None
    (drawn,) = figure.panels
    scale = drawn.specification["layer"][1]["encoding"]["y"]["scale"]
    assert scale["type"] == "log"
    assert scale["domain"] == pytest.approx([1e-3, 1.0])


def test_steps_that_no_gradient_reaches_are_not_drawn_and_nothing_at_all_is_no_figure(tmp_path: Path) -> None:
    colour = colours(made_study.activations(tmp_path).study)
    half = of_layer("rnn", np.array([[-np.inf], [-np.inf], [0.0]]))
    assert len(rows(TimePanel("Hidden state", (("relu", half),)), colour)) == 1
    none = of_layer("rnn", np.full((3, 2), -np.inf))
    assert draw([TimePanel("Hidden state", (("relu", none),))], colour, WORDS) is None
