import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from scipy import stats

from glasslab.analysis.pairs import pairs
from glasslab.plan.metric import parse_metric
from glasslab.records.run import Run
from glasslab.report.csv import pairs_csv, runs_csv, scores_csv
from glasslab.report.latex import escaped as latex_escaped
from glasslab.report.latex import latex
from glasslab.report.markdown import escaped as markdown_escaped
from glasslab.report.markdown import markdown
from glasslab.report.table import Table, table
from tests.report import made_study


def made(results: made_study.Results, metric: str = "test/accuracy") -> Table:
    return table(results, parse_metric(metric))


def cell(found: Table, variant: str, title: str) -> str:
    (row,) = [row for row in found.rows if row.variant == variant]
    (place,) = [place for place, column in enumerate(found.columns) if column.title == title]
    return row.cells[place].text


def best(found: Table) -> set[str]:
    return {row.variant for row in found.rows if any(each.best for each in row.cells)}


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_best_mean_comes_first_with_its_interval_and_n(tmp_path: Path) -> None:
    found = made(made_study.activations(tmp_path))
    assert [row.variant for row in found.rows] == ["relu", "tanh", "sigmoid"]
    assert cell(found, "relu", "test accuracy, %") == "97.81 ± 0.18"
    assert cell(found, "relu", "n") == "5"
    assert cell(found, "relu", "reported") == "97.78"
    assert cell(found, "relu", "parameters") == "109\u2009386"


def test_bold_marks_the_best_and_its_ties_where_something_is_told_from_them(tmp_path: Path) -> None:
    assert best(made(made_study.activations(tmp_path))) == {"relu", "tanh"}


def test_nothing_is_bold_where_nothing_is_told(tmp_path: Path) -> None:
    assert best(made(made_study.single(tmp_path))) == set()


def test_a_variant_with_diverged_runs_is_never_bold(tmp_path: Path) -> None:
    found = made(made_study.troubled(tmp_path))
    assert "sigmoid" not in best(found)
    assert cell(found, "sigmoid", "remarks") == "2 diverged"
    assert cell(found, "tanh", "remarks") == "1 failed, 1 missing"


def test_times_of_runs_side_by_side_are_said_not_to_compare(tmp_path: Path) -> None:
    found = made(made_study.troubled(tmp_path))
    assert "time a run (shared)" in [column.title for column in found.columns]
    assert any("do not compare" in note for note in found.notes)


def test_twins_are_named(tmp_path: Path) -> None:
    variants = made_study.BASE["variants"] | {"again": {"net": {"activation": "relu"}}}
    found = made(made_study.activations(tmp_path, variants=variants))
    assert cell(found, "again", "remarks") == "same settings as relu"
    assert cell(found, "again", "test accuracy, %") == cell(found, "relu", "test accuracy, %")


def test_settings_that_differ_have_columns(tmp_path: Path) -> None:
    found = made(made_study.numeric_grid(tmp_path))
    assert [column.title for column in found.columns][:3] == ["variant", "lr", "batch_size"]
    assert cell(found, "0.001-128", "lr") == "0.001"


def test_another_metric_gives_another_table(tmp_path: Path) -> None:
    found = made(made_study.activations(tmp_path), "test/loss")
    assert [row.variant for row in found.rows] == ["relu", "tanh", "sigmoid"]
    assert "test loss" in [column.title for column in found.columns]


GAP = "train/accuracy:clean - test/accuracy"


def test_metrics_beside_have_columns_after_the_one_that_decides(tmp_path: Path) -> None:
    results = made_study.vanishing(tmp_path)
    found = made(results)
    titles = [column.title for column in found.columns]
    assert titles == [
        "variant",
        "n",
        "test accuracy, %",
        "lowest to highest",
        "reported",
        "gradient of the first layer over the last at the start",
        "gradient of the first layer over the last",
        "clean training accuracy − test accuracy, points",
        "test loss",
        "training time, s",
        "parameters",
    ]
    assert cell(found, "relu", "clean training accuracy − test accuracy, points") == "1.18 ± 0.12"
    assert best(found) == {"relu"}


