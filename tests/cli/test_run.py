import json
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from glasslab.records.run_folder import RunFolder
from tests.cli.command import Command


def test_run_trains_prints_the_table_and_names_the_report(glasslab: Command, tiny: str, in_tmp: Path) -> None:
    said = glasslab("run", tiny, "--jobs", "1")
    assert said.code == 0
    assert "Does width help on two moons?" in said.out
    assert "Width helps" in said.out
    assert "narrow" in said.out
    assert "Report: " in said.out
    assert (in_tmp / "runs" / "tiny" / "report.html").is_file()
    assert "[4/4]" in said.err


def test_running_again_trains_nothing(glasslab: Command, tiny: str) -> None:
    glasslab("run", tiny, "--jobs", "1")
    assert "4 runs, 4 there already" in glasslab("run", tiny, "--jobs", "1").err


def test_json_is_all_that_stands_on_standard_output(glasslab: Command, tiny: str) -> None:
    said = glasslab("run", tiny, "--jobs", "1", "--json")
    found = json.loads(said.out)
    assert found["version"] == 1
    assert found["complete"] is True
    assert [score["variant"] for score in found["scores"]] == ["narrow", "wide"]
    assert found["claims"][0]["verdict"] in ("holds", "does not hold", "cannot tell")


def test_quiet_prints_only_the_report_s_path(glasslab: Command, tiny: str) -> None:
    said = glasslab("run", tiny, "--jobs", "1", "--quiet")
    assert said.err == ""
    assert said.out.strip().endswith("report.html")
    assert len(said.out.splitlines()) == 1


def test_quick_and_set_have_folders_of_their_own_which_are_studies(glasslab: Command, tiny: str) -> None:
    glasslab("run", tiny, "--jobs", "1", "--quick", "--set", "net.activation=tanh")
    (folder,) = Path("runs").iterdir()
    assert folder.name.startswith("tiny-quick-set-")
    for name in (str(folder), folder.name):
        said = glasslab("compare", name)
        assert said.code == 0, said.err
        assert "quick" in said.out.lower()


def test_ctrl_c_leaves_130_and_says_how_to_go_on(
    glasslab: Command, tiny: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*anything: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("glasslab.runner.order.in_this_process", stopped)
        said = glasslab("run", tiny, "--jobs", "1")
    assert said.code == 130
    assert "The same command goes on where it stopped" in said.err
    assert glasslab("run", tiny, "--jobs", "1").code == 0


def test_a_failed_run_leaves_exit_code_1_and_is_named(glasslab: Command, tiny: str, in_tmp: Path) -> None:
    (in_tmp / "bad_net.py").write_text(
        "from torch import nn\n"
        "class Net(nn.Linear):\n"
        "    def __init__(self, shape, outputs):\n"
        "        super().__init__(shape[0], outputs)\n"
        "    def forward(self, x):\n"
        "        assert not self.training, 'cannot train'\n"
        "        return super().forward(x)\n"
    )
    study = Path(tiny).read_text().replace('name = "mlp"', 'name = "bad_net:Net"')
    Path(tiny).write_text(study[: study.index("[variants]")].replace('baseline = "narrow"\n', ""))
    said = glasslab("run", tiny, "--jobs", "1", "--seeds", "1")
    assert said.code == 1
    assert "cannot train" in said.out


def test_a_run_that_another_process_has_leaves_exit_code_1(
    glasslab: Command, tiny: str, in_tmp: Path
) -> None:
    glasslab("run", tiny, "--jobs", "1")
    manifest = next((in_tmp / "runs/tiny").glob("wide-*/run.json"))
    manifest.write_text(manifest.read_text().replace('"status": "finished"', '"status": "running"'))
    with RunFolder(manifest.parent).lock():
        said = glasslab("run", tiny, "--jobs", "1")
    assert said.code == 1
    assert "another process is training this run" in said.out


def test_diverged_runs_leave_exit_code_0_and_are_counted(glasslab: Command, tiny: str) -> None:
    said = glasslab("run", tiny, "--jobs", "1", "--set", "recipe.optimizer=sgd", "--set", "recipe.lr=1e30")
    assert said.code == 0
    assert "diverged" in said.out


def test_download_is_never_done_unasked(
    glasslab: Command, tiny: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GLASSLAB_DATA", raising=False)
    Path(tiny).write_text(
        Path(tiny).read_text().replace('name    = "moons"\nsamples = 100', 'name = "mnist"')
    )
    said = glasslab("run", tiny)
    assert said.code == 2
    assert "glasslab data get mnist" in said.err
    assert not Path("runs").exists()


def test_only_trains_the_variants_named_and_leaves_the_others_for_later(glasslab: Command, tiny: str) -> None:
    said = glasslab("run", tiny, "--jobs", "1", "--only", "wide")
    assert said.code == 0, said.err
    assert [path.name.split("-")[0] for path in sorted(Path("runs/tiny").glob("*-s*"))] == ["wide", "wide"]
    assert "2 of 4 runs" in said.out
    assert "4 runs, 2 there already" in glasslab("run", tiny, "--jobs", "1").err


def test_only_refuses_a_variant_that_the_study_does_not_have(glasslab: Command, tiny: str) -> None:
    said = glasslab("run", tiny, "--only", "wid")
    assert said.code == 2
    assert "--only wid: tiny has no such variant; did you mean 'wide'?" in said.err
    assert not Path("runs").exists()


def test_tensorboard_writes_a_folder_a_run_and_once_only(glasslab: Command, tiny: str) -> None:
    for _ in range(2):
        assert glasslab("run", tiny, "--jobs", "1", "--tensorboard").code == 0
    files = sorted(path.parent.name for path in Path("runs/tiny/tensorboard").glob("*/events.out.tfevents*"))
    assert files == ["narrow-s0", "narrow-s1", "wide-s0", "wide-s1"]
    accumulator = EventAccumulator("runs/tiny/tensorboard/wide-s1").Reload()
    tags = accumulator.Tags()["scalars"]
    assert {"train/loss", "train/accuracy", "test/loss", "test/accuracy"} <= set(tags)
    (run,) = Path("runs/tiny").glob("wide-s1-*")
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()][:-1]
    told = accumulator.Scalars("test/accuracy")
    assert [(each.step, each.value) for each in told] == [
        (row["epoch"], pytest.approx(row["test/accuracy"])) for row in rows
    ]
