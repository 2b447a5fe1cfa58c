from collections.abc import Sequence

import pytest
from scipy.stats import t

from glasslab.analysis.reported import Comparison, against_reported
from tests.analysis.made_runs import DIVERGED, Ending, Value, made

FIVE = [0.970, 0.972, 0.974, 0.976, 0.978]


def held_against(reported: float, values: Sequence[Value], metric: str = "test/accuracy") -> Comparison:
    results = made({"a": values, "b": values}, reported={"source": "a paper", metric: {"a": reported}})
    (comparison,) = against_reported(results)
    return comparison


def test_nothing_reported_gives_no_comparisons() -> None:
    assert against_reported(made({"a": FIVE})) == []


def test_a_reported_value_is_held_against_one_new_run_and_not_against_the_mean() -> None:
    # mean 0.974, sd sqrt(0.00001) = 0.0031623; Student's quantile for 4 degrees of freedom is 2.7764
    half = float(t.ppf(0.975, 4)) * 0.00001**0.5 * (1 + 1 / 5) ** 0.5
    inside = held_against(0.974 + 0.9 * half, FIVE)
    assert inside.new_run is not None
    assert inside.new_run.high == pytest.approx(0.974 + half)
    assert inside.ours is not None
    assert inside.ours.high is not None
    assert inside.reported > inside.ours.high
    assert (inside.inside, inside.outside_by) == (True, 0.0)


def test_a_value_outside_says_by_how_much_and_on_which_side() -> None:
    low, high = held_against(0.9, FIVE), held_against(1.0, FIVE)
    assert low.new_run is not None
    assert low.inside is False
    assert low.outside_by == pytest.approx(0.9 - low.new_run.low)
    assert high.outside_by is not None
    assert high.outside_by > 0


def test_one_seed_has_no_interval_for_a_new_run() -> None:
    found = held_against(0.97, [0.97])
    assert (found.new_run, found.inside, found.outside_by) == (None, None, None)
    assert found.ours is not None
    assert found.ours.n == 1


def test_a_variant_without_values_is_shown_without_ours() -> None:
    found = held_against(0.97, [DIVERGED, None])
    assert (found.ours, found.new_run, found.inside) == (None, None, None)


def test_runs_that_diverged_leave_the_comparison() -> None:
    found = held_against(0.97, [*FIVE, DIVERGED])
    assert found.ours is not None
    assert found.ours.n == 5


@pytest.mark.parametrize(("reported", "inside", "by"), [(100.0, True, 0.0), (101.0, False, 1.0)])
def test_counts_of_parameters_agree_or_do_not_with_one_seed(reported: float, inside: bool, by: float) -> None:
    found = held_against(reported, [Ending(parameters=100)], "parameters")
    assert (found.inside, found.outside_by) == (inside, by)


def test_seconds_from_elsewhere_are_shown_beside_ours_and_not_judged() -> None:
    found = held_against(137.9, [Ending(facts={"seconds": s}) for s in (1.0, 2.0, 3.0)], "seconds")
    assert found.ours is not None
    assert found.ours.mean == 2.0
    assert (found.new_run, found.inside, found.outside_by) == (None, None, None)


def test_comparisons_stand_in_the_order_reported() -> None:
    values = {name: [Ending({"test/accuracy": 0.9, "train/loss": 0.1})] for name in "ab"}
    reported = {"source": "x", "train/loss": {"b": 0.1, "a": 0.2}, "test/accuracy": {"a": 0.9}}
    found = against_reported(made(values, reported=reported))
    assert [(each.metric.text, each.variant, each.reported) for each in found] == [
        ("train/loss", "b", 0.1),
        ("train/loss", "a", 0.2),
        ("test/accuracy", "a", 0.9),
    ]
