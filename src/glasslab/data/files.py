"""Reading whole files, gzipped or not, and saying what is wrong with one."""

import zlib
from pathlib import Path

from glasslab.errors import DataError

Content = bytes | bytearray

GZIP = 31
"""zlib's window code for gzip, with its checksum and length verified."""

MOST_BYTES = 1 << 30

PIECE = 1 << 16
"""Packed bytes taken at a time: what they unpack to is written once, not gathered and joined."""


def content(path: Path) -> Content:
    """Returns what a file holds, unpacked (and open to change) when its name ends in .gz.

    Raises:
        DataError: when it cannot be read, or is not one sound gzip stream of at most 1 GiB.
    """
    try:
        raw = path.read_bytes()
    except OSError as why:
        raise DataError(f"{path.name}: cannot be read ({why.strerror}); look at {path}") from why
    return unzipped(raw, path) if path.suffix == ".gz" else raw


def unzipped(raw: bytes, path: Path) -> bytearray:
    """Returns what one gzip stream holds, refusing a broken or endless one and bytes after its end."""
    stream, unpacked, taken = zlib.decompressobj(GZIP), bytearray(), 0
    try:
        while taken < len(raw) and not stream.eof and len(unpacked) <= MOST_BYTES:
            unpacked += stream.decompress(raw[taken : taken + PIECE])
            taken += PIECE
    except zlib.error as why:
        raise damaged(path, f"is not sound gzip ({why})") from why
    if not stream.eof or len(unpacked) > MOST_BYTES:
        raise damaged(path, "is cut short, or unpacks to more than 1 GiB")
    after = len(stream.unused_data) + max(0, len(raw) - taken)
    if after:
        raise damaged(path, f"has {after} bytes after the end of its gzip stream")
    return unpacked


def damaged(path: Path, rule: str) -> DataError:
    """Returns the error for a file that is not what its name says."""
    return DataError(f"{path.name}: {rule}; fetch the file again, or remove {path}")
