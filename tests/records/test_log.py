import math
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from glasslab.errors import RecordError
from glasslab.records import kill_points
from glasslab.records.log import Log, read_log

ROWS = [{"epoch": 1, "test/loss": 0.5}, {"epoch": 2, "test/loss": None}]


class Killed(Exception):
    """Stands for the death of the process at a point."""


@pytest.fixture(autouse=True)
def nobody_listens() -> Iterator[None]:
    yield
    kill_points.listen(None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "metrics.jsonl"


def write(path: Path, rows: list[dict[str, object]], length: int = 0) -> int:
    """Appends rows to a log cut to a length; returns its length."""
    with closing(Log(path, length)) as log:
        for row in rows:
            log.append(row)
        return log.length()


def test_rows_come_back_as_they_were_written(path: Path) -> None:
    write(path, ROWS)  # type: ignore[arg-type]
    assert read_log(path) == ROWS


def test_each_row_is_one_line_of_json(path: Path) -> None:
    write(path, ROWS)  # type: ignore[arg-type]
    assert path.read_bytes() == b'{"epoch":1,"test/loss":0.5}\n{"epoch":2,"test/loss":null}\n'


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e-300, -0.0, 2.0**53 + 2, 5e-324])
def test_every_bit_of_a_number_is_kept(path: Path, value: float) -> None:
    write(path, [{"x": value}])
    assert math.copysign(1, read_log(path)[0]["x"]) == math.copysign(1, value)
    assert read_log(path) == [{"x": value}]


def test_a_missing_log_and_an_empty_one_have_no_rows(path: Path) -> None:
    assert read_log(path) == []
    path.touch()
    assert read_log(path) == []


def test_a_log_is_cut_to_where_training_goes_on(path: Path) -> None:
    kept = write(path, [{"epoch": 1}])
    write(path, [{"epoch": 2}, {"epoch": 3}], length=kept)
    assert read_log(path) == [{"epoch": 1}, {"epoch": 2}, {"epoch": 3}]
    write(path, [{"epoch": "2 again"}], length=kept)
    assert read_log(path) == [{"epoch": 1}, {"epoch": "2 again"}]


def test_a_log_that_begins_again_is_empty(path: Path) -> None:
    write(path, [{"epoch": 1}])
    assert write(path, []) == 0
    assert read_log(path) == []


def test_the_length_is_that_of_the_file_in_bytes(path: Path) -> None:
    assert write(path, [{"name": "é"}]) == path.stat().st_size == len('{"name":"\\u00e9"}\n')


@pytest.mark.parametrize(
    ("point", "seen"),
    [("before", [{"epoch": 1}]), ("torn", [{"epoch": 1}]), ("after", [{"epoch": 1}, {"epoch": 2}])],
)
def test_a_write_that_is_cut_short_leaves_whole_rows_only(
    path: Path, point: str, seen: list[dict[str, int]]
) -> None:
    kept = write(path, [{"epoch": 1}])
    log = Log(path, kept)

    def die(passed: str) -> None:
        if passed == f"{point} metrics.jsonl":
            raise Killed

    kill_points.listen(die)
    with pytest.raises(Killed):
        log.append({"epoch": 2})
    assert read_log(path) == seen  # nothing waits in a buffer: what was passed is in the file
    assert (path.stat().st_size > kept) == (point != "before")
    kill_points.listen(None)
    log.close()
    write(path, [{"epoch": 2}], length=kept)
    assert read_log(path) == [{"epoch": 1}, {"epoch": 2}]


def test_a_torn_last_line_is_not_a_row(path: Path) -> None:
    path.write_bytes(b'{"epoch":1}\n{"epoch":2')
    assert read_log(path) == [{"epoch": 1}]
    path.write_bytes(b'{"epoch":1}\n\0\0\0\0')  # what a loss of power can leave
    assert read_log(path) == [{"epoch": 1}]


@pytest.mark.parametrize("line", [b'{"epoch":2', b"", b"[1]", b"2", b"\xff\xfe", b"\0\0"])
def test_a_damaged_line_before_the_last_is_named(path: Path, line: bytes) -> None:
    path.write_bytes(b'{"epoch":1}\n' + line + b'\n{"epoch":3}\n')
    with pytest.raises(
        RecordError, match=r"metrics\.jsonl: line 2 is damaged; delete the run's folder to make"
    ):
        read_log(path)


def test_a_log_shorter_than_its_checkpoint_knows_is_refused(path: Path) -> None:
    length = write(path, [{"epoch": 1}])
    path.write_bytes(b"")
    with pytest.raises(
        RecordError, match=f"has 0 bytes where the checkpoint counts on {length}; delete the run"
    ):
        Log(path, length)
    path.unlink()
    with pytest.raises(RecordError, match="has 0 bytes where"):
        Log(path, length)
    assert not path.exists()


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_nan_and_infinity_have_no_place_in_a_log(path: Path, value: float) -> None:
    with pytest.raises(ValueError, match=re.escape("Out of range float values are not JSON compliant")):
        write(path, [{"x": value}])
    assert read_log(path) == []


def test_a_row_with_nan_is_damaged_because_the_log_never_writes_one(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").write_text('{"test/loss":NaN}\n')
    with pytest.raises(RecordError, match=r"metrics\.jsonl: line 1 is damaged"):
        read_log(tmp_path / "metrics.jsonl")
