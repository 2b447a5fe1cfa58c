from pathlib import Path

import pytest

from glasslab.analysis.results import Results
from glasslab.report.drawing import Drawings
from glasslab.report.material import Material
from glasslab.report.sections.curves import curves_section
from glasslab.report.sections.scores import everything, main_figure, panelled, trended
from glasslab.report.trellises import arrangement, in_columns, in_panels
from tests.report import factor_studies, made_study


def material_of(results: Results) -> Material:
    return Material(results, results.folder, Drawings(), "glasslab run it")


@pytest.fixture(scope="module")
def lengths(tmp_path_factory: pytest.TempPathFactory) -> Material:
    return material_of(factor_studies.lengths(tmp_path_factory.mktemp("lengths")))


def test_every_length_has_its_curve_in_the_panel_of_all_else(lengths: Material) -> None:
    where = arrangement(lengths)
    assert where is not None
    assert where.lines.name == "train limit"
    assert len(where.shown) == 12
    assert where.left_out == ()
    assert where.columns == 3
    assert list(where.shown)[:4] == [
        "default, normalize none",
        "default, normalize unit",
        "default, normalize signed",
        "xavier, normalize none",
    ]
    assert where.shown["orthogonal, normalize unit"] == [
        f"orthogonal-{length}-unit" for length in factor_studies.LENGTHS
    ]


def test_accuracy_and_loss_are_a_figure_each_coloured_by_level(lengths: Material) -> None:
    accuracy, loss = in_panels(lengths, "epoch")
    assert (accuracy.name, loss.name) == ("curves-accuracy", "curves-loss")
    means = {score.variant: score.estimate.mean for score in lengths.scores if score.estimate}
    shortest = [name for name in means if "-5-" in name]
    ahead = sum(
        all(means[name] > means.get(name.replace("-5-", f"-{n}-"), 0) for n in factor_studies.LENGTHS[1:])
        for name in shortest
    )
    assert accuracy.title == f"Highest last mean test accuracy: train limit 5, in {ahead} of 12 panels"
    assert loss.title.startswith("Lowest last mean training loss: train limit 5, in ")
    assert "A line for each train limit: the mean of 3 seeds" in accuracy.caption
    assert "ends early" in accuracy.caption
    assert "Not used for choosing." in accuracy.caption
    assert "Not used for choosing." not in loss.caption
    assert all(f"var(--v{place})" in str(accuracy.panels[0].specification) for place in (1, 72))


def test_more_panels_than_fit_are_left_out_by_name_and_the_baseline_stays(tmp_path: Path) -> None:
    grid = {
        "data": {"train_limit": [5, 10], "normalize": ["none", "unit", "signed", "channel"]},
        "net": {"activation": ["relu", "tanh", "gelu", "silu"]},
    }
    tables = factor_studies.PLAIN | {"seeds": 1, "grid": grid, "baseline": "5-none-silu"}

    def fate(variant: made_study.Variant, seed: int, random: object) -> made_study.Outcome:
        return made_study.Outcome(accuracy=0.2 if "silu" in variant.name else 0.9)

    results = made_study.make(tmp_path, tables, fate, made_study.Made(made_study.MNIST), name="large")
    where = arrangement(material_of(results))
    assert where is not None
    assert len(where.shown) == 12
    assert len(where.left_out) == 4
    assert "activation silu, normalize none" in where.shown
    (accuracy, _) = in_panels(material_of(results), "epoch")
    assert f"4 panels that came lower left out: {'; '.join(where.left_out)}." in accuracy.caption


def test_few_variants_share_their_axes(tmp_path: Path) -> None:
    for make in (made_study.activations, factor_studies.rates):
        assert arrangement(material_of(make(tmp_path / make.__name__))) is None


def test_a_few_variants_have_a_column_each_too(tmp_path: Path) -> None:
    found = in_columns(material_of(factor_studies.configurations(tmp_path)), "epoch")
    assert found is not None
    assert found.columns == 3
    assert [panel.title for panel in found.panels] == ["sgd-0.01", "sgd-0.02", "adam-0.001"] * 2
    assert found.caption.startswith("A column a variant, a row a quantity, one scale a row.")
    assert in_columns(material_of(made_study.many(tmp_path / "many")), "epoch") is None


def test_a_variant_without_measurements_leaves_the_columns_out(tmp_path: Path) -> None:
    def fate(variant: made_study.Variant, seed: int, random: object) -> made_study.Outcome:
        return made_study.Outcome(status=None if variant.name == "relu" else "finished")

    results = made_study.make(
        tmp_path, made_study.BASE, fate, made_study.Made(made_study.MNIST), name="partial"
    )
    assert in_columns(material_of(results), "epoch") is None


def test_the_first_figure_is_chosen_by_what_differs(lengths: Material, tmp_path: Path) -> None:
    assert trended(lengths) is not None
    assert len(main_figure(lengths).stills) == 3
    beside = everything(lengths)
    assert beside is not None
    assert (beside.name, beside.title, len(beside.panels)) == ("all-scores", "All variants", 6)
    backends = material_of(factor_studies.backends(tmp_path))
    assert trended(backends) is None
    assert panelled(backends) is not None
    assert [still.title for still in main_figure(backends).stills] == ["blobs", "moons", "circles"]
    assert everything(backends) is None


def test_one_number_alone_is_drawn_along_it_with_dots_beside_the_table(tmp_path: Path) -> None:
    rates = material_of(factor_studies.rates(tmp_path / "rates"))
    assert trended(rates) is not None
    assert everything(rates) is not None
    words = material_of(made_study.activations(tmp_path / "words"))
    assert trended(words) is None
    assert panelled(words) is None
    assert everything(words) is None


def test_the_section_names_what_it_shows(lengths: Material, tmp_path: Path) -> None:
    section = curves_section(lengths)
    assert section is not None
    assert section.opening == "How accuracy and loss changed with every epoch of training."
    assert [drawn.figure.name for drawn in section.content["figures"]] == ["curves-accuracy", "curves-loss"]
    assert section.content["grid"] is None
    few = curves_section(material_of(factor_studies.configurations(tmp_path)))
    assert few is not None
    assert [drawn.figure.name for drawn in few.content["figures"]] == ["curves"]
    assert few.content["grid"].figure.name == "curves-grid"


def test_without_a_numeric_factor_each_data_set_has_a_panel_with_a_line_for_every_other_choice(
    tmp_path: Path,
) -> None:
    where = arrangement(material_of(factor_studies.backends(tmp_path)))
    assert where is not None
    assert list(where.shown) == ["blobs", "moons", "circles"]
    assert all(len(variants) == len(where.lines.labels) == 8 for variants in where.shown.values())
    assert where.columns == 2  # names of several choices are long
