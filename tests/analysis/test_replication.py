from dataclasses import replace

import msgspec
import pytest

from glasslab.analysis.replication import (
    TRAINING_EXAMPLES,
    Experiment,
    Form,
    Replication,
    Scale,
    covers,
    experiment,
    scale_words,
    summary_lines,
    tally,
)
from glasslab.plan.data import DATASETS
from glasslab.records.machine import Code
from glasslab.records.manifest import DataFacts
from tests.analysis.made_runs import DATA, DIVERGED, FAILED, MACHINE, RUNNING, Ending, Values, made

HIGH = [0.970, 0.972, 0.974, 0.976, 0.978]
LOW = [0.90, 0.91, 0.90, 0.91, 0.90]


def of(values: Values, *holds: str, **tables: object) -> Experiment:
    return experiment(made(values, *holds, replicates="E4", **tables))


def reported(metric: str = "test/accuracy", **values: float) -> dict[str, object]:
    return {"source": "Report E, E4", metric: values}


def test_an_experiment_carries_its_label_question_and_source() -> None:
    found = of({"a": HIGH}, reported=reported(a=0.97))
    assert (found.label, found.report, found.study) == ("E4", "E", "made")
    assert (found.question, found.source, found.trouble) == ("Which is best?", "Report E, E4", "")


def test_a_label_is_found_in_what_a_study_says_of_itself() -> None:
    found = experiment(made({"a": HIGH}, replicates="Report A, A5 and A6"))
    assert (found.label, found.report) == ("A5, A6", "A")


def test_a_number_is_inside_or_outside_where_one_new_run_would_lie() -> None:
    # mean 0.974, sd 0.0031623, t(4) 2.7764: one new run lies within 0.974 +- 0.0096
    first, second = of({"a": HIGH, "b": HIGH}, reported=reported(a=0.983, b=0.984)).numbers
    assert (first.verdict, first.why) == ("inside", "")
    assert second.verdict == "outside"
    assert second.found.outside_by == pytest.approx(0.984 - 0.974 - 2.7764 * 0.0031623 * 1.2**0.5, abs=1e-6)


@pytest.mark.parametrize(
    ("values", "metric", "why"),
    [
        ([None] * 5, "test/accuracy", "not run"),
        ([RUNNING] * 5, "test/accuracy", "not run"),
        ([0.97, None, None, None, None], "test/accuracy", "one seed gives no interval"),
        ([DIVERGED] * 5, "test/accuracy", "5 runs diverged"),
        ([FAILED, DIVERGED, FAILED, FAILED, FAILED], "test/accuracy", "no run finished"),
        (HIGH, "seconds", "seconds are another machine's"),
        (HIGH, "test/loss", "no run has test/loss"),
    ],
)
def test_a_number_that_is_not_known_says_why(values: list[Ending], metric: str, why: str) -> None:
    (found,) = of({"a": values, "b": HIGH}, reported=reported(metric, a=0.97)).numbers
    assert (found.verdict, found.why) == ("not known", why)


def test_claims_hold_or_do_not_hold_or_cannot_be_told() -> None:
    found = of({"a": HIGH, "b": LOW}, "a > b", "b > a", "a > 0.974").claims
    assert [each.verdict for each in found] == ["holds", "does not hold", "cannot tell"]
    # differences 0.07, 0.062, 0.074, 0.066, 0.078: mean 0.07
    assert "a − b is 7.0 points, 95 % interval" in found[0].evidence
    assert "5 seeds" in found[0].evidence


def test_a_claim_about_what_was_not_run_is_not_judged() -> None:
    found = of({"a": HIGH, "b": [None] * 5, "c": [RUNNING] * 5}, "a > b", "a > *", "a > 0.9").claims
    assert [each.verdict for each in found] == ["not run", "not run", "holds"]
    assert found[0].evidence == "No run of b has ended."
    assert found[1].evidence == "No run of b and c has ended."


def test_a_claim_that_diverged_runs_leave_open_cannot_be_told() -> None:
    (found,) = of({"a": HIGH, "b": [*LOW[:4], DIVERGED]}, "a > b").claims
    assert found.verdict == "cannot tell"
    assert found.evidence.startswith("1 of its runs diverged. a − b is")


def test_runs_cover_a_study_when_every_variant_has_one_that_ended() -> None:
    assert covers(made({"a": [0.9, None], "b": [None, DIVERGED]}))
    assert not covers(made({"a": HIGH, "b": [RUNNING]}))


def scale(values: Values | None = None, **tables: object) -> Scale:
    return of(values or {"a": HIGH}, **tables).scale


