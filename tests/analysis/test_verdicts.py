import math

import numpy as np
import pytest
from scipy.stats import ttest_1samp, ttest_rel

from glasslab.analysis.results import Results
from glasslab.analysis.verdicts import Evidence, Judged, deciding, judge
from glasslab.plan.expression import Linear
from glasslab.stats import seeds_needed, seeds_needed_equivalence
from glasslab.stats.verdict import Verdict
from tests.analysis.made_runs import DIVERGED, FAILED, RUNNING, Ending, Values, made, results_of, study_over

HIGH = [0.91, 0.92, 0.90, 0.93, 0.92]
LOW = [0.81, 0.83, 0.80, 0.82, 0.83]
NEAR = [0.92, 0.91, 0.91, 0.92, 0.92]  # less HIGH: .01 -.01 .01 -.01 0

HOLDS, DOES_NOT_HOLD, CANNOT_TELL = Verdict.HOLDS, Verdict.DOES_NOT_HOLD, Verdict.CANNOT_TELL


def one(results: Results) -> Judged:
    """Returns the verdict on the only claim."""
    (judged,) = judge(results)
    return judged


def verdicts(results: Results) -> list[Verdict]:
    return [each.verdict for each in judge(results)]


def sized(*counts: int | None) -> list[Ending]:
    return [Ending({"test/accuracy": 0.9}, parameters=count) for count in counts]


def timed(*seconds: float, **facts: object) -> list[Ending]:
    return [Ending({"test/accuracy": 0.9}, facts={"seconds": s, **facts}) for s in seconds]


def test_a_clear_difference_holds_one_way_and_not_the_other() -> None:
    results = made({"a": HIGH, "b": LOW}, "a > b", "a < b", "b < a", "b > a")
    assert verdicts(results) == [HOLDS, DOES_NOT_HOLD, HOLDS, DOES_NOT_HOLD]


def test_a_small_difference_cannot_be_told_and_says_how_many_more_seeds_would() -> None:
    judged = one(made({"a": NEAR, "b": HIGH}, "a > b"))
    differences = np.subtract(NEAR, HIGH)
    assert judged.verdict is CANNOT_TELL
    assert judged.why_not == ""
    assert judged.adjusted == pytest.approx(1.0)
    assert judged.more_seeds is None  # the mean difference is 0 up to rounding
    better = made({"a": [0.93, 0.92, 0.90, 0.94, 0.92], "b": HIGH}, "a > b")
    differences = np.array([0.02, 0.0, 0.0, 0.01, 0.0])
    needed = seeds_needed(differences.mean(), differences.std(ddof=1), alpha=0.05)
    assert needed is not None
    assert one(better).more_seeds == needed - 5


def test_p_values_are_those_of_a_paired_t_test() -> None:
    judged = one(made({"a": HIGH, "b": NEAR}, "a > b"))
    (evidence,) = judged.evidence
    assert evidence.p_for == pytest.approx(ttest_rel(HIGH, NEAR, alternative="greater").pvalue)
    assert evidence.p_against == pytest.approx(ttest_rel(HIGH, NEAR, alternative="less").pvalue)


def test_claims_are_corrected_for_their_number() -> None:
    values = {"a": [0.92, 0.95, 0.93, 0.92], "b": [0.91, 0.92, 0.92, 0.90], "c": [0.92, 0.91, 0.90, 0.93]}
    alone = one(made(values, "a > b"))
    assert alone.adjusted == pytest.approx(ttest_rel(values["a"], values["b"]).pvalue)
    assert alone.verdict is HOLDS
    together = judge(made(values, "a > b", "b > c", "a > c"))
    assert alone.adjusted is not None
    assert together[0].adjusted == pytest.approx(3 * alone.adjusted)
    assert together[0].verdict is CANNOT_TELL


