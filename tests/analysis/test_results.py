import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glasslab.analysis.results import evaluate, load_results, settings_key
from glasslab.plan.expression import Linear
from glasslab.plan.metric import parse_metric
from glasslab.plan.study import Study
from glasslab.plan.study_file import Options, make_study
from tests.analysis.made_runs import (
    DATA,
    DIVERGED,
    FAILED,
    RUNNING,
    Ending,
    Values,
    ending_of,
    made,
    run_of,
    study_over,
    write_run,
    written_results,
)

ACCURACY = parse_metric("test/accuracy")


def other_data(fingerprint: str) -> dict[str, object]:
    return {
        "data": type(DATA)(
            **{**{f: getattr(DATA, f) for f in DATA.__struct_fields__}, "fingerprint": fingerprint}
        )
    }


def of_tables(**tables: object) -> Study:
    base = {
        "question": "?",
        "seeds": 2,
        "data": {"name": "xor"},
        "net": {"name": "mlp", "widths": [2]},
        "recipe": {"optimizer": "sgd", "lr": 0.1, "steps": 1},
    }
    return make_study({**base, **tables}, "made", Options())


def test_each_run_is_found_by_its_variant_and_seed(tmp_path: Path) -> None:
    values: Values = {"a": [0.9, 0.8], "b": [0.7, None]}
    results = written_results(study_over(values), values, tmp_path)
    assert results.values(ACCURACY) == {"a": {0: 0.9, 1: 0.8}, "b": {0: 0.7}}
    assert results.named("b").missing == (1,)
    assert (results.troubles, results.complete) == ((), False)


def test_an_empty_folder_gives_results_without_runs(tmp_path: Path) -> None:
    results = load_results(study_over({"a": [None, None]}), tmp_path)
    assert (results.runs, results.complete, results.named("a").missing) == ([], False, (0, 1))


def test_a_run_belongs_to_the_variant_of_its_settings_whatever_name_it_was_run_under(tmp_path: Path) -> None:
    values = {"old": [0.9, 0.8], "b": [0.7, 0.6]}
    written_results(study_over(values), values, tmp_path)
    renamed = study_over({"new": [None, None], "b": [None, None]})
    assert load_results(renamed, tmp_path).values(ACCURACY)["new"] == {0: 0.9, 1: 0.8}


def test_runs_of_other_settings_are_left_out(tmp_path: Path) -> None:
    values = {"a": [0.9, 0.8]}
    written_results(study_over(values), values, tmp_path)
    changed = study_over(values, net={"name": "mlp", "widths": [3]})
    assert load_results(changed, tmp_path).runs == []


def test_twins_share_the_runs_of_the_first(tmp_path: Path) -> None:
    values: Values = {"a": [0.9, 0.8], "again": [None, None]}
    results = written_results(study_over(values, twins={"again": "a"}), values, tmp_path)
    assert results.named("again").same_as == "a"
    assert results.values(ACCURACY)["again"] == {0: 0.9, 1: 0.8}
    assert len(results.runs) == 2
    assert results.complete


def test_of_runs_on_changed_data_the_newest_counts(tmp_path: Path) -> None:
    study = study_over({"a": [None]})
    for day, value, fingerprint in ((1, 0.1, "old"), (3, 0.3, "newest"), (2, 0.2, "middle")):
        facts = {"started": f"2025-01-0{day}T00:00:00Z", **other_data(fingerprint)}
        write_run(run_of(study.variants[0], 0, Ending({"test/accuracy": value}, facts=facts), tmp_path))
    assert load_results(study, tmp_path).values(ACCURACY) == {"a": {0: 0.3}}


def test_of_runs_of_a_changed_net_of_the_users_the_newest_counts(tmp_path: Path) -> None:
    study = of_tables(net={"name": "mine:Net", "width": 3}, seeds=1)
    for day, source in ((2, "new"), (1, "old")):
        facts = {"started": f"2025-01-0{day}T00:00:00Z", "source": source}
        write_run(run_of(study.variants[0], 0, Ending({"test/accuracy": day / 10}, facts=facts), tmp_path))
    assert load_results(study, tmp_path).values(ACCURACY) == {"base": {0: 0.2}}


def test_a_users_settings_match_with_lists_and_whole_numbers_as_they_come_back_from_a_file(
    tmp_path: Path,
) -> None:
    net = {"name": "mine:Net", "sizes": [[3, 3], 4], "rate": 1.0, "deep": {"on": True, "eps": 1e-08}}
    study = of_tables(net=net, seeds=1)
    folder = write_run(run_of(study.variants[0], 0, ending_of(0.5), tmp_path))
    text = folder.manifest.read_text().replace('"rate": 1.0', '"rate": 1')  # as other writers of JSON do
    folder.manifest.write_text(text)
    assert load_results(study, tmp_path).values(ACCURACY) == {"base": {0: 0.5}}


def test_a_whole_learning_rate_is_the_same_with_and_without_a_point(tmp_path: Path) -> None:
    values = [0.9]
    one = of_tables(recipe={"optimizer": "sgd", "lr": 1, "steps": 1}, seeds=1)
    write_run(run_of(one.variants[0], 0, ending_of(values[0]), tmp_path))
    same = of_tables(recipe={"optimizer": "sgd", "lr": 1.0, "steps": 1}, seeds=1)
    assert len(load_results(same, tmp_path).runs) == 1


