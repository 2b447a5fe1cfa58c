import numpy as np
import pytest

from glasslab.analysis.filters import FirstLayer, evenness, first_layer, numbered, structure

WEIGHTS = np.zeros((2, 3, 5, 5))


def found(rms: list[float], smooth: float = 0.5) -> FirstLayer:
    return first_layer({"rms": np.array(rms), "smoothness": np.full(len(rms), smooth), "weights": WEIGHTS})


def test_a_filter_is_dead_below_a_tenth_and_dominant_above_three_times_the_median() -> None:
    layer = found([1.0, 1.0, 0.09, 0.11, 2.9, 3.1, 1.0])
    assert layer.dead == (2,)
    assert layer.dominant == (5,)
    assert layer.share_of_largest == pytest.approx(np.array([1.0, 1.0, 0.09, 0.11, 2.9, 3.1, 1.0]) / 3.1)
    assert evenness(layer) == "filter 5 dominates and filter 2 is dead"


def test_alike_filters_neither_dominate_nor_are_dead() -> None:
    assert evenness(found([1.0, 1.1, 0.9])) == "no filter dominates and none is dead"


def test_where_all_weights_are_zero_every_filter_is_dead() -> None:
    layer = found([0.0, 0.0])
    assert layer.dead == (0, 1)
    assert layer.share_of_largest.tolist() == [0, 0]


def test_many_filters_are_counted() -> None:
    assert numbered((1, 2)) == "filters 1 and 2"
    assert numbered((1, 2, 3)) == "filters 1, 2 and 3"
    assert numbered((1, 2, 3, 4)) == "4 filters (1, 2, 3 and others)"


@pytest.mark.parametrize("smooth, words", [(0.62, "0.62: smooth patterns"), (0.02, "not told from noise")])
def test_structure_is_told_from_noise(smooth: float, words: str) -> None:
    assert words in structure(found([1.0], smooth))


def test_filters_of_a_single_pixel_have_no_structure() -> None:
    assert structure(found([1.0], np.nan)) == ""
