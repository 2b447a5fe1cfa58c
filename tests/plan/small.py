"""The smallest study, and what its reader says of changes to it."""

from pathlib import Path
from typing import Any

import pytest

from glasslab.errors import StudyError
from glasslab.plan.study import Study
from glasslab.plan.study_file import Options, make_study, read_study

TABLES: dict[str, Any] = {
    "question": "Does it learn?",
    "data": {"name": "moons"},
    "net": {"name": "mlp"},
    "recipe": {"lr": 0.1, "epochs": 2},
}
TEXT = """\
question = "Does it learn?"

[data]
name = "moons"

[net]
name = "mlp"

[recipe]
lr = 0.1
epochs = 2
"""


def small(*overrides: str, quickly: bool = False, instead: Any = None, **tables: Any) -> Study:
    """Returns the smallest study with these tables in place of its own, and `instead` as --seeds."""
    options = Options(quick=quickly, overrides=overrides, seeds=instead)
    return make_study({**TABLES, **tables}, "small", options, file="small.toml")


def told(*overrides: str, quickly: bool = False, instead: Any = None, **tables: Any) -> list[str]:
    """Returns what is said of the smallest study with these tables, without the file's name."""
    with pytest.raises(StudyError) as raised:
        small(*overrides, quickly=quickly, instead=instead, **tables)
    return without_file(raised.value)


def told_of_file(text: str | bytes, folder: Path) -> list[str]:
    """Returns what is said of a study file with this text, without the file's name."""
    path = folder / "small.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(StudyError) as raised:
        read_study(path)
    return without_file(raised.value)


def without_file(error: StudyError) -> list[str]:
    """Returns an error's sentences, each of which must begin with the file's name."""
    assert all(each.startswith("small.toml") for each in error.problems)
    return [each.removeprefix("small.toml").lstrip() for each in error.problems]
