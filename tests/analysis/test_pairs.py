import numpy as np
import pytest
from scipy.stats import ttest_rel

from glasslab.analysis.answer import answer
from glasslab.analysis.best import best
from glasslab.analysis.pairs import Pair, pairs
from glasslab.analysis.results import Results
from glasslab.plan.metric import parse_metric
from glasslab.stats import seeds_needed
from tests.analysis.made_runs import DIVERGED, FAILED, Ending, Values, made

ACCURACY, SECONDS, PARAMETERS = map(parse_metric, ("test/accuracy", "seconds", "parameters"))
RECIPE = {"optimizer": "sgd", "lr": 0.1, "steps": 1}
A = [0.91, 0.92, 0.90, 0.93, 0.92]
B = [0.90, 0.92, 0.87, 0.92, 0.92]
C = [0.81, 0.83, 0.80, 0.82, 0.83]


def named(results: Results) -> list[tuple[str, str]]:
    return [(each.left, each.right) for each in pairs(results, ACCURACY)]


def only(results: Results) -> Pair:
    (pair,) = pairs(results, results.study.metric)
    return pair


def test_without_a_baseline_every_two_variants_are_a_pair() -> None:
    assert named(made({"a": A, "b": B, "c": C})) == [("a", "b"), ("a", "c"), ("b", "c")]


def test_with_a_baseline_every_other_variant_is_held_against_it() -> None:
    assert named(made({"a": A, "b": B, "c": C}, baseline="b")) == [("a", "b"), ("c", "b")]


def test_twins_are_left_out_also_as_baseline() -> None:
    values = {"a": A, "b": B, "again": A}
    assert named(made(values, twins={"again": "a"})) == [("a", "b")]
    assert named(made(values, twins={"again": "a"}, baseline="again")) == [("b", "a")]


def test_one_variant_has_no_pairs() -> None:
    assert pairs(made({"a": A}), ACCURACY) == []


def test_differences_are_taken_seed_by_seed_and_tested_as_pairs() -> None:
    pair = only(made({"a": A, "b": B}))
    assert list(pair.by_seed.values()) == pytest.approx([0.01, 0.0, 0.03, 0.01, 0.0])
    assert pair.difference is not None
    assert pair.difference.mean == pytest.approx(0.01)
    assert pair.adjusted == pytest.approx(ttest_rel(A, B).pvalue)


def test_p_values_are_corrected_for_the_number_of_pairs() -> None:
    found = pairs(made({"a": A, "b": B, "c": C}), ACCURACY)
    raw = [ttest_rel(A, B).pvalue, ttest_rel(A, C).pvalue, ttest_rel(B, C).pvalue]
    assert raw[1] < raw[2] < raw[0]
    assert [each.adjusted for each in found] == pytest.approx([raw[0], 3 * raw[1], 2 * raw[2]])
    assert [each.settled for each in found] == [False, True, True]


def test_seeds_still_needed_leave_each_pair_its_share_of_the_error() -> None:
    found = pairs(made({"a": A, "b": B, "c": C}), ACCURACY)
    gaps = np.subtract(A, B)
    needed = seeds_needed(gaps.mean(), gaps.std(ddof=1), alpha=0.05 / 3)
    assert needed is not None
    assert [each.more_seeds for each in found] == [needed - 5, None, None]


def test_one_seed_is_shown_and_settles_nothing() -> None:
    pair = only(made({"a": [0.9], "b": [0.1]}))
    assert pair.difference is not None
    assert pair.difference.mean == pytest.approx(0.8)
    assert (pair.difference.low, pair.adjusted, pair.settled, pair.more_seeds) == (None, None, False, None)


def test_seeds_that_one_side_lacks_leave_the_pair() -> None:
    pair = only(made({"a": [FAILED, *A[1:]], "b": [*B[:4], None]}))
    assert list(pair.by_seed) == [1, 2, 3]


