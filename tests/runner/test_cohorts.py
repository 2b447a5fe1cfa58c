"""Runs that are trained together: which they are, how they are cut up, and that nothing of them is lost."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from glasslab.errors import UsageError
from glasslab.plan.study import Study
from glasslab.plan.study_file import Options, make_study
from glasslab.records import kill_points
from glasslab.records.manifest import Manifest, read_manifest
from glasslab.runner.cohorts import MOST, cut, engine_of, finishing_time, units_of
from glasslab.runner.job import Event, Job
from glasslab.runner.order import Order, carry_out_study, survey
from tests.runner.jobs import TWENTY_STEPS, small_study
from tests.runner.killing import killer

KEPT = ("weights.safetensors", "metrics.jsonl", "predictions.safetensors")


def run(study: Study, out: Path, **order: Any) -> list[Event]:
    """Carries out a study in this process; returns what was told."""
    told: list[Event] = []
    carry_out_study(study, Order(out=out, **{"jobs": 1, **order}), told.append)
    return told


def manifests(out: Path) -> list[Manifest]:
    return [read_manifest(path) for path in sorted(out.glob("*/*/run.json"))]


def jobs_of(study: Study, out: Path, **order: Any) -> tuple[Job, ...]:
    return survey(study, Order(out=out, **order)).jobs


def test_small_mlps_are_stacked_by_themselves_and_manifests_say_so(tmp_path: Path) -> None:
    run(small_study(seeds=3), tmp_path)
    found = manifests(tmp_path)
    assert {m.engine for m in found} == {"stacked"}
    assert {m.cohort for m in found} == {found[0].cohort}
    assert set(found[0].cohort) == {m.hash for m in found}
    assert {m.at_once for m in found} == {3}
    assert not (tmp_path / "small" / ".cohorts").exists()


def test_a_run_that_has_no_company_is_trained_solo(tmp_path: Path) -> None:
    run(small_study(seeds=1), tmp_path)
    assert [(m.engine, m.cohort, m.at_once) for m in manifests(tmp_path)] == [("solo", (), 1)]


def test_the_engine_can_be_asked_for(tmp_path: Path) -> None:
    run(small_study(seeds=2), tmp_path / "solo", engine="solo")
    assert {m.engine for m in manifests(tmp_path / "solo")} == {"solo"}
    run(small_study(seeds=1), tmp_path / "stacked", engine="stacked")
    assert {m.engine for m in manifests(tmp_path / "stacked")} == {"stacked"}


def test_an_engine_that_there_is_not_or_that_cannot_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--engine: must be one of auto, solo, stacked, got 'turbo'"):
        survey(small_study(), Order(out=tmp_path, engine="turbo"))
    by_hand = small_study(
        net={"name": "numpy-mlp", "widths": [4]},
        recipe={"optimizer": "sgd", "lr": 0.1, "epochs": 1, "batch_size": 8},
    )
    with pytest.raises(UsageError, match=r"--engine stacked: .* variant base has the net 'numpy-mlp'; use"):
        survey(by_hand, Order(out=tmp_path, engine="stacked"))
    assert [job.engine for job in jobs_of(by_hand, tmp_path)] == ["solo"]


def test_networks_that_arithmetic_and_not_overhead_slows_stay_solo_on_the_cpu(tmp_path: Path) -> None:
    (job,) = jobs_of(small_study(), tmp_path)
    settings = {family: job.settings | {"net": {"name": family}} for family in ("lenet", "vgg", "elman")}
    chosen = {
        family: engine_of(Job(**{**as_arguments(job), "settings": own}), "auto")
        for family, own in settings.items()
    }
    assert chosen == {"lenet": "solo", "vgg": "solo", "elman": "stacked"}
    on_gpu = Job(**{**as_arguments(job), "settings": settings["vgg"], "device": "cuda"})
    assert engine_of(on_gpu, "auto") == "stacked"


def as_arguments(job: Job) -> dict[str, Any]:
    return {name: getattr(job, name) for name in job.__struct_fields__}


def test_a_cohort_has_one_structure_and_any_rates_optimizers_and_starts(tmp_path: Path) -> None:
    variants = {
        "fast": {"recipe": {"lr": 0.1}},
        "plain": {"recipe": {"optimizer": "sgd"}},
        "decayed": {"recipe": {"schedule": "constant"}},
        "small": {"net": {"init": "normal", "init_std": 0.1}},
        "wide": {"net": {"widths": [9]}},
        "tanh": {"net": {"activation": "tanh"}},
        "longer": {"recipe": {"epochs": 6}},
    }
    jobs = jobs_of(small_study(variants=variants, seeds=2), tmp_path)
    units = units_of(jobs, workers=1)
    assert [sorted({job.variant for job in unit}) for unit in units] == [
        ["decayed", "fast", "plain", "small"],
        ["wide"],
        ["tanh"],
        ["longer"],
    ]


def test_generated_sets_of_one_form_are_trained_together(tmp_path: Path) -> None:
    variants = {
        "moons": {},
        "noisy": {"data": {"noise": 0.5}},
        "circles": {"data": {"name": "circles"}},
        "more": {"data": {"samples": 60}},
    }
    units = units_of(jobs_of(small_study(variants=variants, seeds=2), tmp_path), workers=1)
    assert [sorted({job.variant for job in unit}) for unit in units] == [
        ["circles", "moons", "noisy"],
        ["more"],
    ]
    run(small_study(variants=variants, seeds=2), tmp_path / "together")
    run(small_study(variants=variants, seeds=2), tmp_path / "alone", engine="solo")
    both = zip(manifests(tmp_path / "together"), manifests(tmp_path / "alone"), strict=True)
    assert all(one.hash == other.hash and one.data == other.data for one, other in both)


def test_work_is_cut_so_that_all_workers_end_soonest(tmp_path: Path) -> None:
    jobs = jobs_of(small_study(seeds=5), tmp_path)
    assert [len(unit) for unit in units_of(jobs, workers=2)] == [3, 2]
    widths = {str(width): {"net": {"widths": [width]}} for width in range(4, 8)}
    even = jobs_of(small_study(variants=widths, seeds=3), tmp_path)
    assert [len(unit) for unit in units_of(even, workers=2)] == [3, 3, 3, 3]
    assert finishing_time([6, 6, 6], 2) == 12
    assert finishing_time([4, 3, 3, 3, 3, 2], 2) == 9


def test_no_cohort_is_larger_than_its_device_allows(tmp_path: Path) -> None:
    jobs = jobs_of(small_study(seeds=3), tmp_path) * 20
    parts = cut(jobs, 1)
    assert max(map(len, parts)) <= MOST["cpu"]
    assert sum(parts, start=()) == jobs


def test_adding_seeds_trains_only_those(tmp_path: Path) -> None:
    run(small_study(seeds=2), tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("weights.safetensors")}
    told = run(small_study(seeds=4), tmp_path)
    assert [event.status for event in told if event.kind == "ended"] == ["finished"] * 2
    assert all(path.read_bytes() == content for path, content in before.items())


def test_a_run_that_cannot_be_finished_leaves_the_others_of_its_cohort(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from glasslab.runner import carry_out

    write = carry_out.save_weights
    refused: list[Path] = []

    def save_weights(path: Path, weights: Any) -> None:
        if not refused:
            refused.append(path.parent)
            raise OSError("no room")
        write(path, weights)

    monkeypatch.setattr(carry_out, "save_weights", save_weights)
    told = run(small_study(seeds=3), tmp_path)
    assert sorted(event.status for event in told if event.kind == "ended") == [
        "failed",
        "finished",
        "finished",
    ]
    assert "no room" in (refused[0] / "error.txt").read_text()
    assert [e.status for e in run(small_study(seeds=3), tmp_path) if e.kind == "ended"][-1] == "finished"
    assert {m.status for m in manifests(tmp_path)} == {"finished"}


def test_what_stops_the_whole_cohort_is_told_of_each_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from glasslab.training.stacked import Cohort

    def no_step(self: Cohort, step: int) -> None:
        raise MemoryError("too much")

    monkeypatch.setattr(Cohort, "step", no_step)
    told = run(small_study(seeds=3), tmp_path)
    assert [e.sentence for e in told if e.kind == "ended"] == ["MemoryError: too much"] * 3


def early_and_diverging() -> Study:
    """Five runs in one cohort, of which some stop early and one diverges."""
    recipe = TWENTY_STEPS["recipe"] | {"optimizer": "sgd", "patience": 1, "monitor": "val/loss"}
    variants = {"mild": {"recipe": {"lr": 0.3}}, "wild": {"recipe": {"lr": 1e30}}}
    tables = TWENTY_STEPS | {"recipe": recipe, "variants": variants, "seeds": [0, 1, 2]}
    return make_study(tables, "small", Options())


def in_a_child(
    study: Study, out: Path, patience: float, listener: Callable[[str], None] | None = None
) -> int:
    """Carries out a study in a forked process; returns its exit code, negative for a signal."""
    from glasslab.runner import carry_out, executors

    child = os.fork()
    if child == 0:
        os.fsync = lambda descriptor: None  # type: ignore[assignment]
        whole = carry_out.carry_out
        executors.carry_out = lambda unit, tell: whole(unit, tell, patience)  # type: ignore[assignment]
        kill_points.listen(listener)
        run(study, out)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def files_of(out: Path) -> dict[str, bytes]:
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.name in KEPT}


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
@pytest.mark.parametrize("patience", [0.0, 1e9], ids=["checkpoint at every step", "no checkpoint"])
def test_a_cohort_killed_at_any_point_ends_with_the_same_bytes(tmp_path: Path, patience: float) -> None:
    study = early_and_diverging()
    run(study, tmp_path / "warm")
    read, write = os.pipe()
    assert in_a_child(study, tmp_path / "whole", patience, lambda point: os.write(write, b".") and None) == 0
    os.close(write)
    with os.fdopen(read, "rb") as points:
        count = len(points.read())
    whole = files_of(tmp_path / "whole")
    assert {m.status for m in manifests(tmp_path / "whole")} == {"finished", "diverged"}
    assert len({len(content.splitlines()) for name, content in whole.items() if "metrics" in name}) > 1
    for at in range(1, count + 1, 7 if patience else 17):
        out = tmp_path / f"killed{at}"
        assert in_a_child(study, out, patience, killer(at)) == -signal.SIGKILL
        assert in_a_child(study, out, patience) == 0
        assert files_of(out) == whole, f"killed at point {at} of {count}"
        assert not (out / "small" / ".cohorts").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_a_cohort_goes_on_as_it_began_whatever_the_number_of_processes_then(tmp_path: Path) -> None:
    study = small_study(seeds=4)
    assert in_a_child(study, tmp_path / "whole", 0.0) == 0
    out = tmp_path / "killed"
    assert in_a_child(study, out, 0.0, killer(200)) == -signal.SIGKILL
    began = {m.hash: m.cohort for m in manifests(out)}
    told = run(study, out, jobs=2)
    assert all(event.step > 0 for event in told if event.kind == "begun")
    assert {m.hash: m.cohort for m in manifests(out)} == began
    assert {m.interruptions for m in manifests(out)} == {1}
    assert files_of(out) == files_of(tmp_path / "whole")


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_a_cohort_that_lost_members_to_another_is_not_gone_on_with(tmp_path: Path) -> None:
    variants = {"a": {"recipe": {"lr": 0.1}}, "b": {"recipe": {"lr": 0.2}}}
    study = small_study(variants=variants, seeds=2)
    assert in_a_child(study, tmp_path, 0.0, killer(200)) == -signal.SIGKILL
    run(study, tmp_path, only=("a",))
    trained = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("weights.safetensors")}
    assert len(trained) == 2
    told = run(study, tmp_path)
    assert sorted(e.status for e in told if e.kind == "ended") == ["finished"] * 2
    assert all(path.stat().st_mtime_ns == at for path, at in trained.items())
    assert {m.status for m in manifests(tmp_path)} == {"finished"}
    assert {len(m.cohort) for m in manifests(tmp_path)} == {2}
    assert not (tmp_path / "small" / ".cohorts").exists()


def test_recurrent_networks_in_mixed_precision_are_trained_solo(tmp_path: Path) -> None:
    (job,) = jobs_of(small_study(), tmp_path)
    recipe = job.settings["recipe"] | {"precision": "bfloat16"}
    mixed = {**as_arguments(job), "settings": job.settings | {"net": {"name": "rnn"}, "recipe": recipe}}
    assert engine_of(Job(**mixed), "auto") == "solo"
    with pytest.raises(
        UsageError, match=r"trains the net 'rnn' in bfloat16, which the stacked engine does not"
    ):
        engine_of(Job(**mixed), "stacked")
