"""Reading CIFAR-10's batches: records of bytes, or pickled arrays, from a folder or out of an archive.

Nothing that is read can run code: pickles may name four functions and no others, and archives are read
member by member, never unpacked to disk.
"""

import io
import pickle
import pickletools
import tarfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasslab.data.download import Source, fault
from glasslab.data.files import Content, damaged
from glasslab.errors import DataError

PIXELS = 3 * 32 * 32
RECORD = 1 + PIXELS
CLASSES = 10
MOST_BYTES = 64 << 20
"""A batch has 31 MB; a member that claims more is refused."""

ALLOWED = frozenset(
    {
        ("numpy.core.multiarray", "_reconstruct"),
        ("numpy._core.multiarray", "_reconstruct"),
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
        ("_codecs", "encode"),
    }
)
"""All that a pickled array of bytes needs, by exact name: whole modules hold functions that run code."""

EXTENSIONS = frozenset({"EXT1", "EXT2", "EXT4"})
"""Opcodes that name an object by number, and so get past a check of names."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Images of one batch (N, 3072) as uint8, channel by channel, and their labels (N,)."""

    x: NDArray[np.uint8]
    y: NDArray[np.int64]


def records(raw: Content, path: Path) -> Batch:
    """Returns a batch in the binary form: a label and 3,072 pixels, 3,073 bytes an image.

    Raises:
        DataError: when the bytes are not whole records, or a label is not below 10.
    """
    if len(raw) == 0 or len(raw) % RECORD:
        raise damaged(path, f"has {len(raw)} bytes, which is not a whole number of {RECORD}-byte records")
    table = np.frombuffer(raw, dtype=np.uint8).reshape(-1, RECORD)
    return checked(Batch(table[:, 1:], table[:, 0].astype(np.int64)), path)


def pickled(raw: Content, path: Path) -> Batch:
    """Returns a batch in the Python form: a pickled table of an array `data` and a list `labels`.

    Raises:
        DataError: when the pickle is damaged, asks for anything but arrays, or does not hold a batch.
    """
    try:
        for opcode, _, _ in pickletools.genops(raw):
            if opcode.name in EXTENSIONS:
                raise damaged(path, f"uses the pickle opcode {opcode.name}, which no CIFAR-10 file does")
        table = Restricted(raw, path).load()
        keyed = {key.decode() if isinstance(key, bytes) else key: value for key, value in table.items()}
        data, labels = keyed["data"], np.asarray(keyed["labels"])
    except DataError:
        raise
    except Exception as why:  # a damaged pickle can raise anything at all
        raise damaged(path, f"is not a pickled CIFAR-10 batch ({why or type(why).__name__})") from why
    if not isinstance(data, np.ndarray) or data.dtype != np.uint8 or data.shape[1:] != (PIXELS,):
        raise damaged(path, f"has no array `data` of bytes, {PIXELS} for each image")
    if labels.dtype.kind != "i" or labels.shape != data.shape[:1] or len(data) == 0:
        raise damaged(path, f"has {labels.shape} labels for {len(data)} images")
    return checked(Batch(data, labels.astype(np.int64)), path)


class Restricted(pickle.Unpickler):
    """Unpickles arrays of bytes; any other name is refused."""

    def __init__(self, raw: Content, path: Path) -> None:
        super().__init__(io.BytesIO(raw), encoding="bytes")
        self.path = path

    def find_class(self, module_name: str, global_name: str) -> Any:
        """Returns one of the allowed functions; raises DataError for every other name."""
        if (module_name, global_name) not in ALLOWED:
            raise damaged(self.path, f"wants to use {module_name}.{global_name}, which no array needs")
        return super().find_class(module_name, global_name)


def checked(batch: Batch, path: Path) -> Batch:
    """Returns the batch, or raises DataError when a label is not one of the ten classes."""
    low, high = batch.y.min(), batch.y.max()
    if low < 0 or high >= CLASSES:
        raise damaged(path, f"has the label {low if low < 0 else high}, and the classes are 0 to 9")
    return batch


def members(archive: Path, source: Source, names: Iterable[str]) -> dict[str, bytes]:
    """Returns the named members of a gzipped tar archive, by the last part of their names.

    Args:
        archive: the archive, which must be the published one.
        source: its size and checksums.
        names: full names of the members.

    Raises:
        DataError: when the archive is another one, or a member is missing, no plain file, or too large.
    """
    wrong = fault(archive, source)
    if wrong:
        raise damaged(archive, wrong)
    wanted, found = set(names), {}
    try:
        with tarfile.open(archive, "r|gz", bufsize=1 << 20) as tar:
            for member in tar:
                if member.name in wanted:
                    found[Path(member.name).name] = body(tar, member, archive)
    except (tarfile.TarError, zlib.error, EOFError, OSError) as why:
        raise damaged(archive, f"is not a sound archive ({why})") from why
    gone = sorted(name for name in wanted if Path(name).name not in found)
    if gone:
        raise damaged(archive, f"lacks {', '.join(gone)}")
    return found


def body(tar: tarfile.TarFile, member: tarfile.TarInfo, archive: Path) -> bytes:
    """Returns the content of one member, which must be a plain file of bounded size."""
    file = tar.extractfile(member) if member.isreg() and member.size <= MOST_BYTES else None
    if file is None:
        raise damaged(archive, f"holds {member.name} as something else than a plain file of up to 64 MiB")
    return file.read()
