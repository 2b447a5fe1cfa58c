from typing import Any

import pytest

from glasslab.plan.probe import PROBES, Boundary
from tests.plan.small import small, told


@pytest.mark.parametrize(
    "probes, sentence",
    [
        ("boundary", "must be a list of names, got 'boundary'"),
        (["boundary", 3], "must be a list of names, got ['boundary', 3]"),
        ({"a": 1}, "must be a list of names, got { a = 1 }"),
        (["bondary"], "no probe 'bondary'; did you mean 'boundary'?"),
        (["boundary", "boundary"], "names a probe twice: ['boundary', 'boundary']"),
    ],
)
def test_wrong_probes_are_told_in_one_sentence(probes: Any, sentence: str) -> None:
    assert told(probes=probes) == [f"probes: {sentence}"]


def test_probes_are_kept_in_order() -> None:
    assert small(probes=list(PROBES)).probes == tuple(PROBES)
    assert small().probes == ()


def test_a_probe_has_its_settings_at_their_defaults() -> None:
    assert PROBES["boundary"].settings() == Boundary(side=121)
