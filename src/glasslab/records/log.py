"""Append-only logs of one JSON object a line; a torn last line is cut before anything follows it."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glasslab.errors import RecordError
from glasslab.records.kill_points import passing


class Log:
    """One run's metrics.jsonl or timing.jsonl, open for appending by its one writer."""

    def __init__(self, path: Path, length: int) -> None:
        """Opens the log cut back to `length` bytes: where the checkpoint that training goes on from left it.

        Args:
            path: the file; made where it is missing.
            length: bytes to keep.

        Raises:
            RecordError: when fewer bytes are there, so that rows have been lost.
        """
        there = path.stat().st_size if path.is_file() else 0
        if there < length:
            raise RecordError(
                f"{path}: has {there} bytes where the checkpoint counts on {length};"
                " delete the run's folder to make it again"
            )
        self.name = path.name
        self.file = path.open("ab")
        self.file.truncate(length)

    def append(self, row: Mapping[str, Any]) -> None:
        """Adds one line. NaN and infinity have no JSON form: pass None for them."""
        line = json.dumps(row, separators=(",", ":"), allow_nan=False).encode() + b"\n"
        passing(f"before {self.name}")
        self.put(line[: len(line) // 2])
        passing(f"torn {self.name}")
        self.put(line[len(line) // 2 :])
        passing(f"after {self.name}")

    def put(self, part: bytes) -> None:
        """Hands bytes to the system, so that the death of this process does not lose them."""
        self.file.write(part)
        self.file.flush()

    def length(self) -> int:
        """Returns the log's length in bytes, after waiting until all of it is on the disk."""
        os.fsync(self.file.fileno())
        return os.fstat(self.file.fileno()).st_size

    def close(self) -> None:
        """Closes the file."""
        self.file.close()


def read_log(path: Path) -> list[dict[str, Any]]:
    """Returns a log's rows; empty where there is no file; a torn last line is not a row.

    Raises:
        RecordError: when the file cannot be read, or a whole line is not a JSON object, so that more than the
            last write was lost.
    """
    if not path.is_file():
        return []
    try:
        lines = path.read_bytes().split(b"\n")[:-1]
    except OSError as error:
        raise RecordError(f"{path}: cannot be read ({error.strerror})") from error
    return [read_row(line, path, number) for number, line in enumerate(lines, start=1)]


def refused(constant: str) -> None:
    """Refuses NaN and infinity, which JSON does not have and the log never writes."""
    raise ValueError(constant)


def read_row(line: bytes, path: Path, number: int) -> dict[str, Any]:
    """Returns one line's object."""
    try:
        row = json.loads(line, parse_constant=refused)
    except ValueError:
        row = None
    if not isinstance(row, dict):
        raise RecordError(f"{path}: line {number} is damaged; delete the run's folder to make it again")
    return row
