from pathlib import Path

import numpy as np
import pytest

from glasslab.analysis.activations import LayerActivity
from glasslab.figures.boxplots import box_panels, chart, draw, rows
from glasslab.figures.colours import colours
from tests.report import made_study


def layer(name: str, filters: int = 4, width: float = 1.0, sampled: int = 50) -> LayerActivity:
    quantiles = np.linspace(-width, width, 5) + np.arange(filters)[:, None] * 0.01 * width
    zeros = np.zeros(filters)
    return LayerActivity(
        name,
        "convolution",
        zeros,
        zeros,
        quantiles,
        zeros,
        zeros - 1,
        zeros + 1,
        np.zeros((2, filters)),
        sampled,
        50,
    )


def test_layers_share_a_scale_unless_one_would_not_be_seen_on_it() -> None:
    panels, shared = box_panels([layer("a"), layer("b", width=5)])
    assert shared
    assert panels[0].axis == panels[1].axis
    panels, shared = box_panels([layer("a"), layer("b", width=100)])
    assert not shared
    assert panels[0].axis.high < panels[1].axis.high
    assert all(panel.axis.begins_at_zero for panel in panels)


def test_of_many_layers_and_filters_even_ones_are_drawn_with_the_first_and_the_last() -> None:
    panels, _ = box_panels([layer(str(number), filters=200) for number in range(13)])
    assert len(panels) == 6
    assert (panels[0].layer, panels[-1].layer) == ("0", "12")
    assert len(panels[0].filters) == 64
    assert (panels[0].filters[0], panels[0].filters[-1]) == (0, 199)


def test_a_box_holds_its_filters_quantiles() -> None:
    (panel,), _ = box_panels([layer("a")])
    found = rows(panel)[2]
    assert [found[key] for key in ("p5", "p25", "median", "p75", "p95")] == pytest.approx(
        [-0.98, -0.48, 0.02, 0.52, 1.02]
    )
    assert found["filter"] == 2


def test_dead_layers_can_be_drawn() -> None:
    (panel,), _ = box_panels([layer("a", width=0.0)])
    assert panel.axis.low < 0 < panel.axis.high
    assert chart(panel, "var(--v1)").to_dict(validate=True)


@pytest.mark.parametrize("sampled, words", [(50, "Over all values"), (20, "Over 20 randomly drawn values")])
def test_the_caption_says_of_how_many_values_the_boxes_are(tmp_path: Path, sampled: int, words: str) -> None:
    colour = colours(made_study.activations(tmp_path).study)
    figure = draw("activations-1", "relu", [layer("a", sampled=sampled)], colour, "Title")
    assert words in figure.caption
    assert "a 2.0" in figure.alternative