def test_seeds_still_needed_leave_each_claim_its_share_of_the_error() -> None:
    values = {"a": [0.93, 0.92, 0.90, 0.94, 0.92], "b": HIGH, "c": NEAR}
    differences = np.array([0.02, 0.0, 0.0, 0.01, 0.0])
    needed = seeds_needed(differences.mean(), differences.std(ddof=1), alpha=0.05 / 3)
    assert needed is not None
    assert judge(made(values, "a > b", "b > c", "a > c"))[0].more_seeds == needed - 5


def test_a_margin_is_part_of_the_claim() -> None:
    results = made({"a": HIGH, "b": LOW}, "a - b > 0.05", "a - b > 0.15")
    assert verdicts(results) == [HOLDS, DOES_NOT_HOLD]


def test_a_difference_of_differences_is_paired_too() -> None:
    values = {"a": HIGH, "b": LOW, "c": LOW, "d": [v - 0.01 for v in LOW]}
    judged = one(made(values, "a - b > c - d"))
    assert judged.verdict is HOLDS
    assert judged.deciding is not None
    expected = [a - b - 0.01 for a, b in zip(HIGH, LOW, strict=True)]
    assert list(judged.deciding.by_seed.values()) == pytest.approx(expected)


def test_equivalence_holds_within_its_margin_and_not_beyond_it() -> None:
    values = {
        "a": HIGH,
        "b": [v + d for v, d in zip(HIGH, [0.001, -0.001, 0.0, 0.001, 0.0], strict=True)],
        "c": LOW,
    }
    results = made(values, "a ~ b within 0.005", "a ~ c within 0.01", "a ~ c within 0.1")
    assert verdicts(results) == [HOLDS, DOES_NOT_HOLD, CANNOT_TELL]


def test_seeds_still_needed_for_equivalence_are_those_that_would_show_it() -> None:
    judged = one(made({"a": NEAR, "b": HIGH}, "a ~ b within 0.01"))
    sd = float(np.std([0.01, -0.01, 0.01, -0.01, 0.0], ddof=1))
    needed = seeds_needed_equivalence(0.0, sd, 0.01, alpha=0.05)
    assert needed is not None
    assert (judged.verdict, judged.more_seeds) == (CANNOT_TELL, needed - 5)


def test_seeds_still_needed_against_equivalence_measure_the_way_beyond_the_margin() -> None:
    values = {"a": [0.91, 0.95, 0.91], "b": [0.90, 0.90, 0.90]}
    judged = one(made(values, "a ~ b within 0.01"))
    differences = np.array([0.01, 0.05, 0.01])
    needed = seeds_needed(differences.mean() - 0.01, differences.std(ddof=1), alpha=0.025)
    assert needed is not None
    assert (judged.verdict, judged.more_seeds) == (CANNOT_TELL, needed - 3)


def test_one_seed_gives_no_verdict() -> None:
    judged = one(made({"a": [0.9], "b": [0.1]}, "a > b"))
    assert (judged.verdict, judged.why_not) == (CANNOT_TELL, "one seed gives no interval")
    assert judged.adjusted is None
    assert judged.deciding is not None
    assert judged.deciding.difference is not None
    assert judged.deciding.difference.low is None


def test_five_seeds_without_any_spread_are_not_certain_and_a_sixth_would_settle_it() -> None:
    judged = one(made({"a": [1.0] * 5, "b": [0.75] * 5}, "a > b"))
    assert (judged.verdict, judged.more_seeds) == (CANNOT_TELL, 1)
    assert one(made({"a": [1.0] * 6, "b": [0.75] * 6}, "a > b")).verdict is HOLDS


