from pathlib import Path
from typing import Any

import pytest

from glasslab.analysis.invariance import Course
from glasslab.figures.colours import Colours, colours
from glasslab.figures.figure import Figure
from glasslab.figures.invariance import Words, draw, rows
from tests.report.made_study import activations

WORDS = Words("invariance-x", "Title", "Caption", "Alternative", "distance")
COURSE = Course((-1.0, 0.0, 1.0), (0.1, 0.0, 0.2), (0.3, 0.0, 0.4), (0.5, 0.0, 0.6))
SIZES = Course((0.5, 1.0, 2.0), (0.1, 0.0, 0.2), (0.3, 0.0, 0.4), (0.5, 0.0, 0.6))


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Colours:
    folder: Path = tmp_path_factory.mktemp("study")
    return colours(activations(folder).study)


def test_there_is_a_panel_for_each_kind_of_change(known: Colours) -> None:
    figure = draw({"right": {"relu": COURSE}, "scale": {"relu": SIZES}}, WORDS, known, 1.0)
    assert [panel.title for panel in figure.panels] == ["shifted across", "scaled"]
    assert figure.columns == 2


def test_sizes_stand_on_a_logarithmic_axis_and_shifts_on_an_even_one(known: Colours) -> None:
    figure = draw({"right": {"relu": COURSE}, "scale": {"relu": SIZES}}, WORDS, known, 1.0)
    across, size = (panel.specification["layer"][1]["encoding"]["x"]["scale"] for panel in figure.panels)
    assert (across["type"], across["domain"]) == ("linear", [-1, 1])
    assert (size["type"], size["domain"]) == ("log", [0.5, 2])


def test_several_variants_have_their_names_at_their_lines_ends_and_one_has_none(known: Colours) -> None:
    alone = draw({"turn": {"relu": COURSE}}, WORDS, known, 1.0)
    both = draw({"turn": {"relu": COURSE, "tanh": COURSE}}, WORDS, known, 1.0, {"tanh": 0.9})
    assert len(alone.panels[0].specification["layer"]) == 3
    layers = both.panels[0].specification["layer"]
    assert len(layers) == 5
    assert [row["variant"] for row in rows_of(both, layers[4])] == ["relu", "tanh"]
    (level,) = rows_of(both, layers[3])
    assert (level["variant"], level["level"]) == ("tanh", 0.9)


def rows_of(figure: Figure, layer: Any) -> list[dict[str, Any]]:
    """Returns the data of one layer of the first panel."""
    found = layer["data"]
    if "name" in found:
        return list(figure.panels[0].specification["datasets"][found["name"]])
    return list(found["values"])


def test_rows_hold_median_and_quartiles(known: Colours) -> None:
    first = rows({"relu": COURSE}, known)[0]
    assert (first["amount"], first["low"], first["median"], first["high"]) == (-1, 0.1, 0.3, 0.5)