def test_csv_has_the_metrics_beside_in_full(tmp_path: Path) -> None:
    results = made_study.vanishing(tmp_path)
    (relu,) = [row for row in rows(scores_csv(made(results))) if row["variant"] == "relu"]
    values = list(results.named("relu").values(parse_metric(GAP)).values())
    expected = stats.t.interval(0.95, 4, loc=sum(values) / 5, scale=stats.sem(values))
    assert float(relu[f"mean of {GAP}"]) == pytest.approx(sum(values) / 5, rel=1e-12)
    assert (float(relu[f"low of {GAP}"]), float(relu[f"high of {GAP}"])) == pytest.approx(expected)
    assert relu["n of gradient/ratio"] == "5"


def test_runs_have_the_simple_metrics_that_are_shown_beside(tmp_path: Path) -> None:
    results = made_study.vanishing(tmp_path)
    first = rows(runs_csv(results))[0]
    run = results.named(first["variant"]).runs[int(first["seed"])]
    assert float(first["gradient/ratio:start"]) == run.metric("gradient/ratio:start")


def test_markdown_and_latex_have_the_metrics_beside(tmp_path: Path) -> None:
    found = made(made_study.vanishing(tmp_path))
    assert "1.18 ± 0.12" in markdown(found)
    assert r"1.18 $\pm$ 0.12" in latex(found)


def test_a_metric_that_fewer_seeds_have_says_how_many(tmp_path: Path) -> None:
    results = made_study.vanishing(tmp_path)
    relu = results.named("relu")
    bare = replace(relu.runs[0], rows=tuple({"epoch": 1, "step": 1} for _ in relu.runs[0].rows))
    variants = tuple(
        replace(each, runs=each.runs | {0: bare}) if each.name == "relu" else each
        for each in results.variants
    )
    found = made(replace(results, variants=variants))
    title = "gradient of the first layer over the last"
    assert cell(found, "relu", title).endswith("(n 4)")
    assert "(n" not in cell(found, "sigmoid", title)


def test_twins_have_the_same_values_beside_and_diverged_variants_a_dash(tmp_path: Path) -> None:
    def fate(variant: made_study.Variant, seed: int, random: object) -> made_study.Outcome:
        return made_study.Outcome(status="diverged" if variant.name == "tanh" else "finished")

    variants = made_study.BASE["variants"] | {"again": {"net": {"activation": "relu"}}}
    tables = made_study.BASE | {"variants": variants, "also": ["test/loss", GAP]}
    results = made_study.make(tmp_path, tables, fate, made_study.Made(made_study.MNIST), name="twins")
    found = made(results)
    assert cell(found, "again", "test loss") == cell(found, "relu", "test loss") != "–"
    assert cell(found, "tanh", "test loss") == "–"


def test_shared_seconds_say_so_over_their_column(tmp_path: Path) -> None:
    beside = made_study.BASE | {"also": ["seconds"]}
    at_once = made_study.Made(made_study.MNIST, at_once=2)
    results = made_study.make(tmp_path, beside, made_study.usual, at_once, name="timed")
    found = made(results)
    titles = [column.title for column in found.columns]
    assert "training time, s (shared)" in titles
    assert not any(title.startswith("time a run") for title in titles)
    assert any("do not compare" in note for note in found.notes)


def test_runs_trained_as_one_cohort_share_their_seconds_too(tmp_path: Path) -> None:
    results = made_study.activations(tmp_path, also=["seconds"])
    variants = tuple(
        replace(each, runs={s: stacked(run) for s, run in each.runs.items()}) for each in results.variants
    )
    found = made(replace(results, variants=variants))
    assert "training time, s (shared)" in [column.title for column in found.columns]
    assert any("stacked into one network: times are shares" in note for note in found.notes)


def stacked(run: Run) -> Run:
    return replace(run, manifest=msgspec.structs.replace(run.manifest, engine="stacked"))


def test_the_best_over_epochs_says_what_it_was_chosen_on(tmp_path: Path) -> None:
    found = made(made_study.activations(tmp_path, also=["test/accuracy:max"]))
    assert any("Chosen on the test set" in note and "highest test accuracy" in note for note in found.notes)