def test_a_claim_that_ties_in_every_seed_is_not_told_by_rounding_errors() -> None:
    # 0.98 - 0.97 - 0.01 is 9e-18 in floating point, and 0.93 - 0.92 - 0.01 is 9e-18 too
    values = {
        "a": [0.98, 0.93, 0.88, 0.74, 0.55, 0.62, 0.31],
        "b": [0.97, 0.92, 0.87, 0.73, 0.54, 0.61, 0.30],
    }
    assert any(a - b - 0.01 != 0 for a, b in zip(values["a"], values["b"], strict=True))
    for claim in ("a - b > 0.01", "a - b < 0.01"):
        judged = one(made(values, claim))
        assert judged.verdict is DOES_NOT_HOLD
        assert judged.deciding is not None
        assert set(judged.deciding.by_seed.values()) == {0.0}


def test_an_expression_as_metric_does_not_find_differences_in_rounding_errors() -> None:
    metric = "train/accuracy:clean - test/accuracy"
    rows = [(0.98, 0.97), (0.93, 0.92), (0.88, 0.87), (0.74, 0.73), (0.55, 0.54), (0.62, 0.61), (0.31, 0.30)]
    values = {"a": [Ending({"train/accuracy:clean": c, "test/accuracy": t}) for c, t in rows]}
    values["b"] = values["a"][::-1]
    judged = one(made(values, "a > b", metric=metric))
    assert judged.verdict is DOES_NOT_HOLD
    assert judged.deciding is not None
    assert set(judged.deciding.by_seed.values()) == {0.0}


def test_a_tie_in_each_of_six_seeds_speaks_against_being_above_and_in_each_of_five_not_enough() -> None:
    for claim in ("a > b", "a < b"):
        assert one(made({"a": [0.5] * 6, "b": [0.5] * 6}, claim)).verdict is DOES_NOT_HOLD
        assert one(made({"a": [0.5] * 5, "b": [0.5] * 5}, claim)).verdict is CANNOT_TELL


def test_what_is_exactly_equal_is_not_greater() -> None:
    values = {"a": sized(100, 100), "b": sized(100, 100), "c": sized(90, 90)}
    claims = ("a > b", "a < b", "a > c", "a < c", "a - c > 10", "a - c > 9")
    expected = [DOES_NOT_HOLD, DOES_NOT_HOLD, HOLDS, DOES_NOT_HOLD, DOES_NOT_HOLD, HOLDS]
    assert verdicts(made(values, *claims, metric="parameters")) == expected


def test_exact_quantities_are_equivalent_up_to_their_margin() -> None:
    values = {"a": sized(100), "b": sized(100), "c": sized(90)}
    claims = ("a ~ b within 1", "a ~ c within 10", "a ~ c within 9")
    assert verdicts(made(values, *claims, metric="parameters")) == [HOLDS, HOLDS, DOES_NOT_HOLD]


def test_exact_quantities_need_one_seed_and_are_above_every_other_or_not() -> None:
    values = {"a": sized(100), "b": sized(90), "c": sized(100)}
    assert verdicts(made(values, "a > *", "b < *", metric="parameters")) == [DOES_NOT_HOLD, HOLDS]


def test_exact_quantities_are_told_even_where_runs_diverged() -> None:
    values = {"a": sized(100, 100), "b": [Ending(status="diverged", parameters=50)] * 2}
    assert verdicts(made(values, "a > b", metric="parameters")) == [HOLDS]


def test_exact_claims_take_no_part_in_the_correction() -> None:
    values = {"a": [0.92, 0.94, 0.93, 0.92], "b": [0.91, 0.92, 0.92, 0.90]}
    claims = [{"says": "x", "holds": "a > b"}]
    claims += [{"says": "y", "holds": "a > b", "metric": "parameters"}] * 3
    judged = judge(made(values, claims=claims))
    assert judged[0].adjusted == pytest.approx(ttest_rel(values["a"], values["b"]).pvalue)
    assert [each.verdict for each in judged] == [HOLDS] + [DOES_NOT_HOLD] * 3


def test_counts_that_changed_between_runs_are_tested_and_not_called_exact() -> None:
    values = {"a": sized(100, 100, 120, 100), "b": sized(90, 90, 90, 90)}
    judged = one(made(values, "a > b", metric="parameters"))
    assert judged.adjusted == pytest.approx(ttest_1samp([10, 10, 30, 10], 0).pvalue)


