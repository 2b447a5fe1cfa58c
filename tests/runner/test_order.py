from pathlib import Path

import numpy as np
import pytest

from glasslab.errors import DataError, StudyError, UsageError
from glasslab.plan.study import Study
from glasslab.plan.study_file import Options, make_study
from glasslab.records.manifest import read_manifest
from glasslab.runner.device import choose_device
from glasslab.runner.job import Event
from glasslab.runner.order import Order, carry_out_study, survey
from tests.runner.jobs import TWENTY_STEPS, small_study


def run(study: Study, out: Path, jobs: int = 1) -> list[Event]:
    """Carries out a study and returns what was told."""
    told: list[Event] = []
    carry_out_study(study, Order(out=out, jobs=jobs), told.append)
    return told


def ended(told: list[Event]) -> list[str]:
    """Returns how each run ended."""
    return [event.status for event in told if event.kind == "ended"]


def test_running_again_does_nothing_and_adding_seeds_makes_only_those(tmp_path: Path) -> None:
    assert ended(run(small_study(seeds=2), tmp_path)) == ["finished"] * 2
    written = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("weights.safetensors")}
    assert ended(run(small_study(seeds=2), tmp_path)) == []
    assert ended(run(small_study(seeds=3), tmp_path)) == ["finished"]
    assert all(path.stat().st_mtime_ns == at for path, at in written.items())


def test_a_changed_setting_makes_new_runs_and_keeps_the_old(tmp_path: Path) -> None:
    run(small_study(), tmp_path)
    before = set(tmp_path.glob("small/*/weights.safetensors"))
    run(small_study(recipe=TWENTY_STEPS["recipe"] | {"lr": 0.02}), tmp_path)
    after = set(tmp_path.glob("small/*/weights.safetensors"))
    assert len(before) == 1
    assert len(after) == 2
    assert before < after


def test_variants_of_the_same_settings_share_their_runs(tmp_path: Path) -> None:
    twins = {"a": {"recipe": {"lr": 0.01}}, "b": {}}
    assert len(survey(small_study(variants=twins), Order(out=tmp_path)).jobs) == 1


def test_runs_keep_their_identity_when_a_variant_is_renamed(tmp_path: Path) -> None:
    run(small_study(variants={"old": {}}), tmp_path)
    assert ended(run(small_study(variants={"new": {}}), tmp_path)) == []


def test_an_interrupted_run_is_gone_on_with_and_a_failed_one_made_again(tmp_path: Path) -> None:
    run(small_study(), tmp_path)
    (manifest,) = tmp_path.glob("small/*/run.json")
    for status in ("running", "failed"):
        manifest.write_text(manifest.read_text().replace('"status": "finished"', f'"status": "{status}"'))
        assert ended(run(small_study(), tmp_path)) == ["finished"]


def test_generated_data_is_drawn_anew_for_each_seed(tmp_path: Path) -> None:
    run(small_study(seeds=3), tmp_path)
    manifests = [read_manifest(path) for path in tmp_path.glob("small/*/run.json")]
    assert len({m.data.fingerprint for m in manifests if m.data}) == 3


def test_processes_give_the_same_bytes_as_one_process(tmp_path: Path) -> None:
    study = small_study(seeds=4)
    run(study, tmp_path / "one", jobs=1)
    run(study, tmp_path / "two", jobs=2)
    for name in ("weights.safetensors", "metrics.jsonl", "predictions.safetensors"):
        one = {p.parent.name: p.read_bytes() for p in (tmp_path / "one").rglob(name)}
        two = {p.parent.name: p.read_bytes() for p in (tmp_path / "two").rglob(name)}
        assert len(one) == 4
        assert one == two


def test_manifests_say_how_many_runs_were_trained_at_once(tmp_path: Path) -> None:
    run(small_study(seeds=2), tmp_path, jobs=2)
    assert {read_manifest(p).at_once for p in tmp_path.glob("small/*/run.json")} == {2}


def test_a_diverged_run_is_a_result_and_is_not_made_again(tmp_path: Path) -> None:
    wild = small_study(recipe={"optimizer": "sgd", "lr": 1e30, "epochs": 3, "batch_size": 8})
    assert ended(run(wild, tmp_path)) == ["diverged"]
    assert ended(run(wild, tmp_path)) == []
    (manifest,) = tmp_path.glob("small/*/run.json")
    assert "NaN or infinite" in read_manifest(manifest).sentence


