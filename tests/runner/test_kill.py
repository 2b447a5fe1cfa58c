"""Kill it at any moment; run it again; get the same bytes."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from glasslab.records import kill_points
from glasslab.records.manifest import read_manifest
from glasslab.records.run_folder import RunFolder
from glasslab.runner.carry_out import carry_out
from glasslab.runner.job import Job
from glasslab.runner.process import ready_to_train
from tests.runner.jobs import job_of, small_study
from tests.runner.killing import killer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork")


@pytest.fixture(autouse=True, scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Does once, before any fork, what the first run of a process pays for."""
    with ready_to_train(1, "cpu"):
        carry_out((job_of(small_study(), tmp_path_factory.mktemp("warm")),), lambda event: None)


EVERY_STEP = 0.0  # a checkpoint at every step
NEVER = 1e9  # none but what the end of the run makes


def in_a_child(job: Job, patience: float, listener: Callable[[str], None] | None = None) -> int:
    """Carries out a job in a forked process; returns its exit code, negative for a signal."""
    child = os.fork()
    if child == 0:
        # death of a process loses no write, so waiting for the disk would only cost time here
        os.fsync = lambda descriptor: None  # type: ignore[assignment]
        kill_points.listen(listener)
        with ready_to_train(1, "cpu"):
            (manifest,) = carry_out((job,), lambda event: None, patience)
        os._exit(0 if manifest.status == "finished" else 3)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def points_of(job: Job, patience: float) -> list[str]:
    """Returns the name of every point that a run passes."""
    read, write = os.pipe()

    def listen(point: str) -> None:
        os.write(write, point.encode() + b"\n")

    assert in_a_child(job, patience, listen) == 0
    os.close(write)
    with os.fdopen(read) as names:
        return names.read().splitlines()


def files_of(folder: Path) -> dict[str, bytes]:
    """Returns the content of every file of a run that must come out the same."""
    paths = [
        p for p in folder.rglob("*") if p.is_file() and p.name not in ("run.json", "timing.jsonl", ".lock")
    ]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.mark.parametrize("patience", [EVERY_STEP, NEVER], ids=["checkpoint at every step", "no checkpoint"])
def test_a_run_killed_at_any_step_or_write_ends_with_the_same_bytes(tmp_path: Path, patience: float) -> None:
    study = small_study(probes=["boundary"])
    points = points_of(job_of(study, tmp_path / "whole"), patience)
    whole = files_of(tmp_path / "whole")
    assert points.count("step") == 20
    assert {"weights.safetensors", "metrics.jsonl", "predictions.safetensors"} <= whole.keys()
    for number in range(1, len(points) + 1):
        folder = tmp_path / f"killed{number}"
        job = job_of(study, folder)
        assert in_a_child(job, patience, killer(number)) == -signal.SIGKILL, points[number - 1]
        assert in_a_child(job, patience) == 0, points[number - 1]
        assert files_of(folder) == whole, f"killed at {points[number - 1]} (point {number})"


def test_a_checkpoint_torn_by_a_kill_does_not_stand_in_the_way_of_the_end(tmp_path: Path) -> None:
    study = small_study()
    points = points_of(job_of(study, tmp_path / "whole"), EVERY_STEP)
    torn = points.index("half state.safetensors", 30) + 1
    job = job_of(study, tmp_path / "killed")
    assert in_a_child(job, EVERY_STEP, killer(torn)) == -signal.SIGKILL
    assert (tmp_path / "killed/checkpoint/.state.safetensors.part").is_file()
    assert in_a_child(job, NEVER) == 0
    assert files_of(tmp_path / "killed") == files_of(tmp_path / "whole")


def test_a_run_killed_again_and_again_ends_with_the_same_bytes(tmp_path: Path) -> None:
    study = small_study()
    assert in_a_child(job_of(study, tmp_path / "whole"), EVERY_STEP) == 0
    job = job_of(study, tmp_path / "killed")
    deaths = 0
    while in_a_child(job, EVERY_STEP, killer(40)) != 0:
        deaths += 1
        assert deaths < 60, "the run does not come forward"
    assert deaths >= 3
    assert files_of(tmp_path / "killed") == files_of(tmp_path / "whole")
    assert read_manifest(RunFolder(tmp_path / "killed").manifest).interruptions == deaths


def test_weights_kept_along_the_way_come_to_the_same_bytes_after_a_kill(tmp_path: Path) -> None:
    study = small_study(
        data={"name": "mnist5k", "train_limit": 16},
        net={"name": "lenet", "channels": [2, 3], "hidden": [4]},
        recipe={"lr": 0.01, "epochs": 3, "batch_size": 8},
        probes=[{"name": "evolution", "examples": 20, "maps": 1}],
    )
    points = points_of(job_of(study, tmp_path / "whole"), EVERY_STEP)
    whole = files_of(tmp_path / "whole")
    kept = {name for name in whole if name.startswith("snapshots/")}
    assert kept == {f"snapshots/0000{number}.safetensors" for number in (0, 1, 2)}
    assert "probes/evolution.npz" in whole
    writing = [number for number, point in enumerate(points, start=1) if "0000" in point]
    assert len(writing) == 4 * 3
    for number in writing:
        folder = tmp_path / f"killed{number}"
        job = job_of(study, folder)
        assert in_a_child(job, EVERY_STEP, killer(number)) == -signal.SIGKILL
        assert in_a_child(job, EVERY_STEP) == 0
        assert files_of(folder) == whole, f"killed at {points[number - 1]} (point {number})"