def test_a_variant_under_another_name_is_not_better_than_itself() -> None:
    twins = {"b": "a"}
    values = {"a": HIGH, "b": HIGH}
    claims = ("a > b", "a < b", "a ~ b within 0.001", "a - b < 0.001", "a + b > 2 * b")
    results = made(values, *claims, twins=twins)
    assert verdicts(results) == [DOES_NOT_HOLD, DOES_NOT_HOLD, HOLDS, HOLDS, DOES_NOT_HOLD]
    assert judge(results)[0].more_seeds is None
    assert verdicts(made({"a": [0.9], "b": [0.9]}, *claims, twins=twins)) == verdicts(results)


def test_every_other_variant_means_neither_the_same_under_another_name_nor_one_rival_twice() -> None:
    values = {"a": HIGH, "again": HIGH, "b": LOW, "b-again": LOW}
    judged = one(made(values, "a > *", twins={"again": "a", "b-again": "b"}))
    assert judged.verdict is HOLDS
    assert [each.expression.names for each in judged.evidence] == [("a", "b")]


def test_a_claim_over_twins_alone_is_known_to_be_wrong() -> None:
    judged = one(made({"a": HIGH, "b": HIGH, "c": HIGH}, "a > *", twins={"b": "a", "c": "a"}))
    assert judged.verdict is DOES_NOT_HOLD


def test_best_of_all_holds_only_when_every_difference_is_told() -> None:
    assert one(made({"a": HIGH, "b": LOW, "c": LOW}, "a > *")).verdict is HOLDS
    judged = one(made({"a": HIGH, "b": LOW, "c": NEAR}, "a > *"))
    assert judged.verdict is CANNOT_TELL
    assert judged.deciding is not None
    assert judged.deciding.expression.names == ("a", "c")
    assert judged.adjusted == pytest.approx(min(1.0, 2 * ttest_rel(HIGH, NEAR, alternative="greater").pvalue))


def test_best_of_all_falls_as_soon_as_one_difference_is_told_the_other_way() -> None:
    judged = one(made({"a": HIGH, "b": LOW, "c": [v + 0.05 for v in NEAR]}, "a > *"))
    assert judged.verdict is DOES_NOT_HOLD
    assert judged.deciding is not None
    assert judged.deciding.expression.names == ("a", "c")


def test_against_best_of_all_the_p_value_is_corrected_for_the_number_of_rivals() -> None:
    rival = [h + d for h, d in zip(HIGH, [0.011, 0.002, 0.009, 0.004, 0.006], strict=True)]
    values = {"a": HIGH, "b": rival, "c": LOW, "d": LOW, "e": LOW}
    p = ttest_rel(HIGH, rival, alternative="less").pvalue
    judged = one(made(values, "a > *"))
    assert judged.adjusted == pytest.approx(2 * 4 * p)


def test_worst_of_all_is_judged_the_other_way_round() -> None:
    assert one(made({"a": LOW, "b": HIGH, "c": NEAR}, "a < *")).verdict is HOLDS
    assert one(made({"a": HIGH, "b": LOW, "c": NEAR}, "a < *")).verdict is DOES_NOT_HOLD


def test_seeds_still_needed_for_best_of_all_are_those_of_the_weakest_link() -> None:
    values = {"a": HIGH, "b": [0.90, 0.93, 0.88, 0.93, 0.90], "c": [0.90, 0.92, 0.89, 0.92, 0.92]}
    judged = one(made(values, "a > *"))
    needed = []
    for name in ("b", "c"):
        differences = np.subtract(HIGH, values[name])
        needed.append(seeds_needed(differences.mean(), differences.std(ddof=1), alpha=0.05))
    assert judged.verdict is CANNOT_TELL
    assert judged.more_seeds == max(n for n in needed if n is not None) - 5


