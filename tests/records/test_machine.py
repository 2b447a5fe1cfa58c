import hashlib
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

import glasslab
from glasslab.records import machine
from glasslab.records.machine import (
    git,
    library_version,
    processor_name,
    this_code,
    this_machine,
    usable_cores,
)

NEEDS_GIT = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A made package in a folder of its own, fingerprinted in place of glasslab."""
    folder = tmp_path / "checkout" / "glasslab"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_bytes(b"x = 1\n")
    monkeypatch.setattr(machine, "PACKAGE", folder)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    this_code.cache_clear()
    yield folder
    this_code.cache_clear()


def run_git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=n", "-c", "user.email=e@x", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", str(folder), *who, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def commit_all(checkout: Path) -> str:
    run_git(checkout, "init", "-q")
    run_git(checkout, "add", ".")
    run_git(checkout, "commit", "-q", "-m", "all", "--allow-empty")
    return run_git(checkout, "rev-parse", "HEAD")


def test_the_machine_is_described(monkeypatch: pytest.MonkeyPatch) -> None:
    found = this_machine()
    assert found.python == platform.python_version()
    assert found.system.startswith(platform.system())
    assert found.libraries["numpy"] == version("numpy")
    assert set(found.libraries) == {"torch", "numpy", "safetensors", "scikit-learn", "scipy"}
    assert 1 <= found.cores <= (os.cpu_count() or 1)
    assert found.processor


def test_a_library_that_is_not_there_is_absent() -> None:
    assert library_version("glasslab-no-such-library") == "absent"


def test_what_a_system_does_not_tell_is_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert usable_cores() == 1
    monkeypatch.setattr(os, "sysconf_names", {}, raising=False)
    assert machine.memory_bytes() == 0


def test_without_a_model_name_the_architecture_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_file", lambda self: False)
    monkeypatch.setattr(platform, "processor", lambda: "")
    monkeypatch.setattr(platform, "machine", lambda: "an architecture")
    assert processor_name() == "an architecture"


def test_the_source_hash_is_over_names_and_content_of_all_python_files(package: Path) -> None:
    (package / "sub").mkdir()
    (package / "sub" / "a.py").write_bytes(b"y = 2\n")
    (package / "notes.txt").write_bytes(b"no code")
    expected = hashlib.sha256(b"__init__.py\0x = 1\nsub/a.py\0y = 2\n").hexdigest()[:16]
    assert this_code().source == expected
    assert this_code().version == glasslab.__version__


def test_a_package_outside_of_a_checkout_has_no_commit(package: Path) -> None:
    assert (this_code().commit, this_code().changed) == (None, False)


@NEEDS_GIT
def test_a_checkout_tells_its_commit_and_whether_the_package_was_changed(package: Path) -> None:
    (package.parent / "README.md").write_text("r")
    commit = commit_all(package.parent)
    assert (this_code().commit, this_code().changed) == (commit, False)
    this_code.cache_clear()
    (package.parent / "README.md").write_text("changed, and not part of the package")
    assert not this_code().changed
    this_code.cache_clear()
    (package / "__init__.py").write_bytes(b"x = 3\n")
    assert (this_code().commit, this_code().changed) == (commit, True)


@NEEDS_GIT
def test_a_package_installed_inside_of_another_checkout_does_not_take_its_commit(package: Path) -> None:
    (package.parent / ".gitignore").write_text("glasslab/\n")
    commit_all(package.parent)
    assert (this_code().commit, this_code().changed) == (None, False)


def test_where_git_is_absent_there_is_no_commit(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(package))
    assert git(package, "--version") is None
    assert (this_code().commit, this_code().changed) == (None, False)


def test_a_git_that_does_not_answer_is_given_up(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: object, **more: object) -> None:
        raise subprocess.TimeoutExpired("git", 10)

    monkeypatch.setattr(subprocess, "run", hang)
    assert git(package, "status") is None


def test_fingerprints_are_taken_once() -> None:
    assert this_machine() is this_machine()
    assert this_code() is this_code()
