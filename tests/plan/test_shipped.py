import tomllib
from pathlib import Path

import pytest

from glasslab.errors import StudyError, UsageError
from glasslab.plan.shipped import find_study, shipped_studies
from glasslab.plan.study_file import Options, make_study, study_toml
from tests.plan.small import TEXT

SHIPPED = list(shipped_studies())


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_study_is_right_and_is_read_again_from_its_own_file(name: str, quick: bool) -> None:
    study = find_study(name, Options(quick=quick))
    assert study.name == (f"{name}-quick" if quick else name)
    assert study.claims
    assert len(study.seeds) >= 3
    assert make_study(tomllib.loads(study_toml(study)), study.name, Options()) == study


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_study_has_a_quick_form_that_does_less(name: str) -> None:
    def work(quick: bool) -> float:
        study = find_study(name, Options(quick=quick))
        courses = [variant.recipe.course for variant in study.variants]
        return len(study.seeds) * sum(float(c.epochs or 0) + float(c.steps or 0) for c in courses)

    assert work(quick=True) < work(quick=False)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_studys_variants_differ(name: str) -> None:
    study = find_study(name)
    assert study.twins() == {}
    assert len(study.variants) == 1 or study.differing()


def test_a_study_is_found_as_file_folder_name_or_folder_of_results(in_tmp: Path) -> None:
    (in_tmp / "mine.toml").write_text(TEXT, encoding="utf-8")
    assert find_study("mine.toml").name == "mine"
    for folder in (in_tmp / "here", in_tmp / "runs" / "there", in_tmp / "elsewhere" / "far"):
        folder.mkdir(parents=True)
        (folder / "study.toml").write_text(TEXT, encoding="utf-8")
    assert find_study("here").name == "here"
    assert find_study("there").name == "there"
    assert find_study("far", out=Path("elsewhere")).name == "far"
    assert find_study("xor").name == "xor"


def test_a_folder_of_another_kind_does_not_hide_a_shipped_study(in_tmp: Path) -> None:
    (in_tmp / "xor").mkdir()
    assert find_study("xor").question.startswith("Does a network")


def test_a_folder_that_is_no_study_is_named(in_tmp: Path) -> None:
    (in_tmp / "mine").mkdir()
    with pytest.raises(
        UsageError, match=r"^mine: is a folder without a study.toml, so it is not a study's folder$"
    ):
        find_study("mine")


@pytest.mark.parametrize(
    "text, told",
    [
        ("activatons", "no study 'activatons' (shipped, as a file, or in runs); did you mean 'activations'?"),
        ("mine.tml", "no study 'mine.tml' (shipped, as a file, or in runs); did you mean 'mine'?"),
        ("", f"no study '' (shipped, as a file, or in runs); known: {', '.join(sorted(['mine', *SHIPPED]))}"),
    ],
)
def test_an_unknown_study_is_told_with_the_nearest_one(text: str, told: str, in_tmp: Path) -> None:
    (in_tmp / "runs" / "mine").mkdir(parents=True)
    (in_tmp / "runs" / "mine" / "study.toml").write_text(TEXT, encoding="utf-8")
    with pytest.raises(UsageError) as raised:
        find_study(text)
    assert str(raised.value) == told


@pytest.mark.parametrize("text", ["x" * 5000, "a\0b"])
def test_what_no_path_can_be_is_an_unknown_study(text: str, in_tmp: Path) -> None:
    with pytest.raises(UsageError, match="no study"):
        find_study(text)


def test_a_file_of_another_kind_is_not_toml(in_tmp: Path) -> None:
    (in_tmp / "README.md").write_text("# Title\n\nSome words.\n", encoding="utf-8")
    with pytest.raises(
        StudyError, match=r"^README.md: is not TOML: .* \(at line 3, column 6\): Some words\."
    ):
        find_study("README.md")