def test_a_link_with_one_seed_leaves_best_of_all_open() -> None:
    judged = one(made({"a": HIGH, "b": LOW, "c": [0.5, None, None, None, None]}, "a > *"))
    assert (judged.verdict, judged.why_not) == (CANNOT_TELL, "one seed gives no interval")


def test_the_deciding_link_of_unequal_numbers_of_seeds_is_the_one_the_verdict_rests_on() -> None:
    weak = Evidence(Linear((("a", 1.0),)), {0: 1.0}, None, 0.6, 0.4)
    against = Evidence(Linear((("b", 1.0),)), {0: 1.0}, None, 0.5, 0.001)
    assert deciding([weak, against]) is against
    assert deciding([weak]) is weak
    assert deciding([]) is None


def test_a_claim_that_rests_on_diverged_runs_cannot_be_told() -> None:
    judged = one(made({"a": HIGH, "b": [*LOW[:3], DIVERGED, DIVERGED]}, "a > b"))
    assert (judged.verdict, judged.why_not) == (CANNOT_TELL, "2 of its runs diverged")
    assert judged.adjusted is None
    assert list(judged.deciding.by_seed if judged.deciding else ()) == [0, 1, 2]


def test_runs_that_diverged_elsewhere_do_not_matter() -> None:
    assert one(made({"a": HIGH, "b": LOW, "c": [DIVERGED] * 5}, "a > b")).verdict is HOLDS


def test_a_threshold_is_judged_by_the_runs_that_did_not_diverge() -> None:
    judged = one(made({"a": [*LOW[:4], DIVERGED]}, "a < 0.9"))
    assert judged.verdict is HOLDS
    assert judged.deciding is not None
    assert judged.deciding.difference is not None
    assert judged.deciding.difference.n == 4


def test_a_diverged_run_of_twins_is_counted_once() -> None:
    values: Values = {"a": [*HIGH[:4], DIVERGED], "again": HIGH, "b": LOW}
    judged = one(made(values, "a + again > 2 * b", twins={"again": "a"}))
    assert judged.why_not == "1 of its runs diverged"


@pytest.mark.parametrize("gone", [FAILED, RUNNING, None])
def test_seeds_that_not_every_variant_has_leave_the_pairs(gone: Ending | None) -> None:
    judged = one(made({"a": [gone, *HIGH[1:]], "b": [*LOW[:4], gone]}, "a > b"))
    assert judged.deciding is not None
    assert list(judged.deciding.by_seed) == [1, 2, 3]
    assert judged.deciding.difference is not None
    assert judged.deciding.difference.n == 3


def test_variants_without_a_common_seed_and_without_values_say_so() -> None:
    apart = one(made({"a": [0.9, 0.8, None, None], "b": [None, None, 0.5, 0.6]}, "a > b"))
    assert (apart.verdict, apart.why_not) == (CANNOT_TELL, "a and b have no seed in common")
    assert apart.deciding is None
    empty = one(made({"a": HIGH, "b": [FAILED] * 5}, "a > b"))
    assert (empty.verdict, empty.why_not) == (CANNOT_TELL, "there are no values for b")


def test_seconds_of_runs_that_were_alone_are_judged() -> None:
    values = {"a": timed(9.0, 9.1, 9.2), "b": timed(5.0, 5.1, 4.9)}
    assert one(made(values, "a > b", metric="seconds")).verdict is HOLDS


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"at_once": 2}, "side by side"),
        ({"engine": "stacked"}, "side by side"),
        ({"device": "cuda"}, "different machines"),
        ({"threads": 2}, "different machines"),
    ],
)
def test_seconds_that_were_not_measured_fairly_are_not_judged(facts: dict[str, object], why: str) -> None:
    values = {"a": timed(9.0, 9.1, 9.2), "b": timed(5.0, 5.1, 4.9, **facts)}
    for metric in ("seconds", "test/accuracy - 0.01 * seconds"):
        judged = one(made(values, "a > b", metric=metric))
        assert (judged.verdict, judged.adjusted) == (CANNOT_TELL, None)
        assert why in judged.why_not
    assert one(made(values, "a > 8", metric="seconds")).verdict is HOLDS  # a was alone


