from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from glasslab.analysis.answer import answer, claim_sentence, conditions, pair_sentence, warnings
from glasslab.analysis.pairs import pairs
from glasslab.analysis.results import Results
from glasslab.analysis.verdicts import judge
from tests.analysis.made_runs import made
from tests.report import made_study
from tests.report.made_study import BASE, MNIST, Made, Outcome, make

# Means 97, 90 and 96.95 %. relu - sigmoid is 7 points with every seed within 0.2 of it; relu - tanh is
# 0.05, 0.25, -0.15, 0.1 and 0 points: mean 0.05, and t = 0.05 / (0.1458 / sqrt 5) = 0.77 tells nothing.
KNOWN = {
    "relu": (0.9700, 0.9710, 0.9690, 0.9705, 0.9695),
    "sigmoid": (0.9000, 0.8990, 0.9010, 0.9005, 0.8995),
    "tanh": (0.9695, 0.9685, 0.9705, 0.9695, 0.9695),
}


def study(out: Path, tables: Mapping[str, Any], **changes: Any) -> Results:
    """Three variants whose accuracies are known: sigmoid lies far below, tanh close to relu."""

    def fate(variant: Any, seed: int, random: Any) -> Outcome:
        return Outcome(accuracy=KNOWN[variant.name][seed])

    bare = {key: value for key, value in BASE.items() if key not in ("claims", "reported")}
    return make(out, bare | dict(tables) | changes, fate, Made(MNIST), name="known")


def test_without_claims_the_answer_says_what_is_told_and_what_is_not(tmp_path: Path) -> None:
    said = answer(study(tmp_path, {}))
    assert said.startswith("relu ends above sigmoid: 97.00 % against 90.00 %, difference 7.0")
    assert "5 seeds" in said
    assert "relu and tanh cannot be told apart" in said


def test_a_baseline_is_what_the_others_are_told_from(tmp_path: Path) -> None:
    said = answer(study(tmp_path, {"baseline": "relu"}))
    assert said == "Against the baseline relu: sigmoid ends below it; tanh cannot be told from it."


def test_one_claim_is_answered_with_both_means(tmp_path: Path) -> None:
    claims = [{"says": "ReLU ends above sigmoid", "holds": "relu > sigmoid"}]
    said = answer(study(tmp_path, {"claims": claims}))
    assert said.startswith("ReLU ends above sigmoid: 97.00 % against 90.00 %, difference 7.0")


def test_a_claim_that_is_wrong_is_said_not_to_hold(tmp_path: Path) -> None:
    claims = [{"says": "Sigmoid ends above ReLU.", "holds": "sigmoid > relu"}]
    said = answer(study(tmp_path, {"claims": claims}))
    assert said.startswith(
        "“Sigmoid ends above ReLU” does not hold: 90.00 % against 97.00 %, difference −7.0"
    )


def test_many_claims_are_listed_by_verdict(tmp_path: Path) -> None:
    claims = [
        {"says": "A", "holds": "relu > sigmoid"},
        {"says": "B", "holds": "relu > tanh"},
        {"says": "C", "holds": "sigmoid > relu"},
    ]
    said = answer(study(tmp_path, {"claims": claims}))
    assert "Holds: A." in said
    assert "Does not hold: C." in said
    assert "Cannot tell: B" in said
    assert said.startswith("relu has the highest mean test accuracy, 97.0")


def test_one_seed_tells_nothing_apart(tmp_path: Path) -> None:
    said = answer(made_study.single(tmp_path))
    assert "one seed gives no interval, so nothing can be told apart" in said
    assert "±" not in said


def test_an_unfinished_study_says_how_much_it_rests_on(tmp_path: Path) -> None:
    assert answer(made_study.troubled(tmp_path)).startswith("13 of 15 runs have ended so far.")


def test_a_study_whose_runs_all_diverged_has_nothing_to_compare(tmp_path: Path) -> None:
    found = make(tmp_path, BASE, lambda *_: Outcome(status="diverged"), Made(MNIST), name="lost")
    assert answer(found) == "All 15 runs diverged, so there is nothing to compare."


def test_a_study_without_runs_says_so(tmp_path: Path) -> None:
    found = make(tmp_path, BASE, lambda *_: Outcome(status=None), Made(MNIST), name="none")
    assert answer(found) == "No run has been made yet."


@pytest.mark.parametrize(
    "holds, words",
    [
        ("relu > 0.95", "relu is 97.00 %, 95 % interval 96.90 to 97.10, claimed above 95 %, 5 seeds"),
        ("0.95 < relu", "claimed above 95 %"),
        ("relu < 0.95", "claimed below 95 %"),
        (
            "relu - sigmoid > 0.05",
            "relu − sigmoid is 7.00 points, 95 % interval 6.82 to 7.18, claimed above 5 points",
        ),
        ("relu ~ tanh within 0.005", "claimed within 0.5 points"),
        ("sigmoid < relu", "sigmoid − relu is −7.00 points"),
    ],
)
def test_a_claim_names_what_was_claimed_in_its_own_unit(tmp_path: Path, holds: str, words: str) -> None:
    found = study(tmp_path, {"claims": [{"says": "So it is", "holds": holds}]})
    assert words in claim_sentence(judge(found)[0])


