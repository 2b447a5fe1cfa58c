import math
import re
from pathlib import Path

import pytest

from glasslab.analysis.gradients import START, Gradient, Moment, Profile, over_seeds, profile
from glasslab.figures.colours import ON_DARK, ON_LIGHT, colours, viridis
from glasslab.figures.curves import kept
from glasslab.figures.gradients import (
    LayerPanel,
    Words,
    decades,
    draw_history,
    draw_layers,
    ends_of,
    history_panel,
    history_table,
    layer_names,
    layer_rows,
    ramp,
)
from glasslab.report.page import template_text
from tests.report import made_study

WORDS = Words("Title", "Caption", "Alternative")


def one(value: float) -> Gradient:
    return over_seeds({0: value})


def moments(*values: float) -> list[Moment]:
    return [Moment(k, 10 * k, one(value)) for k, value in enumerate(values, start=1)]


def test_the_axis_runs_over_whole_powers_of_ten() -> None:
    span = decades([one(3e-6), one(0.02)])
    assert span is not None
    assert (span.low, span.high) == (pytest.approx(1e-6), pytest.approx(0.1))


def test_an_axis_of_one_value_has_a_power_of_ten_on_either_side_or_both() -> None:
    span = decades([one(1e-3)])
    assert span is not None
    assert span.low <= 1e-3 * (1 + 1e-12) < span.high


def test_an_interval_without_measure_does_not_stretch_the_axis() -> None:
    wide = over_seeds({0: 1e-6, 1: 1e-4})  # two seeds: the interval spans 25 powers of ten
    span = decades([wide, one(1e-2)])
    assert span is not None
    assert span.low >= 1e-7 * 0.99


def test_zeros_have_no_axis_and_no_figure() -> None:
    zero = Profile("relu", {"hidden": one(0.0), "output": one(0.0)})
    assert decades(zero.layers.values()) is None
    assert draw_history([history_panel("relu", {"hidden": moments(0.0, 0.0)}, False)], WORDS) is None


def test_a_zero_interrupts_its_line_and_is_marked(tmp_path: Path) -> None:
    study = made_study.vanishing(tmp_path).study
    layers = {"a": one(1e-3), "b": over_seeds({0: 0.0, 1: 0.0}), "c": one(1e-2)}
    panel = LayerPanel("start", (Profile("relu", layers),))
    rows = layer_rows(panel, colours(study))
    assert [row["mean"] for row in rows] == [pytest.approx(1e-3), None, pytest.approx(1e-2)]
    assert rows[0]["run"] != rows[2]["run"]
    assert [row["zeros"] for row in rows] == ["", "0 in 2 seeds", ""]
    figure = draw_layers([panel], colours(study), WORDS)
    assert figure is not None
    assert "triangle-down" in str(figure.panels[0].specification)


def test_every_layer_has_a_row_in_the_order_of_the_forward_pass(tmp_path: Path) -> None:
    results = made_study.vanishing(tmp_path)
    found = profile(results.named("sigmoid"), START)
    assert found is not None
    rows = layer_rows(LayerPanel("start", (found,)), colours(results.study))
    assert [row["layer"] for row in rows] == [*(f"hidden{k}" for k in range(1, 7)), "output"]
    assert [row["place"] for row in rows] == [1, 2, 3, 4, 5, 6, 7]
    assert all(0 < row["low"] < row["mean"] < row["high"] for row in rows)
    assert {row["colour"] for row in rows} == {colours(results.study).mark("sigmoid")}


def test_layers_with_the_same_names_keep_them_and_others_are_counted() -> None:
    deep, flat = {"a": one(1.0), "b": one(1.0), "out": one(1.0)}, {"a": one(1.0), "out": one(1.0)}
    assert layer_names([Profile("x", deep), Profile("y", deep)]) == ["a", "b", "out"]
    assert layer_names([Profile("x", deep), Profile("y", flat)]) == ["1", "2", "3"]


def test_both_panels_share_one_logarithmic_scale(tmp_path: Path) -> None:
    study = made_study.vanishing(tmp_path).study
    steep, flat = (Profile("relu", {"a": one(value), "b": one(0.5)}) for value in (1e-5, 0.1))
    panels = [LayerPanel("x", (steep,)), LayerPanel("y", (flat,))]
    figure = draw_layers(panels, colours(study), WORDS)
    assert figure is not None
    scales = [panel.specification["layer"][1]["encoding"]["y"]["scale"] for panel in figure.panels]
    assert scales[0] == scales[1]
    assert scales[0]["type"] == "log"
    assert scales[0]["domain"] == [pytest.approx(1e-5), pytest.approx(1.0)]


def test_of_many_layers_evenly_chosen_ones_are_drawn_with_the_first_and_the_last() -> None:
    found = {f"layer{k}": moments(1e-3, 1e-4) for k in range(20)}
    panel = history_panel("deep", found, by_steps=True)
    assert len(panel.lines) == 8
    assert (panel.lines[0].layer, panel.lines[-1].layer, panel.left_out) == ("layer0", "layer19", 12)
    assert [line.colour for line in panel.lines] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert panel.lines[0].along == (10.0, 20.0)


def test_places_are_even_and_keep_both_ends() -> None:
    assert kept(3, 8) == [0, 1, 2]
    assert kept(15, 8) == [0, 2, 4, 6, 8, 10, 12, 14]


def test_the_first_layer_is_the_darkest_and_the_last_the_lightest() -> None:
    assert [ramp(place, 3) for place in range(3)] == [0, 4, 7]
    assert ramp(0, 1) == 0


def test_the_colours_of_layers_are_even_steps_of_viridis() -> None:
    found = re.findall(r"--l(\d): (#[0-9a-f]{6})", template_text("style.css"))
    light, dark = found[:8], found[8:]
    for span, block in ((ON_LIGHT, light), (ON_DARK, dark)):
        low, high = span
        expected = [(str(k + 1), viridis(low + (high - low) * k / 7)) for k in range(8)]
        assert block == expected


def test_measurements_without_a_mean_have_no_row() -> None:
    panel = history_panel("relu", {'odd, "name"': moments(1e-3, 0.0, 1e-4)}, by_steps=False)
    lines = history_table(panel).splitlines()
    assert lines[0] == "layer,along,mean,low,high,seeds"
    assert lines[1:] == ['"odd, ""name""",1,0.001,,,1', '"odd, ""name""",3,0.0001,,,1']


def test_names_at_the_ends_keep_their_distance(tmp_path: Path) -> None:
    study = made_study.vanishing(tmp_path).study
    panel = LayerPanel("x", tuple(Profile(n, {"a": one(1e-5), "b": one(1e-3)}) for n in ("relu", "sigmoid")))
    span = decades([one(1e-5), one(1e-3)])
    assert span is not None
    first, second = (math.log10(row["place"]) for row in ends_of(panel, colours(study), span, 2))
    assert abs(first - second) > 0.05
