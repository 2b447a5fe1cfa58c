import pytest

from glasslab.analysis.five_reports import (
    WITHOUT_STUDY,
    every_label,
    is_asked,
    labels_in,
    place,
    read_asked,
    without_study,
)
from glasslab.errors import UsageError
from glasslab.plan.shipped import find_study, shipped_studies


def test_the_reports_have_28_experiments() -> None:
    labels = every_label()
    assert len(labels) == 7 + 3 + 4 + 4 + 10
    assert (labels[0], labels[7], labels[-1]) == ("A1", "B1", "E10")
    assert set(WITHOUT_STUDY) <= set(labels)


def test_every_experiment_has_a_shipped_study_or_a_reason_why_not() -> None:
    studied = {label for name in shipped_studies() for label in labels_in(find_study(name).replicates)}
    assert studied | set(WITHOUT_STUDY) == set(every_label())
    assert not studied & set(WITHOUT_STUDY)


def test_labels_are_sorted_as_people_count() -> None:
    assert sorted(["E10", "E2", "other", "A5, A6", "B1"], key=place) == ["A5, A6", "B1", "E2", "E10", "other"]


def test_a_study_may_do_several_experiments_again() -> None:
    assert labels_in("A5, A6") == ("A5", "A6")
    assert labels_in("no label") == ()


def test_reports_and_experiments_are_read_in_either_case() -> None:
    assert read_asked(["e", "D2"]) == ("E", "D2")


@pytest.mark.parametrize("word", ["F", "E11", "A0", "", "all"])
def test_an_unknown_report_is_refused(word: str) -> None:
    with pytest.raises(UsageError, match=f"no report or experiment '{word}'; reports are A to E"):
        read_asked([word])


def test_an_experiment_without_a_study_is_refused_with_the_reason() -> None:
    with pytest.raises(UsageError, match=r"E10 has no study to run\. Fine-tunes a network"):
        read_asked(["E10"])


def test_a_letter_asks_for_the_whole_report_and_nothing_for_all() -> None:
    assert is_asked("E4", ("E",))
    assert is_asked("E4", ("A", "E4"))
    assert not is_asked("E4", ("E10", "A"))
    assert is_asked("E4", ())


def test_what_has_no_study_is_listed_with_the_reason() -> None:
    found = dict(without_study(("C",), {"C1"}))
    assert list(found) == ["C2", "C3", "C4"]
    assert "in words" in found["C4"]
    assert found["C3"] == "No study that does it again is shipped yet."


def test_an_experiment_that_gets_a_study_is_listed_no_more() -> None:
    assert without_study(("E9",), {"E9"}) == ()
