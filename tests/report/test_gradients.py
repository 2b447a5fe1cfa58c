import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from glasslab.analysis.gradients import START, TRAINING, first_over_last, multiple, profile
from glasslab.analysis.results import Results
from glasslab.report.drawing import Drawings
from glasslab.report.html import write_report
from glasslab.report.material import Material
from glasslab.report.section import Section
from glasslab.report.sections.gradients import gradients_section
from tests.report.made_study import MNIST, STUDIES, Made, Outcome, activations, make, vanishing
from tests.report.reading import Page, read


def section(results: Results) -> Section | None:
    return gradients_section(Material(results, results.folder, Drawings(), "glasslab run it"))


def shown(results: Results) -> Section:
    found = section(results)
    assert found is not None
    return found


def changed(results: Results, change: Any) -> Results:
    """The same runs with `change(variant, row)` in place of every row."""
    variants = []
    for each in results.variants:
        runs = {
            seed: replace(run, rows=tuple(change(each.name, dict(row)) for row in run.rows))
            for seed, run in each.runs.items()
        }
        variants.append(replace(each, runs=runs))
    return replace(results, variants=tuple(variants))


def written(results: Results) -> Page:
    path = write_report(results, results.folder, command="glasslab run it")
    return read(path.read_text(encoding="utf-8"))


def test_the_opening_says_what_part_of_the_last_layers_gradient_the_first_has(tmp_path: Path) -> None:
    results = vanishing(tmp_path)
    said = shown(results).opening
    for name in ("relu", "sigmoid"):
        for when in (START, TRAINING):
            found = profile(results.named(name), when)
            assert found is not None
            ratio = first_over_last(found).mean
            assert ratio is not None
            assert multiple(ratio) in said
    assert said.startswith("In sigmoid the first layer's mean gradient is 1/")
    assert "of the last layer's before training and 1/" in said
    assert said.endswith("(5 seeds).")


def test_both_figures_and_the_ratios_stand_on_the_page(tmp_path: Path) -> None:
    page = written(vanishing(tmp_path))
    figures = [attributes["id"] for attributes in page.named("figure")]
    assert figures.index("figure-curves") < figures.index("figure-gradients")
    assert "figure-gradient-history" in figures
    assert "geometric means of 5 seeds" in page.text
    assert "Before training (first batch)" in page.text
    assert "95 % interval (Student's t on the logarithms)" in page.text


@pytest.mark.parametrize("name", ["activations", "moons"])
def test_a_study_that_does_not_ask_has_no_such_section(name: str, tmp_path: Path) -> None:
    assert section(STUDIES[name](tmp_path)) is None


def test_a_study_that_asks_without_any_such_row_has_none_either(tmp_path: Path) -> None:
    assert section(activations(tmp_path, also=["gradient/ratio"])) is None


def test_zeros_and_unknown_values_break_nothing(tmp_path: Path) -> None:
    def dead(variant: str, row: dict[str, Any]) -> dict[str, Any]:
        if variant == "relu":
            row["gradients"] = row["gradients"] | {"hidden1": 0.0, "hidden2": None}
        return row

    found = shown(changed(vanishing(tmp_path), dead))
    assert "in relu" in found.opening.lower()
    assert " 0 " in found.opening
    caption = found.content["layers"].figure.caption
    assert "Triangles at the foot" in caption
    assert "NaN" not in json.dumps([dict(p.specification) for p in found.content["layers"].figure.panels])


def test_gradients_of_zero_everywhere_leave_the_words(tmp_path: Path) -> None:
    def nothing(variant: str, row: dict[str, Any]) -> dict[str, Any]:
        zeros = dict.fromkeys(row["gradients"], 0.0)
        return row | {key: zeros for key in ("gradients", "gradients_at_start") if key in row}

    found = shown(changed(vanishing(tmp_path), nothing))
    assert (found.content["layers"], found.content["history"]) == (None, None)
    assert found.opening == "How large the gradient is in each layer, before training and over it."


def test_runs_without_a_first_batch_show_the_training_alone(tmp_path: Path) -> None:
    def later(variant: str, row: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in row.items() if key != "gradients_at_start"}

    found = shown(changed(vanishing(tmp_path), later))
    assert [panel.title for panel in found.content["layers"].figure.panels] == ["Mean over the training"]
    assert "before training" not in found.opening


def test_diverged_runs_have_no_part(tmp_path: Path) -> None:
    tables = {
        "question": "Does it?",
        "metric": "gradient/ratio",
        "seeds": 3,
        "data": {"name": "mnist"},
        "net": {"name": "mlp", "widths": [8]},
        "recipe": {"optimizer": "sgd", "lr": 0.1, "epochs": 4},
        "variants": {"one": {}},
    }

    def fate(variant: object, seed: int, random: object) -> Outcome:
        return Outcome(status="diverged" if seed == 1 else "finished")

    results = make(tmp_path, tables, fate, Made(MNIST, gradients=True), name="some")  # type: ignore[arg-type]
    found = shown(results)
    assert found.opening.endswith("(2 seeds).")
    assert found.content["ratios"][0].n == 2


def test_of_many_variants_the_two_ends_are_named(tmp_path: Path) -> None:
    grid = {"recipe": {"lr": [0.001, 0.01, 0.1]}, "net": {"activation": ["relu", "sigmoid", "tanh"]}}
    results = vanishing(tmp_path, grid=grid, variants=None, claims=None, reported=None, seeds=2)
    found = shown(results)
    assert found.opening.count("; in ") == 1
    assert len(found.content["history"].figure.panels) == 6
    assert "Not drawn: 3 variants." in found.content["history"].figure.caption
    assert "Not drawn: 1 variant." in found.content["layers"].figure.caption
