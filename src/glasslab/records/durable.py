"""Writing files so that after any crash one finds the old content or the new, never a part of either."""

import os
from pathlib import Path

from glasslab.records.kill_points import passing


def write_file(path: Path, content: bytes) -> None:
    """Replaces a file's content: temporary name, fsync, rename, fsync of the folder.

    Args:
        path: the file; its folder is made where it is missing.
        content: all of it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    passing(f"before {path.name}")
    with temporary.open("wb") as file:
        file.write(content[: len(content) // 2])
        passing(f"half {path.name}")
        file.write(content[len(content) // 2 :])
        file.flush()
        os.fsync(file.fileno())
    passing(f"written {path.name}")
    temporary.replace(path)
    passing(f"renamed {path.name}")
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Waits until a folder's names are on the disk, on systems where a folder can be synced."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
