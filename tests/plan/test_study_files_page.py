import re
import tomllib
from pathlib import Path

import pytest

from glasslab.errors import StudyError
from glasslab.plan.changes import TOP_KEYS
from glasslab.plan.metric import OF_A_RUN
from glasslab.plan.probe import probe_name
from glasslab.plan.study import Study
from glasslab.plan.study_file import TOP_TABLES, Options, make_study, read_study
from tests.plan.small import TABLES

PAGE = (Path(__file__).parents[2] / "docs" / "study-files.md").read_text(encoding="utf-8")
EXAMPLE, GRID, PROBED, OWN_NET = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def read(text: str, folder: Path, *overrides: str) -> Study:
    """Returns the study that a text describes, in a file named as the page's errors name it."""
    path = folder / "rates.toml"
    path.write_text(text, encoding="utf-8")
    return read_study(path, Options(overrides=overrides))


def test_the_example_is_a_study(tmp_path: Path) -> None:
    study = read(EXAMPLE, tmp_path)
    assert [variant.name for variant in study.variants] == ["adam", "adam-0.1", "sgd"]
    assert study.reported is not None
    assert tomllib.loads(EXAMPLE)["quick"] == {"seeds": 2, "recipe": {"epochs": 1}}


def test_the_grid_makes_the_names_that_the_page_lists() -> None:
    study = make_study({**TABLES, **tomllib.loads(GRID)}, "any", Options())
    assert "makes " + ", ".join(f"`{variant.name}`" for variant in study.variants) + ":" in PAGE


def test_the_probes_are_read() -> None:
    study = make_study({**TABLES, **tomllib.loads(PROBED)}, "any", Options())
    assert [probe_name(probe) for probe in study.probes] == ["boundary", "occlusion"]


def test_the_network_of_ones_own_is_read() -> None:
    study = make_study({**TABLES, **tomllib.loads(OWN_NET)}, "any", Options())
    assert study.variants[0].table()["net"] == {"name": "my_module:MyNet", "depth": 3}


def test_every_key_table_and_metric_stands_on_the_page() -> None:
    names = [*TOP_KEYS, *(f"[{table}]" for table in TOP_TABLES), "[[claims]]", *OF_A_RUN]
    assert not [name for name in names if f"`{name}`" not in PAGE]


@pytest.mark.parametrize(
    "old, new",
    [
        ('"mlp"', '"mpl"'),
        ("[recipe]\n", "[recipe]\nmomentum = 0.9\n"),
        ("0.1, recipe.momentum", '"0.1", recipe.momentum'),
        ("[recipe]\n", "[recipe]\nseeds = 5\n"),
    ],
)
def test_the_errors_on_the_page_are_what_is_told(old: str, new: str, tmp_path: Path) -> None:
    with pytest.raises(StudyError) as raised:
        read(EXAMPLE.replace(old, new), tmp_path)
    told = [sentence.partition(" (in variant")[0] for sentence in raised.value.problems]
    assert all(f"\nglasslab: {sentence}\n" in PAGE for sentence in told)


def test_the_error_of_an_option_on_the_page_is_what_is_told(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as raised:
        read(EXAMPLE, tmp_path, "lr=3")
    assert f"\nglasslab: {raised.value}\n" in PAGE
