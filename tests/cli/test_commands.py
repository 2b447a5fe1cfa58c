import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import Command

COMMANDS = (
    "run",
    "studies",
    "new",
    "plan",
    "list",
    "show",
    "inspect",
    "compare",
    "report",
    "replicate",
    "data",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_does(glasslab: Command, command: str) -> None:
    said = glasslab(command, "--help")
    assert said.code == 0
    assert command in said.out
    assert len(said.out.splitlines()) > 3


def test_the_list_of_commands_is_whole_and_every_line_fits(glasslab: Command) -> None:
    said = glasslab("--help")
    commands = said.out.partition("Commands:")[2].strip()
    assert tuple(line.split()[0] for line in commands.splitlines()) == COMMANDS
    assert "..." not in commands


@pytest.mark.parametrize("words", [["--help"], ["studies"], ["list"], ["new", "mine"]])
def test_commands_that_train_nothing_load_neither_torch_nor_altair(words: list[str], tmp_path: Path) -> None:
    code = (
        "import sys\n"
        f"sys.argv = ['glasslab', *{words!r}]\n"
        "from glasslab.cli import main\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert not stop.code, stop.code\n"
        "print('LOADED', sorted({'torch', 'altair', 'scipy.stats', 'sklearn'} & set(sys.modules)))\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED []"


def test_comparing_and_reporting_load_no_torch(glasslab: Command, tiny: str, in_tmp: Path) -> None:
    glasslab("run", tiny, "--jobs", "1")
    code = (
        "import sys\n"
        "sys.modules['torch'] = None\n"
        "sys.argv = ['glasslab', *sys.argv[1:]]\n"
        "from glasslab.cli import main\n"
        "main()\n"
    )
    for command in ("compare", "report"):
        words = [sys.executable, "-c", code, command, tiny]
        done = subprocess.run(words, cwd=in_tmp, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_the_version_is_printed(glasslab: Command) -> None:
    assert glasslab("--version").out.startswith("glasslab 0.")


def test_an_unknown_command_is_wrong_use(glasslab: Command) -> None:
    said = glasslab("rnu")
    assert said.code == 2
    assert "No such command 'rnu'" in said.err


def test_an_unknown_study_names_the_nearest(glasslab: Command) -> None:
    said = glasslab("run", "quickstrat")
    assert said.code == 2
    assert "no study 'quickstrat'" in said.err
    assert "did you mean 'quickstart'?" in said.err


def test_every_problem_of_a_study_is_said_and_nothing_is_written(glasslab: Command, tiny: str) -> None:
    Path(tiny).write_text(Path(tiny).read_text().replace("lr         = 0.02", "lr = -1\nepoch = 3"))
    said = glasslab("run", tiny)
    assert said.code == 2
    assert "glasslab: tiny.toml [recipe] lr: must be a number above 0, got -1" in said.err
    assert "glasslab: tiny.toml [recipe] epoch: is not a setting here; did you mean 'epochs'?" in said.err
    assert not Path("runs").exists()


def test_studies_lists_what_is_shipped(glasslab: Command) -> None:
    found = json.loads(glasslab("studies", "--json").out)
    assert {"quickstart", "activations", "xor", "optimizers"} <= {s["name"] for s in found["studies"]}
    assert "quickstart" in glasslab("studies").out


def test_new_copies_a_study_and_never_overwrites(glasslab: Command) -> None:
    assert glasslab("new", "mine", "--from", "xor").code == 0
    assert "exclusive or" in Path("mine.toml").read_text()
    Path("mine.toml").write_text("precious")
    said = glasslab("new", "mine")
    assert said.code == 2
    assert "mine.toml: is there already" in said.err
    assert Path("mine.toml").read_text() == "precious"


def test_a_new_study_can_be_planned(glasslab: Command) -> None:
    glasslab("new", "mine", "--from", "xor")
    said = glasslab("plan", "mine.toml", "--json")
    found = json.loads(said.out)
    assert found["runs"] == 40
    assert [v["parameters"] for v in found["variants"]] == [17, 3]
    assert not Path("runs").exists()


def test_plan_says_parameters_and_time_in_words(glasslab: Command, tiny: str) -> None:
    said = glasslab("plan", tiny)
    assert said.code == 0
    assert "4 runs (0 there already)" in said.out
    assert "162 parameters" in said.out  # 2 * 32 + 32 + 32 * 2 + 2
    assert "2 - 32" in said.out


def test_list_and_show_find_the_runs(glasslab: Command, tiny: str) -> None:
    assert "Nothing in runs yet" in glasslab("list").out
    glasslab("run", tiny, "--jobs", "1")
    assert "tiny: 4 finished" in glasslab("list").out
    runs = json.loads(glasslab("list", "--json").out)["studies"][0]["runs"]
    name = next(iter(runs))
    said = glasslab("show", name)
    assert "finished after 3 epochs" in said.out
    assert "test/accuracy" in said.out
    hash_ = name.rsplit("-", 1)[1]
    assert json.loads(glasslab("show", hash_, "--json").out)["manifest"]["hash"] == hash_
    assert "no run 'nothing'" in glasslab("show", "nothing").err


@pytest.mark.parametrize(
    ("form", "begins"), [("--csv", "variant,"), ("--markdown", "|"), ("--latex", "% needs")]
)
def test_compare_prints_the_same_rows_in_every_form(
    glasslab: Command, tiny: str, form: str, begins: str
) -> None:
    glasslab("run", tiny, "--jobs", "1")
    said = glasslab("compare", tiny, form)
    assert said.code == 0
    assert said.out.lstrip().startswith(begins)
    assert "narrow" in said.out
    assert "wide" in said.out


def test_compare_takes_another_metric_and_refuses_an_unknown_one(glasslab: Command, tiny: str) -> None:
    glasslab("run", tiny, "--jobs", "1")
    assert (
        json.loads(glasslab("compare", tiny, "--metric", "test/loss", "--json").out)["metric"] == "test/loss"
    )
    said = glasslab("compare", tiny, "--metric", "test/los")
    assert said.code == 2
    assert "--metric: no metric 'test/los'; did you mean 'test/loss'?" in said.err


def test_comparing_what_was_not_run_says_what_to_do(glasslab: Command, tiny: str) -> None:
    said = glasslab("compare", tiny)
    assert said.code == 2
    assert "nothing was run yet; `glasslab run tiny.toml` first" in said.err


def test_data_lists_every_set(glasslab: Command) -> None:
    said = glasslab("data")
    for name in ("mnist5k", "mnist", "fashion-mnist", "cifar10", "blobs", "moons", "circles", "xor", "npz"):
        assert name in said.out
    assert json.loads(glasslab("data", "--json").out)["version"] == 1
    assert "no data set 'mnst'" in glasslab("data", "get", "mnst").err


def test_a_study_that_changed_since_it_was_run_is_told(glasslab: Command, tiny: str) -> None:
    glasslab("run", tiny, "--jobs", "1")
    assert glasslab("compare", tiny).err == ""
    Path(tiny).write_text(Path(tiny).read_text().replace("wide > narrow", "narrow > wide"))
    assert "tiny.toml has changed since it was run; this is what was run" in glasslab("compare", tiny).err
