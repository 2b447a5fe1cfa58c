import numpy as np
import pytest

from glasslab.analysis.invariance import Course, course, holds, unrelated


def test_a_course_has_the_quartiles_of_the_images() -> None:
    values = np.array([[0.0, 4.0], [1.0, 3.0], [2.0, 2.0], [3.0, 1.0], [4.0, 0.0]])
    found = course(np.array([0.0, 1.0]), values)
    assert found == Course((0.0, 1.0), (1.0, 1.0), (2.0, 2.0), (3.0, 3.0))


def test_images_without_values_are_left_out() -> None:
    found = course(np.array([0.0]), np.array([[np.nan], [2.0]]))
    assert found is not None
    assert found.median == (2.0,)
    assert course(np.array([0.0]), np.array([[np.nan]])) is None


def test_amounts_that_occur_twice_are_taken_once() -> None:
    found = course(np.array([-1.0, -1.0, 0.0, 1.0]), np.array([[5.0, 5.0, 1.0, 2.0]]))
    assert found is not None
    assert (found.amount, found.median) == ((-1.0, 0.0, 1.0), (5.0, 1.0, 2.0))


def told(*median: float) -> Course:
    amount = tuple(float(place - len(median) // 2) for place in range(len(median)))
    return Course(amount, median, median, median)


@pytest.mark.parametrize(
    "found, ends",
    [
        (told(0.9, 0.1, 0.5, 0.9, 0.6, 0.4, 0.9), (-1, 1)),
        (told(0.9, 0.9, 0.9), (-1, 1)),
        (told(0.1, 0.9, 0.1), (0, 0)),
        (told(0.9, 0.4, 0.9), None),
    ],
)
def test_it_holds_as_far_as_every_step_on_the_way_does(
    found: Course, ends: tuple[float, float] | None
) -> None:
    assert holds(found, 0.0) == ends


def test_the_distance_of_other_images_is_their_median() -> None:
    assert unrelated({"unrelated": np.array([[1.0, np.nan, 3.0, 5.0]])}, 0) == 3
    assert unrelated({"unrelated": np.array([[np.nan]])}, 0) is None
