"""A study that was run and gets another probe is looked into, not trained again."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glasslab.errors import StudyError
from glasslab.plan.study import Study
from glasslab.plan.study_file import Options, make_study
from glasslab.probes import boundary
from glasslab.records.manifest import read_manifest
from glasslab.records.run_folder import RunFolder
from glasslab.runner.job import Event
from glasslab.runner.order import Order, carry_out_study, survey
from tests.runner import brightest
from tests.runner.jobs import TWENTY_STEPS, small_study

IMAGES: dict[str, Any] = {
    "question": "What does it see?",
    "data": {"name": "mnist5k", "train_limit": 50},
    "net": {"name": "mlp", "widths": [4]},
    "recipe": {"lr": 0.01, "epochs": 1, "batch_size": 25},
}


def run(study: Study, out: Path, jobs: int = 1) -> list[Event]:
    """Carries out a study and returns what was told, steps left out."""
    told: list[Event] = []
    carry_out_study(study, Order(out=out, jobs=jobs), told.append)
    return [event for event in told if event.kind != "step"]


def said(told: list[Event], kind: str) -> list[str]:
    """Returns the sentences of the events of a kind."""
    return [event.sentence for event in told if event.kind == kind]


def written(out: Path, name: str) -> dict[str, bytes]:
    """Returns the content of every file of this name, by its run."""
    return {path.parts[-3]: path.read_bytes() for path in out.rglob(f"probes/{name}")}


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_probe_that_a_study_gets_later_sees_what_it_would_have_seen_at_once(
    tmp_path: Path, jobs: int
) -> None:
    run(small_study(seeds=2), tmp_path / "later", jobs)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "later").rglob("weights.safetensors")}
    told = run(small_study(seeds=2, probes=["boundary"]), tmp_path / "later", jobs)
    assert [event.kind for event in told] == ["looked", "looked"]
    assert said(told, "looked") == ["looked into with boundary"] * 2
    assert len(before) == 2
    assert all(path.stat().st_mtime_ns == at for path, at in before.items())
    run(small_study(seeds=2, probes=["boundary"]), tmp_path / "at once", jobs)
    assert written(tmp_path / "later", "boundary.npz") == written(tmp_path / "at once", "boundary.npz")


def test_only_what_is_missing_or_has_other_settings_is_looked_at(tmp_path: Path) -> None:
    run(small_study(probes=["boundary"]), tmp_path)
    assert run(small_study(probes=["boundary"]), tmp_path) == []
    assert run(small_study(probes=[{"name": "boundary", "side": 121}]), tmp_path) == []
    other = small_study(probes=[{"name": "boundary", "side": 5}], seeds=2)
    assert sorted(e.kind for e in run(other, tmp_path) if e.kind != "row") == ["begun", "ended", "looked"]
    for path in tmp_path.rglob("boundary.npz"):
        with np.load(path) as arrays:
            assert arrays["probability"].shape == (5, 5, 2)
    assert run(small_study(), tmp_path) == []


def test_what_rests_on_an_earlier_look_goes_with_it(tmp_path: Path) -> None:
    run(small_study(probes=["boundary"]), tmp_path)
    (folder,) = tmp_path.glob("small/*-s0-*")
    page, pictures, other = (folder / name for name in ("inside.html", "probes/boundary", "probes/top9"))
    for each in (pictures, other):
        each.mkdir()
        (each / "01.png").write_bytes(b"")
    page.write_text("earlier")
    run(small_study(probes=[{"name": "boundary", "side": 5}]), tmp_path)
    assert [each.exists() for each in (page, pictures, other)] == [False, False, True]


def test_examples_that_are_not_there_are_refused_before_training(tmp_path: Path) -> None:
    images = {"name": "filters"}, {"name": "occlusion", "images": [70000]}
    study = make_study(IMAGES | {"probes": list(images)}, "images", Options())
    with pytest.raises(StudyError, match=r"'occlusion' images: no test example 70000; the 1000 of this run"):
        run(study, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_look_that_is_torn_is_taken_again(tmp_path: Path) -> None:
    study = small_study(probes=["boundary"])
    run(study, tmp_path)
    (path,) = tmp_path.rglob("boundary.npz")
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    assert said(run(study, tmp_path), "looked") == ["looked into with boundary"]
    assert path.read_bytes() == whole


def test_a_diverged_run_has_nothing_to_look_into(tmp_path: Path) -> None:
    wild = {"recipe": {"optimizer": "sgd", "lr": 1e30, "epochs": 3, "batch_size": 8}}
    run(small_study(**wild), tmp_path)
    assert run(small_study(**wild, probes=["boundary"]), tmp_path) == []


def test_work_tells_runs_to_make_from_runs_to_look_into(tmp_path: Path) -> None:
    run(small_study(), tmp_path)
    work = survey(small_study(probes=["boundary"], seeds=2), Order(out=tmp_path))
    assert ([job.seed for job in work.jobs], work.done) == ([1], 1)
    assert [(job.seed, job.probes) for job in work.looks] == [(0, ({"name": "boundary", "side": 121},))]


def test_a_probe_looks_at_the_variants_that_it_fits(tmp_path: Path) -> None:
    nets = {"flat": {"net": {"name": "mlp", "widths": [4]}}, "cnn": {"net": {"name": "lenet"}}}
    tables = {key: table for key, table in IMAGES.items() if key != "net"}
    study = make_study(
        tables | {"variants": nets, "seeds": 1, "probes": ["filters", "top9"]}, "mixed", Options()
    )
    (said_before,) = survey(study, Order(out=tmp_path)).unfit
    assert said_before == "flat is not looked into with top9: needs layers with maps, this network has none"
    run(study, tmp_path)
    assert len(written(tmp_path, "filters.npz")) == 2
    assert [name.startswith("cnn") for name in written(tmp_path, "top9.npz")] == [True]
    assert run(study, tmp_path) == []


def test_a_probe_that_fails_costs_neither_the_run_nor_the_other_probes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brightest.listed(monkeypatch)
    study = make_study(IMAGES | {"probes": ["brightest"]}, "images", Options())
    monkeypatch.setitem(brightest.fault, "broken", True)
    for kind in ("ended", "looked"):  # at the end of training, and when it is tried again
        told = run(study, tmp_path)
        assert said(told, "trouble") == [
            "probe 'brightest' failed, the run is kept: ValueError: no light",
        ]
        assert told[-1].kind == kind
        (folder,) = tmp_path.glob("images/*-s0-*")
        assert read_manifest(folder / "run.json").status == "finished"
        assert sorted(path.name for path in (folder / "probes").iterdir()) == [
            "brightest.error.txt",
            "mistakes.npz",
            "samples.npz",
        ]
    assert "raise ValueError" in (folder / "probes/brightest.error.txt").read_text()
    monkeypatch.setitem(brightest.fault, "broken", False)
    assert [event.kind for event in run(study, tmp_path)] == ["looked"]
    assert not (folder / "probes/brightest.error.txt").exists()
    assert run(study, tmp_path) == []


def test_a_run_killed_while_it_is_looked_into_is_trained_already(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """Stands for a kill."""

    def killed(*anything: object) -> None:
        raise Killed

    study = small_study(probes=["boundary"])
    with monkeypatch.context() as patch:
        patch.setattr(boundary, "look", killed)
        with pytest.raises(Killed):
            run(study, tmp_path)
    assert [event.kind for event in run(study, tmp_path)] == ["looked"]
    assert not list(tmp_path.rglob("checkpoint"))


DEADLY = """
import os
from torch import nn