def test_a_metric_stands_once_though_it_is_asked_for_twice(tmp_path: Path) -> None:
    results = made_study.activations(tmp_path, also=["test/loss", "parameters"])
    titles = [column.title for column in made(results, "test/loss").columns]
    assert titles.count("test loss") == 1
    assert titles.count("parameters") == 1


@pytest.mark.parametrize("name", ["activations", "troubled", "single", "numeric_grid", "many", "vanishing"])
def test_csv_markdown_and_latex_have_the_same_rows(name: str, tmp_path: Path) -> None:
    found = made(made_study.STUDIES[name](tmp_path))
    variants = [row.variant for row in found.rows]
    assert [row["variant"] for row in rows(scores_csv(found))] == variants
    lines = [line for line in markdown(found).split("\n") if line.startswith("| ")][2:]
    shown = [[part.strip().strip("*") for part in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    assert shown == [[markdown_escaped(each.text) for each in row.cells] for row in found.rows]
    body = latex(found).partition("\\midrule\n")[2].partition("\\bottomrule")[0].strip().split("\n")
    plain = [
        re.sub(r"\\textbf\{(.*?)\}(?= |$)", r"\1", line.removesuffix(r" \\")).split(" & ") for line in body
    ]
    assert plain == [[latex_escaped(each.text) for each in row.cells] for row in found.rows]


def test_csv_keeps_every_digit(tmp_path: Path) -> None:
    results = made_study.activations(tmp_path)
    found = rows(scores_csv(made(results)))[0]
    values = list(results.named("relu").values(results.study.metric).values())
    assert float(found["mean"]) == pytest.approx(sum(values) / 5, rel=1e-15)
    assert float(found["lowest"]) == min(values)
    assert float(found["low"]) < float(found["mean"]) < float(found["high"])


def test_every_run_has_a_row_with_its_metrics_and_folder(tmp_path: Path) -> None:
    results = made_study.activations(tmp_path)
    found = rows(runs_csv(results))
    assert len(found) == 15
    first = found[0]
    run = results.named(first["variant"]).runs[int(first["seed"])]
    assert (results.folder / first["folder"]).is_dir()
    assert float(first["test/accuracy"]) == run.metric("test/accuracy")
    assert float(first["train/accuracy:clean"]) == run.metric("train/accuracy:clean")
    assert first["status"] == "finished"


def test_runs_without_values_have_empty_cells_not_zeros(tmp_path: Path) -> None:
    diverged = [row for row in rows(runs_csv(made_study.troubled(tmp_path))) if row["status"] == "diverged"]
    assert len(diverged) == 2
    assert {row["test/accuracy"] for row in diverged} == {""}


def test_pairs_are_written_with_raw_and_corrected_p(tmp_path: Path) -> None:
    results = made_study.activations(tmp_path)
    found = pairs(results, results.study.metric)
    for pair, row in zip(found, rows(pairs_csv(found, results.study.metric)), strict=True):
        assert (row["left"], row["right"]) == (pair.left, pair.right)
        assert pair.difference is not None
        assert float(row["mean"]) == pair.difference.mean
        assert float(row["p"]) <= float(row["p_adjusted"])


def test_markdown_shows_what_looks_like_markup_as_it_is() -> None:
    assert markdown_escaped("a|b *c* <d>") == r"a\|b \*c\* \<d\>"


@pytest.mark.parametrize(
    "text, written",
    [
        ("50 % & more_or #less", r"50 \% \& more\_or \#less"),
        ("{$x^2$} \\ ~", r"\{\$x\textasciicircum{}2\$\} \textbackslash{} \textasciitilde{}"),
        ("1.0 ± 0.2", r"1.0 $\pm$ 0.2"),
        ("−3 × 10⁻⁵", "$-$3 $\\times$ 10$^{-}$$^{5}$"),
        ("109\u2009386", r"109\,386"),
    ],
)
def test_latex_prints_every_sign_as_it_is(text: str, written: str) -> None:
    assert latex_escaped(text) == written