def test_a_scale_counts_runs_seeds_and_seconds() -> None:
    found = scale({"a": [0.9, DIVERGED, FAILED, RUNNING, None], "b": [0.9, 0.9, None, None, None]})
    assert (found.runs, found.runs_planned) == (5, 10)
    assert (found.seeds, found.seeds_planned) == (3, 5)
    assert (found.diverged, found.failed) == (1, 1)
    assert found.seconds == 5.0  # each made run took 1 s
    assert (found.steps, found.epochs, found.examples) == ((1,), (), (4,))


def test_twins_share_their_runs_and_are_planned_once() -> None:
    results = made({"a": HIGH, "b": HIGH}, twins={"b": "a"}, replicates="E4")
    assert (experiment(results).scale.runs, experiment(results).scale.runs_planned) == (5, 5)


def test_every_machine_and_every_commit_is_listed_once() -> None:
    other = msgspec.structs.replace(MACHINE, processor="another")
    codes = [Code(version="0.1.0", source="x", commit=c * 40, changed=c == "b") for c in "ab"]
    facts = [
        {"code": codes[0]},
        {"code": codes[1], "machine": other, "device": "cuda"},
        {"code": codes[0]},
    ]
    found = scale({"a": [Ending({"test/accuracy": 0.9}, facts=each) for each in facts]})
    assert found.machines == ("a processor", "another with CUDA")
    assert found.commits == ("a" * 40, "b" * 40 + " with changes")
    assert "a processor; another with CUDA · code aaaaaaaaaa, bbbbbbbbbb with changes" in scale_words(found)


def test_code_without_a_checkout_is_named_by_its_version() -> None:
    assert scale().commits == ("version 0.1.0",)


def test_the_form_is_full_unless_something_was_left_out() -> None:
    assert scale().form is Form.FULL
    assert scale({"a": [None, RUNNING]}).form is Form.NOT_RUN
    whole = made({"a": HIGH}, replicates="E4")
    for form, change in [(Form.QUICK, {"quick": True}), (Form.CHANGED, {"overrides": ("recipe.lr=1",)})]:
        assert experiment(replace(whole, study=replace(whole.study, **change))).scale.form is form


@pytest.mark.parametrize("limit", ["train_limit", "test_limit"])
def test_a_study_on_part_of_the_data_is_a_subset(limit: str) -> None:
    assert scale(data={"name": "mnist", limit: 100}).form is Form.SUBSET


def images(train: int) -> DataFacts:
    return msgspec.structs.replace(DATA, examples={"train": train, "val": 0, "test": 10_000})


@pytest.mark.parametrize(
    ("trained_on", "name", "words"),
    [
        ([6000, 6000], "mnist", "mnist, 6000 of 60\u2009000 training examples"),
        ([60_000, 60_000], "mnist", "mnist, all 60\u2009000 training examples"),
        ([100, 2000], "cifar10", "cifar10, 100 to 2000 of 50\u2009000 training examples"),
    ],
)
def test_a_scale_says_how_much_of_the_data_was_trained_on(
    trained_on: list[int], name: str, words: str
) -> None:
    runs = [Ending({"test/accuracy": 0.9}, facts={"data": images(train)}) for train in trained_on]
    assert scale_words(scale({"a": runs}, data={"name": name})).startswith(words + " · 1 step · 2 seeds")


def test_a_scale_in_words_says_what_is_missing_and_went_wrong() -> None:
    found = scale({"a": [0.9, DIVERGED, None], "b": [0.9, FAILED, None]})
    assert "2 of 3 seeds · 4 of 6 runs (1 diverged, 1 failed) · 4.0 s of training" in scale_words(found)
    assert scale_words(scale({"a": [None, None]})) == "2 runs planned, none made."


def test_sizes_of_training_sets_are_those_of_the_settings() -> None:
    for name, size in TRAINING_EXAMPLES.items():
        assert f"{size:,}" in (DATASETS[name].settings.__doc__ or ""), name


def test_verdicts_are_counted_by_report_and_never_across_scales() -> None:
    first = of({"a": HIGH, "b": LOW}, "a > b", "b > a", reported=reported(a=0.974, b=0.974))
    second = replace(first, label="E5", scale=replace(first.scale, form=Form.QUICK))
    third = replace(first, label="A1")
    lines = summary_lines(Replication((third, first, second)))
    assert [(line.report, line.form.value, line.tally.experiments) for line in lines] == [
        ("A", "full", 1),
        ("E", "full", 1),
        ("E", "quick", 1),
        ("all", "full", 2),
        ("all", "quick", 1),
    ]
    assert lines[3].tally.verdicts == (2, 2, 0, 2, 2, 0, 0)


def test_one_report_needs_no_sum() -> None:
    assert [line.report for line in summary_lines(Replication((of({"a": HIGH}),)))] == ["E"]


def test_nothing_is_counted_as_nothing() -> None:
    assert tally([]).verdicts == (0,) * 7
    assert summary_lines(Replication(())) == []


def test_trouble_stays_beside_what_is_there() -> None:
    assert experiment(made({"a": HIGH}), "no data").trouble == "no data"
