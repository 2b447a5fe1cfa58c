from collections.abc import Sequence
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from glasslab.records.event_files import event_files
from glasslab.records.run import Run, read_run
from glasslab.records.run_folder import run_name
from glasslab.runner.carry_out import carry_out
from glasslab.runner.executors import in_processes
from glasslab.runner.job import Event, Job
from tests.runner.jobs import job_of, small_study


def made_job(study_folder: Path) -> Job:
    """Returns the twenty-step job with its run folder where a study has it."""
    job = job_of(small_study(), study_folder)
    return job_of(small_study(), study_folder / run_name(job.variant, job.seed, job.hash))


def nothing(event: Event) -> None:
    """Is told and does nothing."""


def curves(study_folder: Path, job: Job) -> dict[str, list[tuple[int, float]]]:
    found = EventAccumulator(str(study_folder / "tensorboard" / f"{job.variant}-s{job.seed}"))
    found.Reload()
    return {tag: [(p.step, p.value) for p in found.Scalars(tag)] for tag in found.Tags()["scalars"]}


def require_the_log_once(study_folder: Path, job: Job) -> Run:
    """Requires of a run's event file that it holds each row of the run's log once; returns the run."""
    run = read_run(Path(job.folder))
    shown = curves(study_folder, job)
    for tag in ("train/loss", "train/accuracy", "val/loss", "test/accuracy", "lr", "gradient_norm"):
        assert shown[tag] == [(row["epoch"], pytest.approx(row[tag], rel=1e-6)) for row in run.rows], tag
    for layer in run.rows[0]["gradients"]:
        assert [step for step, _ in shown[f"gradients/{layer}"]] == [row["epoch"] for row in run.rows]
    return run


@pytest.mark.parametrize("rows, patience", [(1, 0.0), (3, 0.0), (3, 1.0), (5, 0.0)])
def test_a_run_that_was_interrupted_shows_every_epoch_once(
    tmp_path: Path, rows: int, patience: float
) -> None:
    job = made_job(tmp_path)
    seen: list[Event] = []

    def interrupt(event: Event) -> None:
        seen.append(event)
        if sum(each.kind == "row" for each in seen) == rows:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), event_files(tmp_path, [], interrupt) as tell:
        carry_out((job,), tell, patience)
    half = read_run(Path(job.folder))
    assert len(half.rows) == rows
    with event_files(tmp_path, [(job.variant, half)], nothing) as tell:
        carry_out((job,), tell, patience)
    whole = require_the_log_once(tmp_path, job)
    assert (len(whole.rows), whole.finished) == (5, True)

    before = curves(tmp_path, job)
    with event_files(tmp_path, [(job.variant, whole)], nothing):
        pass
    assert curves(tmp_path, job) == before


def test_runs_of_other_processes_are_written_by_the_one_that_listens(tmp_path: Path) -> None:
    job = made_job(tmp_path)
    jobs: Sequence[Job] = [job]
    with event_files(tmp_path, [], nothing) as tell:
        in_processes(1)([(job,) for job in jobs], tell)
    assert len(require_the_log_once(tmp_path, job).rows) == 5