def test_a_claim_with_its_own_metric_is_judged_by_that() -> None:
    values = {
        "a": [
            Ending({"test/accuracy": h, "test/loss": x})
            for h, x in zip(HIGH, [2, 2.1, 2.2, 2.1, 2], strict=True)
        ],
        "b": [
            Ending({"test/accuracy": h, "test/loss": x})
            for h, x in zip(LOW, [1, 1.2, 1.1, 1.1, 1], strict=True)
        ],
    }
    claims = [{"says": "worse loss", "holds": "a > b", "metric": "test/loss"}]
    assert one(made(values, claims=claims, metric="test/accuracy")).verdict is HOLDS


def test_a_study_without_claims_has_no_verdicts() -> None:
    assert judge(made({"a": HIGH, "b": LOW})) == []


def told(holds: tuple[str, ...], means: dict[str, float], rounds: int) -> list[list[Verdict]]:
    """Returns the verdicts of so many studies of four seeds whose variants have these true means."""
    study = study_over({name: [None] * 4 for name in means}, *holds)
    results = results_of(study, {name: [0.5] * 4 for name in means})
    random = np.random.default_rng(11)
    found = []
    for _ in range(rounds):
        for each in results.variants:
            for run in each.runs.values():
                run.final["test/accuracy"] = float(random.normal(means[each.name], 0.01))  # type: ignore[index]
        found.append(verdicts(results))
    return found


@pytest.fixture
def no_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves out the seeds still needed, which take most of the time and say nothing of a verdict."""
    monkeypatch.setattr("glasslab.analysis.verdicts.seeds_to_settle", lambda *_: None)


@pytest.mark.usefixtures("no_plans")
@pytest.mark.parametrize(
    ("holds", "variants"),
    [
        (("a > *",), "ab"),
        (("a > *",), "abcdefgh"),
        (("a ~ * within 0.00001",), "abcd"),
        (("a > *", "b > *", "c > *"), "abc"),
        (("a > b", "a > c", "b > c", "a > *", "c < *"), "abc"),
        (("a ~ b within 0.00001", "a > b", "a > 0.9"), "ab"),
    ],
)
def test_of_equal_variants_at_most_five_percent_of_studies_tell_anything(
    holds: tuple[str, ...], variants: str
) -> None:
    """Tolerance: four binomial standard errors of 2,000 rounds at 0.05, 0.0195."""
    studies = told(holds, dict.fromkeys(variants, 0.9), 2000)
    wrong = sum(any(verdict is not CANNOT_TELL for verdict in study) for study in studies)
    assert wrong / 2000 < 0.05 + 4 * math.sqrt(0.05 * 0.95 / 2000)


@pytest.mark.usefixtures("no_plans")
def test_one_equal_rival_among_beaten_ones_is_rarely_overlooked() -> None:
    """Tolerance: four binomial standard errors of 2,000 rounds at 0.025, 0.014."""
    studies = told(("a > *",), {"a": 0.9, "b": 0.9, "c": 0.5, "d": 0.5}, 2000)
    assert sum(study == [HOLDS] for study in studies) / 2000 < 0.025 + 4 * math.sqrt(0.025 * 0.975 / 2000)


@pytest.mark.usefixtures("no_plans")
def test_best_of_all_is_found_where_it_is_so_and_refuted_where_it_is_not() -> None:
    best = told(("a > *",), {"a": 0.95, "b": 0.9, "c": 0.9}, 200)
    worst = told(("a > *",), {"a": 0.85, "b": 0.9, "c": 0.9}, 200)
    assert sum(study == [HOLDS] for study in best) > 150
    assert sum(study == [DOES_NOT_HOLD] for study in worst) > 150
