import json
from pathlib import Path

import pytest

from tests.cli.command import Command
from tests.runner import brightest


@pytest.fixture
def run(glasslab: Command, tiny: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a trained run, with two probes in the table."""
    brightest.listed(monkeypatch)
    assert glasslab("run", tiny, "--jobs", "1", "--quiet").code == 0
    return next(Path("runs/tiny").glob("wide-s1-*"))


def test_a_run_is_looked_into_with_every_probe_that_fits(glasslab: Command, run: Path) -> None:
    said = glasslab("inspect", run.name.rpartition("-")[2])
    assert said.code == 0, said.err
    assert "wide, seed 1: finished after 3 epochs" in said.out
    assert "boundary: The class that each network gives every point of the plane" in said.out
    assert f"{run}/probes/boundary.npz, 1 picture in {run}/probes/boundary" in said.out
    assert "brightest: probes: 'brightest' needs images, these have 2 values" in said.out
    assert f"Page: {run}/inside.html" in said.out
    assert [path.name for path in (run / "probes/boundary").iterdir()] == ["01-wide-seed-1.png"]
    assert (run / "inside.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert [line.partition(":")[0] for line in said.err.splitlines()] == [
        "the network",
        "boundary",
        "page and pictures",
    ]


def test_programs_read_what_was_seen(glasslab: Command, run: Path) -> None:
    said = glasslab("inspect", str(run), "--set", "boundary.side=5", "--json")
    found = json.loads(said.out)
    assert found["version"] == 1
    assert found["run"] == str(run)
    assert list(found["looks"]) == ["boundary"]
    assert all(Path(path).is_file() for path in found["looks"]["boundary"]["pictures"])
    assert Path(found["looks"]["boundary"]["arrays"]).is_file()
    assert found["unfit"] == {"brightest": "probes: 'brightest' needs images, these have 2 values"}
    assert found["failed"] == {}


@pytest.mark.parametrize(
    "words, why",
    [
        (["--probe", "boundery"], "--probe boundery: no such probe; did you mean 'boundary'?"),
        (["--set", "boundary.side=1"], "--set boundary.side: must be a whole number from 2 to 1000, got 1"),
        (["--set", "side=9"], "--set needs the form probe.key=value"),
        (["--probe", "brightest"], "probes that can look at this run as they are: boundary"),
        (["--device", "gpu"], "--device: must be one of"),
    ],
)
def test_wrong_use_is_said_in_a_sentence(glasslab: Command, run: Path, words: list[str], why: str) -> None:
    said = glasslab("inspect", str(run), *words)
    assert said.code == 2
    assert why in said.err
    assert all(line.startswith(("glasslab: ", "the network: ")) for line in said.err.splitlines())
    assert not (run / "inside.html").exists()


def test_a_run_that_is_not_there_or_has_no_weights_is_said(glasslab: Command, run: Path) -> None:
    said = glasslab("inspect", "nothing")
    assert (said.code, "no run 'nothing' in runs" in said.err) == (2, True)
    (run / "weights.safetensors").unlink()
    said = glasslab("inspect", str(run))
    assert (said.code, "weights.safetensors: is missing" in said.err) == (2, True)


def test_a_probe_that_fails_leaves_exit_code_1_and_a_page(
    glasslab: Command, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("glasslab.probes.boundary.axis_around", lambda *_: 1 / 0)
    said = glasslab("inspect", str(run))
    assert said.code == 1
    assert "boundary: ZeroDivisionError: division by zero" in said.out
    assert (run / "inside.html").is_file()


def test_a_study_with_a_new_probe_is_looked_into_again(glasslab: Command, run: Path, tiny: str) -> None:
    text = Path(tiny).read_text()
    Path(tiny).write_text(text.replace("seeds    = 2", 'seeds    = 2\nprobes = ["boundary"]'))
    said = glasslab("run", tiny, "--jobs", "1")
    assert said.code == 0
    assert "4 runs, 4 there already, 4 of these to look into" in said.err
    assert "[look 4/4] wide seed 1: looked into with boundary" in said.err
    assert 'id="inside-boundary"' in Path("runs/tiny/report.html").read_text(encoding="utf-8")


def test_a_look_that_fails_is_said_and_leaves_exit_code_1_and_the_run(
    glasslab: Command, tiny: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("glasslab.probes.boundary.axis_around", lambda *_: 1 / 0)
    text = Path(tiny).read_text()
    Path(tiny).write_text(text.replace("seeds    = 2", 'seeds    = 1\nprobes = ["boundary"]'))
    why = "narrow seed 0: probe 'boundary' failed, the run is kept: ZeroDivisionError: division by zero"
    said = glasslab("run", tiny, "--jobs", "1")
    assert (said.code, why in said.err, why in said.out) == (1, True, True)
    (manifest,) = Path("runs").rglob("narrow-s0-*/run.json")
    assert '"finished"' in manifest.read_text()
    quiet = glasslab("run", tiny, "--jobs", "1", "--quiet")
    assert (quiet.code, f"glasslab: {why}" in quiet.err) == (1, True)


def test_help_loads_no_torch(glasslab: Command) -> None:
    said = glasslab("inspect", "--help")
    assert "--probe NAME" in said.out
    assert "--set PROBE.KEY=VALUE" in said.out
