import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from glasslab.analysis.curves import Curve, CurvePoint, curve
from glasslab.figures.axis import Span
from glasslab.figures.colours import colours
from glasslab.figures.curves import (
    HEIGHT,
    LABEL,
    MOST_POINTS,
    Words,
    curve_panels,
    draw,
    kept,
    label_places,
    line,
    seed_table,
)
from tests.report import made_study

METRICS = ("train/accuracy", "val/accuracy", "test/accuracy", "train/loss", "test/loss")


def panels(results: made_study.Results) -> list:
    return curve_panels({m: [curve(v, m) for v in results.variants] for m in METRICS}, by_steps=False)


def test_panels_without_values_are_left_out_and_quantities_share_a_scale(tmp_path: Path) -> None:
    found = panels(made_study.activations(tmp_path))
    assert [panel.metric for panel in found] == ["train/accuracy", "test/accuracy", "train/loss", "test/loss"]
    assert found[0].axis == found[1].axis
    assert found[2].axis == found[3].axis
    assert found[0].axis != found[2].axis


def test_a_line_keeps_every_seed_and_knows_how_many_there_were() -> None:
    points = (
        CurvePoint(1.0, 10, 0.5, 0.4, 0.6, {0: 0.4, 1: 0.6}),
        CurvePoint(2.0, 20, 0.7, None, None, {0: 0.7}),
    )
    found = line(Curve("a", "test/accuracy", points), by_steps=True)
    assert found.along == (10.0, 20.0)
    assert found.mean == (50.0, 70.0)
    assert found.n == (2, 1)
    assert found.seeds[1] == (60.0, None)
    assert found.low == (40.0, None)


@pytest.mark.parametrize("count", [1, 2, 99, MOST_POINTS, 101, 5000])
def test_thinning_keeps_both_ends_and_no_more_than_can_be_seen(count: int) -> None:
    places = kept(count)
    assert places[0] == 0
    assert places[-1] == count - 1
    assert len(places) == min(count, MOST_POINTS)
    assert places == sorted(set(places))


@given(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=8), st.booleans())
@example([0.25] * 2 + [0.125] * 6, False)
def test_names_at_the_ends_of_lines_never_cover_one_another(ends: list[float], logarithmic: bool) -> None:
    axis = Span(0.01, 1.0)
    change = math.log if logarithmic else float
    places = label_places(ends, axis, logarithmic)
    pixels = sorted(HEIGHT * change(p) / (change(1.0) - change(0.01)) for p in places)
    assert all(above - below > 0.999 * LABEL for below, above in pairwise(pixels))


def test_names_that_have_room_stand_at_their_lines() -> None:
    assert label_places([0.2, 0.8], Span(0.0, 1.0), logarithmic=False) == [0.2, 0.8]


def test_only_losses_have_a_logarithmic_form_and_only_test_curves_a_warning(tmp_path: Path) -> None:
    results = made_study.activations(tmp_path)
    figure = draw(panels(results), colours(results.study), Words("Title", "Caption", "epoch"))
    by_title = {panel.title: panel for panel in figure.panels}
    assert [panel.logarithmic is not None for panel in figure.panels] == [False, False, True, True]
    assert by_title["Test loss"].note == "not used for choosing"
    assert by_title["Training loss"].note == ""
    assert "test accuracy, % at the last epoch: relu 97.8" in figure.alternative


def test_single_seeds_travel_as_a_table_with_a_row_each(tmp_path: Path) -> None:
    rows = seed_table(panels(made_study.activations(tmp_path))[0]).split("\n")
    assert rows[0] == "variant,seed,along,value"
    assert len(rows) == 1 + 3 * 5 * 10
