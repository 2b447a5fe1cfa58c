"""The tree, held to what the README and CONTRIBUTING say of it."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import glasslab

ROOT = Path(__file__).parent.parent
PACKAGE = Path(glasslab.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "core", "base", "manager"}


def test_no_file_is_a_drawer() -> None:
    assert not [path for path in SOURCES if path.stem.strip("_") in DRAWERS]


def test_every_file_is_short_enough_to_be_one_noun() -> None:
    assert not [path for path in SOURCES if len(path.read_text(encoding="utf-8").splitlines()) > 400]


def test_every_file_says_in_its_first_line_what_it_is() -> None:
    assert not [
        path for path in SOURCES if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]


def test_the_readme_shows_the_tree() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    tree = readme.partition("## The tree")[2]
    for folder in (path for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"):
        assert f"  {folder.name}/ " in tree, folder.name


def test_settings_have_a_sentence_for_every_field() -> None:
    for path in (PACKAGE / "plan").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                said = ast.get_docstring(node) or ""
                fields = [
                    each.target.id
                    for each in node.body
                    if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
                ]
                own = [name for name in fields if not name.startswith("_")]
                one = len(own) <= 3 and "Attributes:" not in said
                assert one or all(f"{name}:" in said for name in own), f"{path.name} {node.name}: {own}"


@pytest.mark.parametrize("package", ["plan", "records", "stats", "analysis", "figures", "report"])
def test_half_of_the_product_imports_without_torch(package: str) -> None:
    names = [
        "glasslab." + ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        for path in (PACKAGE / package).rglob("*.py")
        if path.stem != "__init__"
    ]
    code = f"import sys; sys.modules['torch'] = None\nfor name in {names!r}: __import__(name)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_changelog_and_version_agree() -> None:
    assert f"## {glasslab.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == glasslab.__version__


def test_every_dependency_is_pinned_in_the_constraints() -> None:
    def normal(name: str) -> str:
        return name.lower().replace("_", "-")

    pinned = {
        normal(line.split("==")[0])
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["demo"]]
    wanted += [each for each in project["optional-dependencies"]["dev"] if "[" not in each]
    names = {normal(each.split(">=")[0].strip()) for each in wanted}
    assert names <= pinned
    assert "torch==2.13.0" in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