def test_variants_without_a_common_seed_have_no_difference() -> None:
    pair = only(made({"a": [0.9, None], "b": [None, 0.8]}))
    assert (pair.by_seed, pair.difference, pair.adjusted, pair.settled) == ({}, None, None, False)


def test_an_untested_pair_takes_no_part_in_the_correction() -> None:
    found = pairs(made({"a": A, "c": C, "x": [FAILED] * 5}), ACCURACY)
    assert [each.adjusted for each in found] == [pytest.approx(ttest_rel(A, C).pvalue), None, None]


def test_equal_values_are_not_told_apart() -> None:
    pair = only(made({"a": A, "b": A}))
    assert (pair.adjusted, pair.settled, pair.more_seeds) == (1.0, False, None)


def test_what_is_left_after_runs_diverged_settles_nothing() -> None:
    pair = only(made({"a": [*A, 0.9], "b": [*C, DIVERGED]}))
    assert pair.adjusted is not None
    assert pair.adjusted < 0.05
    assert (pair.settled, pair.diverged, pair.more_seeds) == (False, 1, None)


def test_counts_of_parameters_need_one_seed_and_mind_no_divergence() -> None:
    values = {"a": [Ending(parameters=100)], "b": [Ending(status="diverged", parameters=90)]}
    pair = only(made(values, metric="parameters"))
    assert pair.difference is not None
    assert (pair.difference.mean, pair.difference.exact, pair.settled) == (10.0, True, True)


def test_equal_counts_of_parameters_are_not_told_apart() -> None:
    values = {"a": [Ending(parameters=100)] * 2, "b": [Ending(parameters=100)] * 2}
    assert not only(made(values, metric="parameters")).settled


def test_counts_that_changed_between_runs_are_not_called_exact() -> None:
    values = {"a": [Ending(parameters=n) for n in (100, 110)], "b": [Ending(parameters=90)] * 2}
    pair = only(made(values, metric="parameters"))
    assert pair.difference is not None
    assert not pair.difference.exact


@pytest.mark.parametrize(
    ("facts", "settled", "unfair"),
    [
        ({}, True, ""),
        ({"at_once": 2}, False, "runs were trained side by side"),
        ({"device": "cuda"}, False, "runs were trained on different machines"),
    ],
)
def test_seconds_settle_something_only_where_they_were_measured_fairly(
    facts: dict[str, object], settled: bool, unfair: str
) -> None:
    values = {
        "a": [Ending(facts={"seconds": s}) for s in (9.0, 9.1, 9.2)],
        "b": [Ending(facts={"seconds": s, **facts}) for s in (5.0, 5.1, 4.9)],
    }
    pair = only(made(values, metric="seconds"))
    assert pair.difference is not None
    assert pair.difference.mean == pytest.approx(4.1)
    assert (pair.settled, pair.unfair.partition(",")[0]) == (settled, unfair)
    assert pair.more_seeds is None


def test_other_metrics_mind_no_company() -> None:
    values: Values = {"a": [Ending({"test/accuracy": x}, facts={"at_once": 8}) for x in A], "c": C}
    assert only(made(values)).settled


def test_variants_on_different_data_sets_are_no_pair() -> None:
    grid = {"grid": {"data": {"name": ["moons", "circles"]}}}
    values = {f"{name}-{data}": A for name in ("a", "b") for data in ("moons", "circles")}
    tables = {"data": {}, "variants": {"a": {}, "b": {"recipe": {"lr": 0.2}}}, "recipe": RECIPE} | grid
    assert named(made(values, **tables)) == [("a-moons", "b-moons"), ("a-circles", "b-circles")]
    assert named(made(values, baseline="b-moons", **tables)) == [("a-moons", "b-moons")]


def test_none_of_several_data_sets_variants_is_the_best() -> None:
    values = {"moons": A, "circles": C}
    results = made(
        values, recipe=RECIPE, data={}, variants={name: {"data": {"name": name}} for name in values}
    )
    assert best(results, ACCURACY) is None
    assert "several data sets" in answer(results)
