import pytest

from glasslab.figures.axis import factor, span, ticks, with_zero
from glasslab.plan.metric import parse_metric

ACCURACY, LOSS = parse_metric("test/accuracy"), parse_metric("test/loss")


def test_shares_are_drawn_in_per_cent() -> None:
    assert (factor(ACCURACY), factor(LOSS)) == (100, 1)


@pytest.mark.parametrize("values", [[97.0, 99.9], [0.1, 3.0], [100.0, 100.0], []])
def test_an_axis_of_accuracy_never_leaves_0_to_100(values: list[float]) -> None:
    axis = span(values, ACCURACY)
    assert 0.0 <= axis.low < axis.high <= 100.0
    assert all(axis.low <= value <= axis.high for value in values)


def test_an_axis_has_a_width_where_all_values_are_equal() -> None:
    axis = span([0.5, 0.5], LOSS)
    assert axis.low < 0.5 < axis.high


def test_an_axis_says_whether_it_begins_at_zero() -> None:
    assert not span([97.0, 98.0], ACCURACY).begins_at_zero
    assert span([1.0, 98.0], ACCURACY).begins_at_zero


@pytest.mark.parametrize("values", [[0.2, 0.5], [-0.2, -0.1], [0.0], []])
def test_an_axis_of_differences_always_shows_zero(values: list[float]) -> None:
    axis = with_zero(values)
    assert axis.low < 0.0 < axis.high


def test_an_axis_of_gradients_is_as_small_as_they_are() -> None:
    axis = span([1.0e-6, 1.1e-6], parse_metric("gradient/first"))
    assert 0 < axis.low < 1.0e-6 < 1.1e-6 < axis.high < 1.2e-6


@pytest.mark.parametrize("reach, count", [([1, 2], 1), ([1, 4], 3), ([1, 7], 6), ([1, 20], 6), ([3, 3], 1)])
def test_an_axis_of_epochs_has_no_more_steps_than_there_are_epochs(reach: list[int], count: int) -> None:
    assert ticks(reach, 6) == count
