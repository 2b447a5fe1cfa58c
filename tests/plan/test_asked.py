import pytest

from glasslab.errors import UsageError
from glasslab.plan.asked import read_asked, read_changes
from glasslab.plan.probe import PROBES, Boundary, probe_name


def test_without_names_all_probes_are_asked_for_and_none_by_name() -> None:
    asked = read_asked([], {})
    assert [probe_name(probe) for probe in asked.probes] == list(PROBES)
    assert asked.named == frozenset()


def test_what_is_asked_for_goes_over_the_study_s_settings_and_those_over_the_defaults() -> None:
    usual = [Boundary(side=7)]
    assert read_asked(["boundary"], {}, usual).probes == (Boundary(side=7),)
    assert read_asked(["boundary"], {"boundary": {"side": 9}}, usual).probes == (Boundary(side=9),)
    assert read_asked(["boundary", "boundary"], {}).probes == (Boundary(),)
    assert read_asked([], {"boundary": {"side": 9}}).named == {"boundary"}


def test_changes_are_read_as_toml_and_else_as_texts() -> None:
    texts = ["boundary.side = 31", "other.layers=['a', 'b']", "other.target=a cat", "other.x.y=1"]
    assert read_changes(texts) == {
        "boundary": {"side": 31},
        "other": {"layers": ["a", "b"], "target": "a cat", "x.y": 1},
    }


@pytest.mark.parametrize("text", ["side=3", "boundary.side", "boundary.=3", ".side=3", ""])
def test_a_change_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"--set needs the form probe\.key=value, such as boundary\.side=61"):
        read_changes([text])


def test_everything_wrong_is_said_with_what_was_meant() -> None:
    with pytest.raises(
        UsageError,
        match=r"--probe boundery: no such probe; did you mean 'boundary'\?\n--set nothing: no such probe",
    ):
        read_asked(["boundery"], {"nothing": {}})
    with pytest.raises(
        UsageError,
        match=r"--set boundary\.sid: is not a setting here; did you mean 'side'\?\n"
        r"--set boundary\.side: must be a whole number from 2 to 1000, got 1",
    ):
        read_asked([], {"boundary": {"sid": 3, "side": 1}})
    other = next(name for name in PROBES if name != "boundary")
    with pytest.raises(UsageError, match="--set boundary: is not among the probes asked for; add --probe b"):
        read_asked([other], {"boundary": {"side": 3}})
    with pytest.raises(UsageError, match="boundary: must be a table of settings, got 61"):
        read_asked([], {"boundary": 61})  # type: ignore[dict-item]
