"""Append-only logs of one JSON object a line; a torn last line is cut before anything follows it."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glasslab.records.kill_points import passing


class Log:
    """One run's metrics.jsonl or timing.jsonl, open for appending by its one writer."""

    def __init__(self, path: Path, length: int) -> None:
        """Opens the log cut back to `length` bytes: where the checkpoint that training goes on from left it.

        Args:
            path: the file; made where it is missing.
            length: bytes to keep; at most what is there.
        """
        self.name = path.name
        self.file = path.open("ab", buffering=0)
        self.file.truncate(min(length, path.stat().st_size))

    def append(self, row: Mapping[str, Any]) -> None:
        """Adds one line. NaN and infinity have no JSON form: pass None for them."""
        line = json.dumps(row, separators=(",", ":"), allow_nan=False).encode() + b"\n"
        passing(f"before {self.name}")
        self.file.write(line[: len(line) // 2])
        passing(f"torn {self.name}")
        self.file.write(line[len(line) // 2 :])
        passing(f"after {self.name}")

    def length(self) -> int:
        """Returns the log's length in bytes, after waiting until all of it is on the disk."""
        os.fsync(self.file.fileno())
        return os.fstat(self.file.fileno()).st_size

    def close(self) -> None:
        """Closes the file."""
        self.file.close()


def read_log(path: Path) -> list[dict[str, Any]]:
    """Returns a log's rows; empty where there is no file; a torn last line is not a row."""
    if not path.is_file():
        return []
    lines = path.read_bytes().split(b"\n")[:-1]
    return [json.loads(line) for line in lines]
