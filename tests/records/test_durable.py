from collections.abc import Iterator
from pathlib import Path

import pytest

from glasslab.records import durable, kill_points
from glasslab.records.durable import write_file

OLD, NEW = b"the old content, and a long one", b"the new content"


class Killed(Exception):
    """Stands for the death of the process at a point."""


@pytest.fixture(autouse=True)
def nobody_listens() -> Iterator[None]:
    yield
    kill_points.listen(None)


def die_at(point: str) -> None:
    """Makes the next write end at a point."""

    def listener(passed: str) -> None:
        if passed == point:
            raise Killed

    kill_points.listen(listener)


def points_passed(path: Path) -> list[str]:
    """Returns the points of one write."""
    passed: list[str] = []
    kill_points.listen(passed.append)
    write_file(path, OLD)
    kill_points.listen(None)
    return passed


def test_a_write_passes_every_stage_by_name(tmp_path: Path) -> None:
    stages = ["before", "half", "written", "renamed"]
    assert points_passed(tmp_path / "run.json") == [f"{stage} run.json" for stage in stages]


@pytest.mark.parametrize(
    ("stage", "left"), [("before", OLD), ("half", OLD), ("written", OLD), ("renamed", NEW)]
)
def test_a_write_that_is_cut_short_leaves_the_old_content_or_the_new(
    stage: str, left: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "run.json"
    write_file(path, OLD)
    die_at(f"{stage} run.json")
    with pytest.raises(Killed):
        write_file(path, NEW)
    assert path.read_bytes() == left


@pytest.mark.parametrize("stage", ["before", "half", "written"])
def test_a_first_write_that_is_cut_short_leaves_no_file(stage: str, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    die_at(f"{stage} run.json")
    with pytest.raises(Killed):
        write_file(path, NEW)
    assert not path.exists()


def test_temporary_files_do_not_accumulate(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    for stage in ("half", "written", "half", "written"):
        die_at(f"{stage} run.json")
        with pytest.raises(Killed):
            write_file(path, NEW)
    assert len(list(tmp_path.iterdir())) == 1
    kill_points.listen(None)
    write_file(path, OLD)
    assert [each.name for each in tmp_path.iterdir()] == ["run.json"]
    assert path.read_bytes() == OLD


def test_what_a_longer_write_left_behind_does_not_show_in_a_shorter_one(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    die_at("written run.json")
    with pytest.raises(Killed):
        write_file(path, OLD * 10)
    kill_points.listen(None)
    write_file(path, NEW)
    assert path.read_bytes() == NEW


def test_missing_folders_are_made_and_empty_content_is_content(tmp_path: Path) -> None:
    path = tmp_path / "probes" / "deep" / "x.npz"
    write_file(path, b"")
    assert path.read_bytes() == b""


def test_content_is_on_the_disk_before_it_takes_the_files_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    monkeypatch.setattr("os.fsync", lambda descriptor: happened.append("sync"))
    kill_points.listen(happened.append)
    write_file(tmp_path / "x", NEW)
    assert happened.index("sync") < happened.index("written x") < happened.index("renamed x")
    assert happened[-1] in ("sync", "renamed x")  # the folder is synced last, where a system can


def test_a_file_that_somebody_reads_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, tries = tmp_path / "run.json", []
    replace = Path.replace

    def refuse_twice(self: Path, target: Path) -> Path:
        tries.append(target)
        if len(tries) <= 2:
            raise PermissionError(13, "used by another process")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse_twice)
    monkeypatch.setattr(durable, "READER_SECONDS", (0.0, 0.0, 0.0))
    write_file(path, NEW)
    assert (len(tries), path.read_bytes()) == (3, NEW)


def test_a_file_that_can_never_be_replaced_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, "used by another process")

    monkeypatch.setattr(Path, "replace", refuse)
    monkeypatch.setattr(durable, "READER_SECONDS", (0.0,))
    with pytest.raises(PermissionError, match="used by another process"):
        write_file(tmp_path / "run.json", NEW)