def test_settings_keys_tell_true_from_one_and_text_from_numbers() -> None:
    keys = {settings_key({"data": {}, "net": {"x": x}, "recipe": {}}) for x in (True, 1, "1", [1], None, 1.5)}
    assert len(keys) == 6


def test_settings_keys_overlook_hashes_the_order_of_keys_and_forms_of_numbers() -> None:
    one = {"net": {"a": (1, 2.0), "source": "x"}, "data": {"name": "n", "fingerprint": "y"}, "seed": 0}
    other = {"seed": 0, "data": {"fingerprint": "z", "name": "n"}, "net": {"a": [1.0, 2]}}
    assert settings_key(one) == settings_key(other)
    assert settings_key(one) == settings_key(json.loads(json.dumps(one)))


def test_a_manifest_without_settings_belongs_to_no_variant(tmp_path: Path) -> None:
    study = study_over({"a": [None]})
    run = run_of(study.variants[0], 0, ending_of(0.9), tmp_path)
    folder = write_run(run)
    known_by = json.loads(folder.manifest.read_text())
    folder.manifest.write_text(json.dumps(known_by | {"identity": {"seed": 0}}))
    assert load_results(study, tmp_path).runs == []


def test_variants_of_two_data_files_keep_their_own_runs(tmp_path: Path) -> None:
    variants = {"clean": {"data": {"path": "clean.npz"}}, "noisy": {"data": {"path": "noisy.npz"}}}
    study = of_tables(data={"name": "npz", "path": "x.npz"}, variants=variants, seeds=1)
    for name, value in (("clean", 0.9), ("noisy", 0.6)):
        ending = Ending({"test/accuracy": value}, facts=other_data(name))
        write_run(run_of(study.variant(name), 0, ending, tmp_path))
        shown = load_results(study, tmp_path).values(ACCURACY)
        assert shown[name] == {0: value}
    assert shown == {"clean": {0: 0.9}, "noisy": {0: 0.6}}


def test_a_data_file_that_was_moved_keeps_its_runs(tmp_path: Path) -> None:
    before = of_tables(data={"name": "npz", "path": "x.npz"}, seeds=1)
    write_run(run_of(before.variants[0], 0, ending_of(0.9), tmp_path))
    after = of_tables(data={"name": "npz", "path": "elsewhere/y.npz"}, seeds=1)
    assert load_results(after, tmp_path).values(ACCURACY) == {"base": {0: 0.9}}


def test_a_damaged_folder_gives_a_sentence_and_leaves_the_rest(tmp_path: Path) -> None:
    values = {"a": [0.9, 0.8]}
    study = study_over(values)
    written_results(study, values, tmp_path)
    (broken,) = tmp_path.glob("a-s1-*")
    (broken / "run.json").write_text("{")
    results = load_results(study, tmp_path)
    assert results.values(ACCURACY) == {"a": {0: 0.9}}
    assert results.named("a").missing == (1,)
    (trouble,) = results.troubles
    assert trouble.startswith(f"{broken / 'run.json'}: is not a run's manifest")


def test_a_study_is_complete_when_every_run_has_ended_one_way_or_another() -> None:
    assert made({"a": [0.9, DIVERGED], "b": [FAILED, 0.8]}).complete
    assert not made({"a": [0.9, RUNNING]}).complete
    assert not made({"a": [0.9, None]}).complete


def test_runs_are_counted_by_how_they_ended() -> None:
    variant = made({"a": [0.9, DIVERGED, FAILED, RUNNING, DIVERGED]}).named("a")
    counts = {
        status: len(variant.with_status(status)) for status in ("finished", "diverged", "failed", "running")
    }
    assert counts == {"finished": 1, "diverged": 2, "failed": 1, "running": 1}


def test_an_expression_has_a_value_where_every_part_of_it_has() -> None:
    gap = parse_metric("train/accuracy:clean - test/accuracy")
    values = [Ending({"test/accuracy": 0.9, "train/accuracy:clean": 0.95}), Ending({"test/accuracy": 0.9})]
    assert made({"a": values}).named("a").values(gap) == {0: 0.05}


def test_sums_keep_twelve_digits_of_their_largest_term() -> None:
    gap = Linear((("a", 1.0), ("b", -1.0)), -0.01)
    assert 0.98 - 0.97 - 0.01 != 0
    assert evaluate(gap, {"a": 0.98, "b": 0.97}) == 0.0
    assert evaluate(gap, {"a": 0.98, "b": 0.5}) == 0.47
    assert evaluate(gap, {"a": 98e6, "b": 97e6}) == 999999.99
    assert evaluate(gap, {"a": 0.01 + 1e-9, "b": 0.0}) == pytest.approx(1e-9, rel=1e-4)


def test_nothing_and_zero_have_the_value_zero() -> None:
    assert evaluate(Linear(()), {}) == 0.0
    assert evaluate(Linear((("a", 1.0), ("b", 0.0))), {"a": 0.0, "b": 5.0}) == 0.0


@given(st.floats(-1e12, 1e12))
def test_a_single_term_keeps_all_its_digits(value: float) -> None:
    assert evaluate(Linear((("a", 1.0),)), {"a": value}) == value


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6), st.floats(-1e6, 1e6))
def test_rounding_never_moves_a_sum_by_more_than_a_trillionth_of_its_terms(
    a: float, b: float, c: float
) -> None:
    value = evaluate(Linear((("a", 1.0), ("b", -1.0)), c), {"a": a, "b": b})
    assert abs(value - (a - b + c)) <= 1e-11 * max(a, b, abs(c))
