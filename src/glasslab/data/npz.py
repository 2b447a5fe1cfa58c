"""The user's own arrays, from an .npz file, checked before anything is trained on them."""

import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glasslab.data.dataset import Dataset, Inputs, Labels, Split
from glasslab.data.places import Places
from glasslab.errors import DataError
from glasslab.plan.data import Npz

Array = NDArray[np.generic]

KEYS = ("x_train", "y_train", "x_test", "y_test")

UNREADABLE = (OSError, ValueError, EOFError, RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error)
"""What numpy and zipfile raise on files that are damaged, encrypted, or claim absurd sizes."""


def load(settings: Npz, rng: np.random.Generator, places: Places) -> Dataset:
    """Returns the arrays of the user's file: images (N, C, H, W) or points (N, F), labels 0 to K - 1.

    Raises:
        DataError: when the file is missing or an array is not what it must be; names file and array.
    """
    path = places.study_folder / Path(settings.path).expanduser()
    arrays = read(path)
    where = path.name
    x_train, x_test = (inputs(arrays[key], f"{where} {key}") for key in ("x_train", "x_test"))
    y_train, y_test = (labels(arrays[key], f"{where} {key}") for key in ("y_train", "y_test"))
    for part, x, y in (("train", x_train, y_train), ("test", x_test, y_test)):
        if len(x) != len(y):
            raise DataError(f"{where}: x_{part} has {len(x)} examples, but y_{part} has {len(y)} labels")
    if x_train.shape[1:] != x_test.shape[1:] or x_train.dtype != x_test.dtype:
        raise DataError(
            f"{where}: x_train has {x_train.dtype} examples of shape {x_train.shape[1:]}, but x_test has "
            f"{x_test.dtype} examples of shape {x_test.shape[1:]}; they must be alike"
        )
    classes = tuple(str(label) for label in range(class_count(y_train, y_test, where)))
    return Dataset(
        Split.whole(x_train, y_train), None, Split.whole(x_test, y_test), classes, f"npz ({where})"
    )


def read(path: Path) -> dict[str, Array]:
    """Returns the four arrays of a file, refusing pickled objects; other arrays in it are left alone."""
    if not path.is_file():
        raise DataError(f"[data] path: no file {path}; the path is relative to the study file")
    try:
        with path.open("rb") as raw:  # numpy leaves a file open when it fails on it
            return four(np.load(raw, allow_pickle=False), path.name)
    except UNREADABLE as why:
        raise DataError(
            f"{path.name}: cannot be read as plain arrays ({why}); save it with numpy.savez"
        ) from why


def four(file: object, name: str) -> dict[str, Array]:
    """Returns the arrays that a data set needs from what an .npz file holds."""
    if not isinstance(file, np.lib.npyio.NpzFile):
        raise DataError(f"{name}: is a single array; save four with numpy.savez")
    with file:
        gone = [key for key in KEYS if key not in file]
        if gone:
            held = ", ".join(file.files) or "nothing"
            raise DataError(f"{name}: lacks {', '.join(gone)}; it holds {held}")
        return {key: file[key] for key in KEYS}


def inputs(array: Array, name: str) -> Inputs:
    """Returns images as uint8 (N, C, H, W), or any other inputs as float32 (N, C, H, W) or (N, F)."""
    if array.dtype.kind not in "uif":
        raise DataError(f"{name}: must hold numbers, and holds {array.dtype}; save uint8 or float32")
    if array.ndim not in (2, 3, 4) or array.size == 0:
        raise DataError(
            f"{name}: must have the shape (N, F), (N, H, W), (N, C, H, W) or (N, H, W, C), got {array.shape}"
        )
    shaped = array[:, None] if array.ndim == 3 else channels_first(array, name) if array.ndim == 4 else array
    if shaped.dtype == np.uint8 and shaped.ndim == 4:
        return np.ascontiguousarray(shaped, dtype=np.uint8)
    with np.errstate(over="ignore"):
        floats = np.ascontiguousarray(shaped, dtype=np.float32)
    if not np.isfinite(floats).all():
        count = int((~np.isfinite(floats)).sum())
        raise DataError(f"{name}: has {count} values that are NaN, infinite or too large for float32")
    return floats


def channels_first(array: Array, name: str) -> Array:
    """Returns a view of images as (N, C, H, W).

    One or three channels are recognised in the second place, else in the last. Any other number must
    stand in the second place and be smaller than both sides.
    """
    _, second, third, last = array.shape
    if second in (1, 3):
        return array
    if last in (1, 3):
        return np.moveaxis(array, -1, 1)
    if second < min(third, last):
        return array
    raise DataError(
        f"{name}: cannot tell channels from sides in the shape {array.shape}; "
        "save images as (N, C, H, W), or as (N, H, W, C) with 1 or 3 channels"
    )


def labels(array: Array, name: str) -> Labels:
    """Returns labels as int64 (N,), from 0."""
    if array.dtype.kind not in "ui" or array.ndim != 1:
        raise DataError(
            f"{name}: must be whole numbers of shape (N,), got {array.dtype} of shape {array.shape}"
        )
    if len(array) and array.min() < 0:
        raise DataError(f"{name}: labels begin at 0, got {array.min()}")
    return array.astype(np.int64)


def class_count(y_train: Labels, y_test: Labels, where: str) -> int:
    """Returns how many classes there are; each of 0 to K - 1 must be trained on."""
    count = int(y_train.max()) + 1
    known = np.unique(y_train)
    if len(known) < count:
        gap = int(np.argmax(known != np.arange(len(known))))
        raise DataError(
            f"{where}: y_train has labels up to {count - 1} but no {gap}; number the classes 0, 1, 2 ..."
        )
    if y_test.max() >= count:
        raise DataError(f"{where}: y_test has the label {y_test.max()}, and y_train ends at {count - 1}")
    return count