def test_a_claim_about_another_metric_names_it(tmp_path: Path) -> None:
    claims = [{"says": "Loss", "holds": "relu < sigmoid", "metric": "test/loss"}]
    found = study(tmp_path, {"claims": claims})
    assert "In test loss, relu − sigmoid is" in claim_sentence(judge(found)[0], found.study.metric)


def test_a_claim_that_rests_on_diverged_runs_says_why_nothing_can_be_told(tmp_path: Path) -> None:
    sentence = claim_sentence(judge(made_study.troubled(tmp_path))[0])
    assert sentence.startswith("ReLU ends above sigmoid: cannot tell, because 2 of its runs diverged.")


def test_pairs_are_told_apart_or_said_not_to_be(tmp_path: Path) -> None:
    found = study(tmp_path, {})
    said = {(p.left, p.right): pair_sentence(p, found.study.metric) for p in pairs(found, found.study.metric)}
    assert said["relu", "sigmoid"].startswith("relu ends above sigmoid by 7.00 points")
    assert said["sigmoid", "tanh"].startswith("sigmoid ends below tanh by 6.95 points")
    assert said["relu", "tanh"].startswith("relu and tanh cannot be told apart: relu − tanh is")


def test_a_pair_with_diverged_runs_is_never_told_apart(tmp_path: Path) -> None:
    found = made_study.troubled(tmp_path)
    first = pairs(found, found.study.metric)[0]
    assert "cannot be told apart, because 2 runs diverged" in pair_sentence(first, found.study.metric)


def test_conditions_name_data_network_length_seeds_machine_and_day(tmp_path: Path) -> None:
    assert conditions(made_study.activations(tmp_path)) == (
        "mnist, 60\u2009000 training and 10\u2009000 test examples · mlp 128-64, 109\u2009386 parameters"
        " · 10 epochs · 5 seeds · AMD EPYC 7B13 · 20 November 2025 · full"
    )


def test_a_full_study_warns_of_nothing(tmp_path: Path) -> None:
    assert warnings(made_study.activations(tmp_path)) == []


def test_a_quick_and_changed_study_says_both(tmp_path: Path) -> None:
    found = made_study.quick(tmp_path)
    quick, changed = warnings(found)
    assert quick.startswith("Quick run:")
    assert changed == "Changed by --set recipe.batch_size=64."
    assert conditions(found).endswith("quick, changed by --set")


def test_every_kind_of_trouble_is_counted(tmp_path: Path) -> None:
    assert warnings(made_study.troubled(tmp_path)) == [
        "1 of 15 runs is missing.",
        "1 of 15 runs has not ended.",
        "1 of 14 runs failed (tanh with seed 2); they have no values.",
        "2 of 14 runs diverged (sigmoid with seeds 1 and 3); they are counted, and left out of the means.",
    ]


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    found = made_study.activations(tmp_path)
    broken = found.runs[0].folder.manifest
    broken.write_text("{", encoding="utf-8")
    again = made_study.load_results(found.study, found.folder)
    assert any(
        "1 run folder cannot be read" in each and broken.parent.name in each for each in warnings(again)
    )


def test_more_than_four_claims_are_counted(tmp_path: Path) -> None:
    holds = ["relu > sigmoid", "tanh > sigmoid", "sigmoid > relu", "relu > tanh", "relu > 0.5"]
    claims = [{"says": each, "holds": each} for each in holds]
    said = answer(study(tmp_path, {"claims": claims}))
    assert said.startswith("relu has the highest mean test accuracy")
    assert said.endswith("Of 5 claims 3 hold, 1 does not hold and 1 cannot be told.")


def test_claims_that_all_hold_are_said_to(tmp_path: Path) -> None:
    claims = [{"says": str(limit), "holds": f"relu > {limit}"} for limit in (0.1, 0.2, 0.3, 0.4, 0.5)]
    assert answer(study(tmp_path, {"claims": claims})).endswith("All 5 claims hold.")


def test_variants_of_one_mean_are_not_ranked() -> None:
    results = made({"a": [0.5] * 3, "b": [0.5] * 3, "c": [0.5] * 3})
    assert answer(results) == "All 3 variants have the same mean test accuracy, 50.00 ± 0 %."


def test_a_metric_that_no_finished_run_has_is_named() -> None:
    assert answer(made({"a": [0.5], "b": [0.6]}, metric="gradient/first")) == (
        "No finished run has a value of mean gradient of the first layer."
    )
