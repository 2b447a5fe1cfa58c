import subprocess
import sys
from collections import deque
from pathlib import Path

import msgspec
import pytest

from glasslab.plan.study import Study
from glasslab.plan.study_file import Options, make_study
from glasslab.records.manifest import read_manifest
from glasslab.records.run_folder import RunFolder
from glasslab.runner.carry_out import carry_out
from glasslab.runner.crew import Crew
from glasslab.runner.executors import Pool, ending, in_processes, in_this_process
from glasslab.runner.job import Event
from glasslab.runner.order import Order, carry_out_study
from tests.runner.jobs import TWENTY_STEPS, job_of, small_study

USER_NET = """
import os
from torch import nn

class Net(nn.Module):
    def __init__(self, input_shape, outputs, deadly=False, wrong=False):
        super().__init__()
        print("a module may print what it likes")
        self.deadly, self.wrong = deadly, wrong
        self.layer = nn.Linear(input_shape[0], outputs)

    def forward(self, x):
        if self.training and self.deadly:
            os._exit(9)
        if self.training and self.wrong:
            raise ValueError("no such thing")
        return self.layer(x)
"""


def user_study(folder: Path, **settings: object) -> Study:
    """Returns a study over a user's own network, with a good variant beside the one of these settings."""
    (folder / "mynet.py").write_text(USER_NET)
    own = {"name": "mynet:Net"}
    tables = TWENTY_STEPS | {
        "net": own,
        "variants": {"odd": {"net": settings}, "good": {}},
        "seeds": 2,
    }
    return make_study(tables, "user", Options(), folder=folder)


@pytest.mark.skipif(sys.platform == "win32", reason="exit codes differ")
def test_a_worker_that_dies_costs_its_own_job_alone(tmp_path: Path) -> None:
    told: list[Event] = []
    carry_out_study(user_study(tmp_path, deadly=True), Order(out=tmp_path / "runs", jobs=2), told.append)
    ended = [event for event in told if event.kind == "ended"]
    assert sorted(event.status for event in ended) == ["failed", "failed", "finished", "finished"]
    assert all("ended with exit code 9" in event.sentence for event in ended if event.status == "failed")


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_exception_inside_a_run_is_its_result_and_the_study_goes_on(tmp_path: Path, jobs: int) -> None:
    told: list[Event] = []
    carry_out_study(user_study(tmp_path, wrong=True), Order(out=tmp_path / "runs", jobs=jobs), told.append)
    ended = [event for event in told if event.kind == "ended"]
    assert sorted(event.status for event in ended) == ["failed", "failed", "finished", "finished"]
    assert {e.sentence for e in ended if e.status == "failed"} == {"ValueError: no such thing"}
    (trace, _) = sorted((tmp_path / "runs").glob("user/odd-*/error.txt"))
    assert "no such thing" in trace.read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end differently")
def test_a_worker_whose_driver_is_gone_stops_and_leaves_the_run_to_be_gone_on_with(tmp_path: Path) -> None:
    job = job_of(small_study(recipe=TWENTY_STEPS["recipe"] | {"epochs": 20_000}), tmp_path / "run")
    command = [sys.executable, "-m", "glasslab.runner.worker"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(msgspec.json.encode([job]) + b"\n")
        worker.stdin.flush()
        worker.stdout.readline()
        worker.stdout.close()
        assert worker.wait(timeout=60) == 1
    assert read_manifest(RunFolder(tmp_path / "run").manifest).status == "running"


def test_a_run_that_another_process_is_writing_is_left_alone(tmp_path: Path) -> None:
    job = job_of(small_study(), tmp_path / "run")
    told: list[Event] = []
    with RunFolder(tmp_path / "run").lock():
        in_processes(1)([(job,)], told.append)
    assert [(e.kind, e.status) for e in told] == [("ended", "failed")]
    assert "another process is training this run" in told[0].sentence
    assert not (tmp_path / "run" / "run.json").exists()


def test_events_tell_the_beginning_every_row_and_the_end(tmp_path: Path) -> None:
    told: list[Event] = []
    in_this_process([(job_of(small_study(), tmp_path / "run"),)], told.append)
    assert [e.kind for e in told if e.kind != "step"] == ["begun", *["row"] * 5, "ended"]
    assert told[0].steps == 20


def test_a_checkpoint_of_other_code_is_not_gone_on_from(tmp_path: Path) -> None:
    job = job_of(small_study(), tmp_path / "run")

    class Stopped(BaseException):
        """Stands for a kill."""

    def stop(event: Event) -> None:
        if event.kind == "row":
            raise Stopped

    with pytest.raises(Stopped):
        carry_out((job,), stop, patience=0.0)
    folder = RunFolder(tmp_path / "run")
    assert folder.checkpoint.is_file()
    source = read_manifest(folder.manifest).code.source
    folder.manifest.write_text(folder.manifest.read_text().replace(source, "0" * 16))
    steps: list[int] = []
    carry_out((job,), lambda event: steps.append(event.step) if event.kind == "begun" else None)
    assert steps == [0]
    assert read_manifest(folder.manifest).interruptions == 0


def test_a_checkpoint_of_the_same_code_is_gone_on_from(tmp_path: Path) -> None:
    job = job_of(small_study(), tmp_path / "run")

    class Stopped(BaseException):
        """Stands for a kill."""

    def stop(event: Event) -> None:
        if event.kind == "row" and event.step == 12:
            raise Stopped

    with pytest.raises(Stopped):
        carry_out((job,), stop, patience=0.0)
    steps: list[int] = []
    carry_out((job,), lambda event: steps.append(event.step) if event.kind == "begun" else None)
    assert steps == [12]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals")
def test_how_a_process_ended_is_said_in_words() -> None:
    assert ending(3) == "ended with exit code 3"
    assert ending(-9) == "was killed by SIGKILL (often: out of memory)"
    assert ending(-11) == "was killed by SIGSEGV"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals")
def test_what_a_worker_said_half_does_not_end_the_study(tmp_path: Path) -> None:
    crew = Crew()
    told: list[Event] = []
    try:
        (worker,) = crew.add(1)
        crew.heard.put((worker, b'{"hash": "half'))
        crew.heard.put((worker, b"\n"))
        Pool(crew, deque([(job_of(small_study(), tmp_path / "run"),)]), told.append).run(1)
    finally:
        crew.stop()
    assert [event.status for event in told if event.kind == "ended"] == ["finished"]
    assert crew.workers == []
