import msgspec
import pytest

from glasslab.analysis.fairness import fairness
from tests.analysis.made_runs import CODE, DATA, MACHINE, Ending, Value, made


def having(**facts: object) -> Ending:
    return Ending({"test/accuracy": 0.9}, facts=facts)


def data(fingerprint: str) -> object:
    return msgspec.structs.replace(DATA, fingerprint=fingerprint)


def said(values: dict[str, list[Value]], **tables: object) -> list[str]:
    return fairness(made(values, **tables))  # type: ignore[arg-type]


def test_a_fair_comparison_needs_no_words() -> None:
    assert said({"a": [0.9, 0.8], "b": [0.9, 0.8]}) == []
    assert said({"a": [None], "b": [None]}) == []


@pytest.mark.parametrize(("larger", "warns"), [(150, False), (151, True)])
def test_networks_of_more_than_one_and_a_half_times_the_size_get_a_word(larger: int, warns: bool) -> None:
    found = said({"a": [Ending(parameters=100)], "b": [Ending(parameters=larger)]})
    assert found == ["The networks differ in size: b has 151 parameters, a has 100."] * warns


def test_the_size_is_taken_from_any_run_that_has_one() -> None:
    unknown = Ending(status="failed", parameters=None)
    assert len(said({"a": [unknown, Ending(parameters=100)], "b": [Ending(parameters=9000)]})) == 1


def test_variants_that_differ_in_two_parts_at_once_get_a_word() -> None:
    variants = {"a": {}, "b": {"recipe": {"lr": 0.5}, "net": {"widths": [3]}}}
    recipe = {"optimizer": "sgd", "steps": 1, "lr": 0.1}
    found = said({"a": [0.9], "b": [0.9]}, variants=variants, recipe=recipe)
    assert found == ["Variants differ in net and recipe at once, so a difference may come from any."]


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (
            {"code": msgspec.structs.replace(CODE, source="other")},
            "The runs were not all made by the same version of the code.",
        ),
        (
            {"machine": msgspec.structs.replace(MACHINE, libraries={"torch": "3"})},
            "The runs were not all made with the same versions of the libraries.",
        ),
        (
            {"machine": msgspec.structs.replace(MACHINE, processor="other")},
            "The runs were not all made on the same kind of machine.",
        ),
        ({"device": "cuda"}, "The runs were not all made on the same kind of machine."),
        ({"threads": 8}, "The runs were not all made on the same kind of machine."),
        ({"data": data("other")}, "The runs were not all made on the same data."),
    ],
)
def test_runs_of_different_making_get_a_word(facts: dict[str, object], sentence: str) -> None:
    assert said({"a": [0.9, 0.8], "b": [0.9, having(**facts)]}) == [sentence]


@pytest.mark.parametrize("made_set", [{"name": "moons", "samples": 20}, {"name": "palindromes", "length": 5}])
def test_made_data_is_drawn_anew_for_each_seed_and_compares_within_it(made_set: dict[str, object]) -> None:
    by_seed: dict[str, list[Value]] = {
        name: [having(data=data("s0")), having(data=data("s1"))] for name in "ab"
    }
    assert said(by_seed, data=made_set) == []
    changed: dict[str, list[Value]] = {"a": by_seed["a"], "b": [having(data=data("other")), 0.9]}
    assert "The runs were not all made on the same data." in said(changed, data=made_set)


def test_variants_of_different_data_settings_may_have_different_data() -> None:
    variants = {"a": {}, "b": {"data": {"noise": 0.5}}}
    values: dict[str, list[Value]] = {"a": [having(data=data("quiet"))], "b": [having(data=data("noisy"))]}
    recipe = {"optimizer": "sgd", "steps": 1, "lr": 0.1}
    assert said(values, variants=variants, recipe=recipe, data={"name": "moons", "samples": 20}) == []


def test_seconds_get_a_word_where_they_were_asked_for_and_not_measured_fairly() -> None:
    values: dict[str, list[Value]] = {"a": [having(at_once=2)], "b": [0.9]}
    (sentence,) = said(values, metric="seconds")
    assert sentence.startswith("Seconds are shown and not compared: runs were trained side by side")
    claims = [{"says": "faster", "holds": "a < b", "metric": "seconds"}]
    assert said(values, claims=claims) == [sentence]
    assert said(values) == []


def test_a_value_chosen_on_the_test_set_is_always_named() -> None:
    values: dict[str, list[Value]] = {"a": [0.9], "b": [0.8]}
    tail = "chosen on the test set, and so too good to expect again."
    assert said(values, metric="test/accuracy:max") == [f"The metric is the best value over epochs, {tail}"]
    claims = [{"says": "x", "holds": "a > b", "metric": "test/loss:min"}]
    assert said(values, claims=claims) == [f"A claim is about the best value over epochs, {tail}"]
    assert said(values, metric="train/accuracy:max") == []
