from typing import Any

import pytest

from glasslab.plan.probe import PROBES, Boundary, probe_name
from tests.plan.small import small, told


@pytest.mark.parametrize(
    "probes, sentence",
    [
        ("boundary", "must be a list of names, got 'boundary'"),
        (["boundary", 3], 'each must be a name, or a table such as { name = "boundary", side = 61 }; got 3'),
        ({"a": 1}, "must be a list of names, got { a = 1 }"),
        (["bondary"], "no probe 'bondary'; did you mean 'boundary'?"),
        (["boundary", "boundary"], "names a probe twice: ['boundary', 'boundary']"),
    ],
)
def test_wrong_probes_are_told_in_one_sentence(probes: Any, sentence: str) -> None:
    assert told(probes=probes) == [f"probes: {sentence}"]


def test_probes_are_kept_in_order() -> None:
    assert [probe_name(each) for each in small(probes=list(PROBES)).probes] == list(PROBES)
    assert small().probes == ()


def test_a_probe_has_its_settings_at_their_defaults() -> None:
    assert small(probes=["boundary"]).probes == (Boundary(side=121),)


def test_a_probe_takes_settings_in_a_table() -> None:
    assert small(probes=[{"name": "boundary", "side": 61}]).probes == (Boundary(side=61),)
    assert told(probes=[{"name": "boundary", "sides": 61}]) == [
        "probes, boundary: sides: is not a setting here; did you mean 'side'?"
    ]
