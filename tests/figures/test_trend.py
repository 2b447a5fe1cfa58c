from pathlib import Path
from typing import Any

import pytest

from glasslab.analysis.factors import Design, Factor, design
from glasslab.analysis.results import Results
from glasslab.analysis.scores import scores
from glasslab.figures.colours import Colours, colours
from glasslab.figures.levels import level_marks, level_shape
from glasslab.figures.trend import MOST_LINES, Layout, Trend, draw, finding, layout, trend
from tests.report import factor_studies, made_study


def made(name: str, *levels: float | str) -> Factor:
    numeric = not any(isinstance(level, str) for level in levels)
    numbers = tuple(float(level) for level in levels) if numeric else ()
    return Factor((f"net.{name}",), name, tuple(map(str, levels)), numbers, {}, not numeric)


def told(*factors: Factor) -> tuple[str, str, tuple[str, ...]] | None:
    found = layout(Design(factors, ()))
    if found is None:
        return None
    return found.along.name, found.lines.name if found.lines else "", tuple(f.name for f in found.panels)


def numbers_of(results: Results, reported: dict[str, float] | None = None) -> tuple[Trend, Layout]:
    factors = design(results.study)
    where = layout(factors)
    assert where is not None
    metric = results.study.metric
    return trend(factors, where, scores(results, metric), metric, reported or {}), where


@pytest.fixture(scope="module")
def lengths(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return factor_studies.lengths(tmp_path_factory.mktemp("lengths"))


def test_the_number_with_most_levels_lies_along_and_the_factor_with_most_words_makes_the_lines() -> None:
    length, start, scaling = made("length", 5, 10, 15), made("start", *"abcd"), made("scaling", *"xy")
    assert told(length, start, scaling) == ("length", "start", ("scaling",))
    assert told(length) == ("length", "", ())
    assert told(length, scaling) == ("length", "scaling", ())
    assert told(length, made("width", 1, 2, 3, 4)) == ("width", "length", ())


def test_without_a_number_of_three_levels_or_with_too_much_else_there_is_no_trend() -> None:
    assert told(made("start", *"abcd")) is None
    assert told(made("rate", 0.1, 0.2), made("start", *"abcd")) is None
    assert told(made("length", 5, 10, 15), made("start", *"abcdefghi"[: MOST_LINES + 1])) is None
    many = [made(name, *"abcd") for name in ("a", "b", "c")]
    assert told(made("length", 5, 10, 15), *many) is None
    assert layout(Design((), ("base",))) is None


def test_every_variant_stands_once_at_its_own_number(lengths: Results) -> None:
    found, _ = numbers_of(lengths)
    assert [panel.title for panel in found.panels] == [
        "normalize none",
        "normalize unit",
        "normalize signed",
    ]
    assert [line.name for line in found.panels[0].lines] == ["default", "xavier", "orthogonal", "identity"]
    assert sorted(row.variant for row in found.rows) == sorted(v.name for v in lengths.study.variants)
    line = found.panels[1].lines[2]
    assert [point.at for point in line.points] == [5, 10, 15, 20, 25, 30]
    assert line.points[3].score.variant == "orthogonal-20-unit"
    values = lengths.named("orthogonal-20-unit").values(lengths.study.metric).values()
    assert line.points[3].score.mean == pytest.approx(100 * sum(values) / 3)
    assert not found.logarithmic


def test_what_diverged_has_no_point_and_is_named(lengths: Results) -> None:
    found, where = numbers_of(lengths)
    line = found.panels[0].lines[3]
    assert [point.at for point in line.known] == [5, 10, 15, 20, 25]
    figure = draw(found, where, colours(lengths.study), "Title")
    assert "Without a value: identity-30-none." in figure.caption
    assert "A line for each init and init std" in figure.caption
    assert "normalize none, identity: 96.8" in figure.alternative
    assert "identity-30-none" not in str(figure.panels[0].specification)
    assert figure.columns == 3


def test_the_title_counts_lines_that_go_one_way_and_is_silent_where_they_do_not_agree(
    lengths: Results, tmp_path: Path
) -> None:
    assert (
        finding(numbers_of(lengths)[0])
        == "From train limit 5 to 30 the mean test accuracy falls in 11 of 12 lines"
    )
    assert finding(numbers_of(factor_studies.rates_by_activation(tmp_path / "a"))[0]) == ""
    assert finding(numbers_of(factor_studies.rates(tmp_path / "b"))[0]) == ""


@pytest.mark.parametrize(
    ("levels", "logarithmic"),
    [((1e-4, 1e-3, 1e-2), True), ((1e-3, 2e-2, 9e-2), False), ((0.0, 1.0, 1000.0), False)],
)
def test_the_axis_is_logarithmic_from_two_decades_on(
    levels: tuple[float, ...], logarithmic: bool, tmp_path: Path
) -> None:
    grid = {"net": {"dropout": [0.0, 0.1, 0.2]}} if levels[0] == 0 else {"recipe": {"lr": list(levels)}}
    results = made_study.make(
        tmp_path,
        factor_studies.PLAIN | {"seeds": 2, "grid": grid},
        lambda *_: made_study.Outcome(),
        made_study.Made(made_study.MNIST),
        name="levels",
    )
    found, where = numbers_of(results)
    assert found.logarithmic is logarithmic
    figure = draw(found, where, colours(results.study), "Title")
    x = encodings(figure.panels[0].specification)
    assert {each["scale"]["type"] for each in x} == {"log" if logarithmic else "linear"}
    assert all(each["axis"]["values"] == list(found.levels) for each in x)


def encodings(specification: Any) -> list[Any]:
    layers = [layer["encoding"]["x"] for layer in specification["layer"]]
    return [x for x in layers if x.get("field") == "at"]


def test_one_line_keeps_its_variants_colours_seeds_and_reported_values(tmp_path: Path) -> None:
    results = factor_studies.rates(tmp_path)
    found, where = numbers_of(results, {"0.001": 0.9712})
    assert found.panels[0].lines[0].points[1].score.reported == pytest.approx(97.12)
    assert found.logarithmic
    figure = draw(found, where, colours(results.study), "Title", "Report C")
    assert "Hollow diamonds: reported values (Report C)." in figure.caption
    assert "small dots: single seeds" in figure.caption
    assert figure.panels[0].title == "Test accuracy, %"
    drawn = str(figure.panels[0].specification)
    assert all(f"var(--v{place})" in drawn for place in (1, 2, 3, 4))
    assert figure.alternative.count(" at lr ") == 4


def test_levels_in_words_have_other_colours_than_variants_and_numbers_go_along_the_scale() -> None:
    scale = Colours({str(place): place for place in range(11)}, sequential=True)
    assert level_marks(made("length", 5, 10, 15), scale) == ("var(--v1)", "var(--v6)", "var(--v11)")
    assert level_marks(made("start", "a", "b"), scale) == ("var(--c1)", "var(--c2)")
    few = Colours({"a": 0, "b": 1}, sequential=False)
    assert level_marks(made("length", 5, 10), few) == ("var(--c1)", "var(--c2)")
    assert len({level_shape(place) for place in range(MOST_LINES)}) == MOST_LINES