def test_what_does_not_fit_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    three = small_study(
        data={"name": "blobs", "centers": 3},
        recipe={"lr": 0.1, "epochs": 1, "loss": "binary-cross-entropy"},
    )
    with pytest.raises(
        StudyError,
        match=r"small, variant base \(net 'mlp' on data 'blobs'\): .* is for exactly 2 classes",
    ):
        run(three, tmp_path)
    with pytest.raises(StudyError, match=r"small, variant cnn \(net 'lenet' on data 'moons'\): .*lenet"):
        run(small_study(net={}, **nets()), tmp_path)
    with pytest.raises(DataError, match=r"nowhere\.npz"):
        run(small_study(data={"name": "npz", "path": "nowhere.npz", "validation": 10}), tmp_path)
    solid = {"name": "npz", "path": str(tmp_path.parent / "solid.npz"), "validation": 10}
    x, y = np.zeros((60, 3), dtype=np.float32), np.arange(60) % 2
    np.savez(solid["path"], x_train=x, y_train=y, x_test=x, y_test=y)
    with pytest.raises(
        StudyError, match=r"small, variant base: probes: 'boundary' needs data with two features"
    ):
        run(small_study(data=solid, probes=["boundary"]), tmp_path)
    assert list(tmp_path.iterdir()) == []


def nets() -> dict[str, object]:
    """Returns variants of two families, one of which needs images."""
    return {"variants": {"flat": {"net": {"name": "mlp"}}, "cnn": {"net": {"name": "lenet"}}}}


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(
        UsageError, match=r"--out .*file: cannot be written \(Not a directory\); choose another"
    ):
        run(small_study(), tmp_path / "file")


def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match=r"--device: must be one of auto, cuda, mps, cpu, got 'gpu'"):
        choose_device("gpu")
    assert choose_device("cpu") == "cpu"


def test_the_resolved_study_stands_in_the_folder(tmp_path: Path) -> None:
    study = make_study(TWENTY_STEPS, "small", Options(overrides=("recipe.lr=0.5",)))
    run(study, tmp_path)
    assert "lr = 0.5" in (tmp_path / study.name / "study.toml").read_text()


def test_a_run_with_a_damaged_manifest_is_made_again(tmp_path: Path) -> None:
    run(small_study(), tmp_path)
    (manifest,) = tmp_path.glob("small/*/run.json")
    manifest.write_text("{ torn")
    assert ended(run(small_study(), tmp_path)) == ["finished"]
    assert read_manifest(manifest).status == "finished"


def test_a_run_with_a_damaged_checkpoint_begins_at_the_start(tmp_path: Path) -> None:
    run(small_study(), tmp_path)
    (manifest,) = tmp_path.glob("small/*/run.json")
    whole = (manifest.parent / "metrics.jsonl").read_bytes()
    manifest.write_text(manifest.read_text().replace('"status": "finished"', '"status": "running"'))
    (manifest.parent / "checkpoint").mkdir()
    (manifest.parent / "checkpoint" / "state.safetensors").write_bytes(b"torn")
    assert ended(run(small_study(), tmp_path)) == ["finished"]
    assert (manifest.parent / "metrics.jsonl").read_bytes() == whole


def by_hand() -> Study:
    """A study of the same points with a network by hand and with PyTorch's."""
    variants = {name: {"net": {"name": name}} for name in ("mlp", "numpy-mlp")}
    recipe = {"optimizer": "sgd", "lr": 0.1, "epochs": 2}
    return small_study(net={"widths": [4]}, recipe=recipe, variants=variants)


def test_a_network_by_hand_trains_on_the_cpu_whatever_the_machine_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("glasslab.runner.order.choose_device", lambda asked: "cuda")
    jobs = survey(by_hand(), Order(out=tmp_path)).jobs
    assert {job.variant: job.device for job in jobs} == {"mlp": "cuda", "numpy-mlp": "cpu"}
    with pytest.raises(
        StudyError, match="'numpy-mlp' trains on the CPU only, not on cuda; set --device auto"
    ):
        survey(by_hand(), Order(out=tmp_path, device="cuda"))


def test_a_network_larger_than_the_memory_is_refused_in_words(tmp_path: Path) -> None:
    study = small_study(net={"name": "mlp", "widths": [10**7, 10**7]})
    with pytest.raises(
        StudyError, match="cannot be built here: it needs more memory than there is; make its"
    ):
        survey(study, Order(out=tmp_path))
