import numpy as np

from glasslab.figures.points import draw, point_panels

ARRAYS = {
    "points": np.array([[0, 0], [1, 1], [2, 0]], dtype=np.float32),
    "labels": np.array([0, 1, 0]),
    "split": np.array([0, 0, 2], dtype=np.int8),
}


def test_points_are_parted_by_split_and_empty_splits_are_left_out() -> None:
    panels = point_panels(ARRAYS)
    assert [(panel.split, len(panel.points)) for panel in panels] == [("training", 2), ("test", 1)]


def test_every_split_is_drawn_on_the_same_axes() -> None:
    figure = draw(point_panels(ARRAYS), ("in", "out"), "points", seed=3)
    first, second = (panel.specification["encoding"] for panel in figure.panels)
    assert first["x"]["scale"] == second["x"]["scale"]
    assert "2 points in the training split, 1 point in the test split" in figure.alternative


def test_one_of_several_data_sets_is_named() -> None:
    figure = draw(point_panels(ARRAYS), ("in", "out"), "points-2", seed=3, data="moons")
    assert figure.title == "moons: the points of seed 3"
    assert figure.alternative.startswith("Scatter of moons of seed 3")
