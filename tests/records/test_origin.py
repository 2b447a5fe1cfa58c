from pathlib import Path

import msgspec
import pytest

from glasslab.errors import StudyError
from glasslab.records.origin import own_study
from tests.report.made_study import activations


def test_a_run_s_own_study_is_that_beside_it_with_this_run_alone(tmp_path: Path) -> None:
    results = activations(tmp_path)
    run = results.named("tanh").runs[2]
    study = own_study(run.folder.path, run.manifest)
    assert study.question == results.study.question
    assert [variant.name for variant in study.variants] == ["tanh"]
    assert study.seeds == (2,)
    assert study.claims == ()


def test_without_a_study_beside_it_a_run_is_known_by_its_manifest(tmp_path: Path) -> None:
    results = activations(tmp_path)
    run = results.named("tanh").runs[2]
    (run.folder.path.parent / "study.toml").unlink()
    study = own_study(run.folder.path, run.manifest)
    assert study.variants == (results.study.variant("tanh"),)
    assert study.metric.text == "test/accuracy"


def test_settings_that_cannot_be_read_any_more_are_said(tmp_path: Path) -> None:
    run = activations(tmp_path).named("tanh").runs[2]
    (run.folder.path.parent / "study.toml").unlink()
    net = run.manifest.identity["net"] | {"name": "mpl"}
    manifest = msgspec.structs.replace(run.manifest, identity=run.manifest.identity | {"net": net})
    with pytest.raises(StudyError, match=r"run\.json \[net\] name: no net 'mpl'; did you mean 'mlp'"):
        own_study(run.folder.path, manifest)
