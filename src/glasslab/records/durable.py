"""Writing files so that after any crash one finds the old content or the new, never a part of either."""

import os
import time
from pathlib import Path

from glasslab.records.kill_points import passing

READER_SECONDS = (0.01, 0.1, 0.5)  # how long a file that is being read elsewhere is waited for, time by time


def write_file(path: Path, content: bytes) -> None:
    """Replaces a file's content: temporary name, fsync, rename, fsync of the folder.

    The temporary name is always the same, so what a crash has left is written over the next time.

    Args:
        path: the file; its folder is made where it is missing. It has one writer at a time.
        content: all of it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    passing(f"before {path.name}")
    with temporary.open("wb") as file:
        file.write(content[: len(content) // 2])
        file.flush()
        passing(f"half {path.name}")
        file.write(content[len(content) // 2 :])
        file.flush()
        os.fsync(file.fileno())
    passing(f"written {path.name}")
    rename(temporary, path)
    passing(f"renamed {path.name}")
    sync_folder(path.parent)


def rename(temporary: Path, path: Path) -> None:
    """Puts a file in another's place; waits a little where Windows refuses while somebody reads that one."""
    for seconds in READER_SECONDS:
        try:
            temporary.replace(path)
            return
        except PermissionError:
            time.sleep(seconds)
    temporary.replace(path)


def sync_folder(path: Path) -> None:
    """Waits until a folder's names are on the disk, on systems where a folder can be synced."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
