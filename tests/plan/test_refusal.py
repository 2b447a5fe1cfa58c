"""What is wrong is refused by the command with exit code 2, before anything is written."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.plan.small import TEXT


def refused(folder: Path, *words: str) -> list[str]:
    """Returns the lines that the command refuses with, having written nothing."""
    before = sorted(folder.rglob("*"))
    done = subprocess.run(
        [sys.executable, "-m", "glasslab", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert sorted(folder.rglob("*")) == before
    return done.stderr.splitlines()


@pytest.mark.parametrize("command", ["run", "plan"])
def test_a_wrong_study_is_refused_with_every_problem_and_nothing_is_written(
    command: str, tmp_path: Path
) -> None:
    wrong = TEXT.replace("0.1", "-0.1").replace("mlp", "mpl")
    (tmp_path / "mine.toml").write_text(wrong, encoding="utf-8")
    assert refused(tmp_path, command, "mine.toml") == [
        "glasslab: mine.toml [net] name: no net 'mpl'; did you mean 'mlp'?",
        "glasslab: mine.toml [recipe] lr: must be a number above 0, got -0.1",
    ]


def test_wrong_options_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(TEXT, encoding="utf-8")
    assert refused(tmp_path, "run", "mine.toml", "--quick", "--set", "lr=3") == [
        "glasslab: mine.toml --set lr: is not a setting; did you mean 'recipe.lr'?",
        "glasslab: mine.toml [quick]: is missing, so there is no quick form; add it, or run without --quick",
    ]