class Net(nn.Linear):
    def __init__(self, shape, outputs):
        super().__init__(shape[0], outputs)

    def forward(self, x):
        if len(x) == 121 * 121:
            os._exit(9)
        return super().forward(x)
"""


def test_a_worker_that_dies_while_it_looks_costs_the_look_alone(tmp_path: Path) -> None:
    (tmp_path / "deadly.py").write_text(DEADLY)
    tables = TWENTY_STEPS | {"net": {"name": "deadly:Net"}, "probes": ["boundary"], "seeds": 2}
    study = make_study(tables, "deadly", Options(), folder=tmp_path)
    for kind in ("ended", "looked"):
        told = run(study, tmp_path / "runs", jobs=2)
        why = said(told, "trouble")
        assert len(why) == 2
        assert why[0] == "a probe failed, the run is kept: its process ended with exit code 9"
        assert [event.status for event in told if event.kind == kind] == [
            "finished" if kind == "ended" else ""
        ] * 2


def test_a_run_that_another_process_has_is_left_alone(tmp_path: Path) -> None:
    run(small_study(), tmp_path)
    (manifest,) = tmp_path.rglob("run.json")
    with RunFolder(manifest.parent).lock():
        (why,) = said(run(small_study(probes=["boundary"]), tmp_path), "trouble")
    assert why.startswith("not looked into with boundary, the run is kept: ")
    assert "another process" in why
