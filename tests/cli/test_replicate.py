import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import Command
from tests.cli.conftest import TINY
from tests.report.reading import Page, read


def study(label: str, **changes: str) -> str:
    """Returns the tiny study's text as the one that does an experiment again, words in it changed."""
    text = f'replicates = "{label}"\n' + TINY
    for old, new in changes.items():
        text = text.replace(old, new)
    return text


@pytest.fixture
def shipped(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of shipped studies: E10 and D1, and one that does no experiment again."""
    folder = tmp_path_factory.mktemp("studies")
    (folder / "late.toml").write_text(study("E10"))
    (folder / "early.toml").write_text(study("D1", moons="blobs"))
    (folder / "other.toml").write_text(TINY)
    monkeypatch.setattr("glasslab.plan.shipped.SHIPPED", folder)
    return folder


def newest(suffix: str) -> Path:
    """The card that was written last, of all reports or of one."""
    return max(Path("runs").glob(f"replication*.{suffix}"), key=lambda path: path.stat().st_mtime_ns)


def rows() -> list[dict[str, str]]:
    with newest("csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def page() -> Page:
    return read(newest("html").read_text(encoding="utf-8"))


@pytest.mark.usefixtures("shipped")
def test_quick_forms_are_run_in_the_order_of_labels_and_shown(glasslab: Command) -> None:
    said = glasslab("replicate", "--jobs", "1")
    assert said.code == 0, said.err
    assert [line for line in said.err.splitlines() if line.endswith("-quick")] == [
        "D1 early-quick",
        "E10 late-quick",
    ]
    assert {each.name for each in Path("runs").iterdir() if each.is_dir()} == {"early-quick", "late-quick"}
    for name in ("early-quick", "late-quick"):
        assert Path("runs", name, "report.html").is_file()
    # two studies with one reported number and one claim each
    assert [(row["experiment"], row["kind"], row["scale"]) for row in rows()] == [
        ("D1", "number", "quick"),
        ("D1", "claim", "quick"),
        ("E10", "number", "quick"),
        ("E10", "claim", "quick"),
    ]
    assert "quick: says little" in page().text
    assert said.out.rstrip().endswith("Card: runs/replication.html".replace("/", str(Path("/"))))


@pytest.mark.usefixtures("shipped")
def test_only_what_is_asked_for_is_run(glasslab: Command) -> None:
    assert glasslab("replicate", "e", "--jobs", "1").code == 0
    assert {row["experiment"] for row in rows()} == {"E10"}
    text = page().text
    assert "E9 Looks inside a trained network" in text
    assert "E1 No study that does it again is shipped yet." in text
    assert "C4" not in text


@pytest.mark.usefixtures("shipped")
def test_a_full_study_that_was_run_is_shown_and_nothing_of_it_is_trained(glasslab: Command) -> None:
    glasslab("run", "late", "--jobs", "1")
    said = glasslab("replicate", "E", "--jobs", "1")
    assert said.err == ""
    assert {row["scale"] for row in rows()} == {"full"}
    assert "moons, 80 training examples · 3 epochs · 2 seeds · 4 runs" in page().text
    assert not Path("runs/late-quick").exists()


@pytest.mark.usefixtures("shipped")
def test_a_full_study_that_was_begun_is_shown_as_far_as_it_went(glasslab: Command) -> None:
    glasslab("run", "late", "--jobs", "1", "--seeds", "1")
    assert glasslab("replicate", "E", "--jobs", "1").code == 0
    assert "1 of 2 seeds · 2 of 4 runs" in page().text
    assert {row["verdict"] for row in rows()} == {"not known", "cannot tell"}


@pytest.mark.usefixtures("shipped")
def test_more_seeds_than_a_study_asks_for_count(glasslab: Command) -> None:
    glasslab("run", "late", "--jobs", "1", "--seeds", "3")
    glasslab("replicate", "E", "--only-card")
    assert "3 seeds · 6 runs" in page().text


@pytest.mark.usefixtures("shipped")
def test_full_runs_the_study_as_it_stands_and_goes_on_with_what_is_there(glasslab: Command) -> None:
    glasslab("run", "early", "--jobs", "1", "--seeds", "1")
    said = glasslab("replicate", "D1", "--full", "--jobs", "1")
    assert said.code == 0
    assert "4 runs, 2 there already" in said.err
    assert {row["scale"] for row in rows()} == {"full"}


@pytest.mark.usefixtures("shipped")
def test_quick_shows_the_quick_form_beside_a_full_one(glasslab: Command) -> None:
    glasslab("run", "late", "--jobs", "1")
    glasslab("replicate", "E", "--quick", "--seeds", "3", "--jobs", "1")
    assert {(row["scale"], row["seeds"]) for row in rows()} == {("quick", "3")}


@pytest.mark.usefixtures("shipped")
def test_replicating_again_trains_nothing(glasslab: Command) -> None:
    glasslab("replicate", "E", "--jobs", "1")
    assert "4 runs, 4 there already" in glasslab("replicate", "E", "--jobs", "1").err


@pytest.mark.usefixtures("shipped")
def test_only_the_card_trains_nothing_and_loads_no_torch(glasslab: Command, in_tmp: Path) -> None:
    assert glasslab("replicate", "--only-card").code == 0
    assert [each.name for each in Path("runs").iterdir() if each.is_dir()] == []
    assert {row["scale"] for row in rows()} == {"not run"}
    code = (
        "import sys\nsys.modules['torch'] = None\nsys.argv = ['glasslab', 'replicate', '--only-card']\n"
        "from glasslab.cli import main\nmain()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=in_tmp, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_study_that_cannot_be_run_is_noted_and_the_next_one_is_run(
    glasslab: Command, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GLASSLAB_DATA", raising=False)
    (shipped / "early.toml").write_text(
        study("D1").replace('"moons"', '"mnist"').replace("samples = 100", "")
    )
    said = glasslab("replicate", "--jobs", "1")
    assert said.code == 1
    assert "not run: D1 early-quick:" in said.out
    assert "glasslab data get mnist" in page().text
    assert {(row["experiment"], row["scale"]) for row in rows()} == {("D1", "not run"), ("E10", "quick")}


def test_a_run_that_fails_leaves_exit_code_1_and_is_named(glasslab: Command, shipped: Path) -> None:
    (shipped / "bad_net.py").write_text(
        "from torch import nn\n"
        "class Net(nn.Linear):\n"
        "    def __init__(self, shape, outputs):\n"
        "        super().__init__(shape[0], outputs)\n"
        "    def forward(self, x):\n"
        "        assert not self.training, 'cannot train'\n"
        "        return super().forward(x)\n"
    )
    text = study("E10").replace('name = "mlp"', 'name = "bad_net:Net"').replace('baseline = "narrow"\n', "")
    head, _, tail = text.partition("[variants]")
    (shipped / "late.toml").write_text(f"{head}[quick]{tail.partition('[quick]')[2]}")
    said = glasslab("replicate", "E", "--jobs", "1")
    assert said.code == 1
    assert "E10 late-quick: failed:" in said.out
    assert "cannot train" in said.out


@pytest.mark.usefixtures("shipped")
def test_json_is_all_that_stands_on_standard_output(glasslab: Command) -> None:
    found = json.loads(glasslab("replicate", "E", "--jobs", "1", "--json").out)
    assert found["version"] == 1
    assert found["card"].endswith("replication-E.html")
    assert [(row["experiment"], row["kind"]) for row in found["rows"]] == [
        ("E10", "number"),
        ("E10", "claim"),
    ]
    (line,) = found["summary"]
    assert (line["report"], line["scale"], line["experiments"]) == ("E", "quick", 1)
    assert sum(line["numbers"].values()) == sum(line["claims"].values()) == 1
    assert found["failed"] == []


@pytest.mark.usefixtures("shipped")
def test_quiet_prints_only_the_cards_path(glasslab: Command) -> None:
    said = glasslab("replicate", "E", "--jobs", "1", "--quiet")
    assert said.err == ""
    assert said.out.split() == [str(Path("runs/replication-E.html"))]


@pytest.mark.usefixtures("shipped")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["F"], "no report or experiment 'F'; reports are A to E, experiments A1 to E10"),
        (["B2"], "B2 has no study to run. Looks inside"),
        (["A"], "A: no study that does it again is shipped yet"),
        (["--quick", "--full"], "--quick and --full: choose one"),
        (["--only-card", "--seeds", "2"], "--seeds goes with training, and --only-card trains nothing"),
    ],
)
def test_wrong_use_is_refused_before_anything_is_written(
    glasslab: Command, words: list[str], sentence: str
) -> None:
    said = glasslab("replicate", *words)
    assert said.code == 2
    assert sentence in said.err
    assert not Path("runs").exists()


def test_help_says_what_is_trained_and_how_long_it_takes(glasslab: Command) -> None:
    text = " ".join(glasslab("replicate", "--help").out.split())
    assert "nothing trains for days unasked" in text
    assert "hours to days on a CPU" in text


@pytest.mark.usefixtures("shipped")
def test_rows_run_in_full_stand_before_the_quick_form_and_all_of_them_alone(glasslab: Command) -> None:
    assert glasslab("run", "early", "--jobs", "1", "--only", "wide").code == 0
    assert glasslab("replicate", "D1", "--jobs", "1").code == 0
    assert [(row["scale"], row["kind"], row["variant"], row["runs"]) for row in rows()] == [
        ("part", "number", "wide", "2"),
        ("quick", "number", "wide", "4"),
        ("quick", "claim", "wide > narrow", "4"),
    ]
    assert glasslab("run", "early", "--jobs", "1").code == 0
    assert glasslab("replicate", "D1", "--jobs", "1").code == 0
    assert {row["scale"] for row in rows()} == {"full"}


@pytest.mark.usefixtures("shipped")
def test_a_full_study_whose_runs_all_failed_is_not_there(glasslab: Command) -> None:
    assert glasslab("run", "early", "--jobs", "1").code == 0
    for path in Path("runs/early").glob("*/run.json"):
        path.write_text(path.read_text().replace('"finished"', '"failed"'))
    assert glasslab("replicate", "D1", "--jobs", "1").code == 0
    assert {row["scale"] for row in rows()} == {"quick"}
