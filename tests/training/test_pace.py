import pytest
from hypothesis import given
from hypothesis import strategies as st

from glasslab.plan.recipe import Course
from glasslab.training.pace import Pace


def test_the_ragged_last_batch_is_a_step_of_its_own() -> None:
    pace = Pace.of(Course(epochs=3, batch_size=32), 100)
    assert (pace.steps_per_epoch, pace.steps, pace.period) == (4, 12, 4)


def test_a_full_batch_is_one_step_an_epoch() -> None:
    pace = Pace.of(Course(epochs=7, batch_size="full"), 800)
    assert (pace.batch_size, pace.steps_per_epoch, pace.steps) == (800, 1, 7)


def test_a_batch_larger_than_the_data_is_all_of_it() -> None:
    assert Pace.of(Course(epochs=1, batch_size=128), 40).batch_size == 40


def test_steps_are_measured_twenty_times_unless_told() -> None:
    assert Pace.of(Course(steps=1500, batch_size="full"), 800).period == 75
    assert Pace.of(Course(steps=1500, batch_size="full", evaluate_every=50), 800).period == 50


def test_a_period_is_never_longer_than_the_run() -> None:
    assert Pace.of(Course(steps=10, evaluate_every=50), 800).period == 10


@given(st.integers(1, 400), st.integers(1, 60))
def test_measurements_come_at_every_period_and_at_the_end(steps: int, every: int) -> None:
    pace = Pace.of(Course(steps=steps, evaluate_every=every), 100)
    at, found = 0, []
    while at < pace.steps:
        at = pace.next_measurement(at)
        found.append(at)
    assert found == sorted({*range(every, steps + 1, every), steps}) if every <= steps else [steps]


@pytest.mark.parametrize(("step", "epochs"), [(4, 1), (8, 2), (2, 0.5), (5, 1.25)])
def test_epochs_are_whole_numbers_where_they_are_whole(step: int, epochs: float) -> None:
    found = Pace.of(Course(epochs=3, batch_size=32), 100).epochs_after(step)
    assert found == epochs
    assert isinstance(found, int) == float(epochs).is_integer()
