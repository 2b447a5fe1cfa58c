"""The user's own images, from train/<class>/ and test/<class>/ of a folder, checked one by one."""

import math
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from glasslab.data.dataset import Dataset, Split
from glasslab.data.image_file import Pixels, read_image, reason
from glasslab.data.places import Places
from glasslab.errors import DataError
from glasslab.plan.data import ImageFolder
from glasslab.plan.settings import one_line

PARTS = ("train", "test")

NOT_MEANT = {"thumbs.db", "desktop.ini"}
"""What Windows leaves in folders of images."""

LARGEST_SET = 4 * 2**30
"""Bytes of pixels that a set may have; scaled to float32 it takes four times as much memory."""

NAMED = 3
"""Of each kind of trouble so many examples are named."""


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A file that is meant to be an image.

    Attributes:
        path: where it is.
        name: how messages name it: "train/cats/007.png".
        label: its class.
    """

    path: Path
    name: str
    label: int


def load(settings: ImageFolder, rng: np.random.Generator, places: Places) -> Dataset:
    """Returns the images (N, C, H, W), ordered by class, then by file name.

    Raises:
        DataError: when folders are missing or do not match, files are no images, their sizes differ and
            `size` is not set, or there are too many pixels; names the folder and the first few files.
    """
    path = places.study_folder / Path(settings.path).expanduser()
    where = path.resolve().name
    try:
        classes = class_names(path)
        train, test = (listed(path / part, classes) for part in PARTS)
    except OSError as why:
        raise DataError(f"{where}: {why.filename} cannot be listed ({why.strerror})") from why
    files = train + test
    require_every_class(files, classes, where)
    x, y = stacked(files, settings, where), np.array([file.label for file in files], dtype=np.int64)
    ends = len(train)
    return Dataset(
        train=Split.whole(x[:ends], y[:ends]),
        val=None,
        test=Split.whole(x[ends:], y[ends:]),
        classes=tuple(map(one_line, classes)),
        origin=f"image-folder ({where})",
    )


def class_names(path: Path) -> list[str]:
    """Returns the names of the class folders, in order; train/ and test/ must have the same."""
    if not path.is_dir():
        raise DataError(f"[data] path: no folder {path}; the path is relative to the study file")
    gone = [f"{part}/" for part in PARTS if not (path / part).is_dir()]
    if gone:
        held = several(in_order(each.name for each in path.iterdir() if is_meant(each.name)))
        raise DataError(
            f"{path.name}: has no folder {' and no '.join(gone)}, it holds {held or 'nothing'}; "
            "put images into train/<class>/ and test/<class>/"
        )
    train, test = (
        {each.name for each in (path / part).iterdir() if is_meant(each.name) and each.is_dir()}
        for part in PARTS
    )
    if not train | test:
        raise DataError(f"{path.name}: train/ and test/ hold no folders; put each class into its own")
    lacks = [
        f"{part}/ lacks {several(in_order(missing))}"
        for part, missing in zip(PARTS, (test - train, train - test), strict=True)
        if missing
    ]
    if lacks:
        raise DataError(f"{path.name}: {' and '.join(lacks)}; both must have the same class folders")
    return in_order(train)


def listed(folder: Path, classes: Sequence[str]) -> list[ImageFile]:
    """Returns the files in every class folder, and in folders inside it, in order.

    Links to folders inside a class folder are not followed, so that a loop of links does no harm.

    Raises:
        OSError: when a folder cannot be listed.
    """

    def stop(why: OSError) -> None:
        raise why

    found = []
    for label, class_name in enumerate(classes):
        names: list[str] = []
        for inside, folders, files in os.walk(folder / class_name, onerror=stop):
            folders[:] = filter(is_meant, folders)
            here = Path(inside).relative_to(folder)
            names += [(here / each).as_posix() for each in files if is_meant(each)]
        found += [ImageFile(folder / name, f"{folder.name}/{name}", label) for name in in_order(names)]
    return found


def is_meant(name: str) -> bool:
    """Returns whether a file or folder is the user's own; hidden ones and what a system leaves are not."""
    return not name.startswith(".") and name.lower() not in NOT_MEANT


def in_order(names: Iterable[str]) -> list[str]:
    """Returns names sorted without regard to case, with the numbers in them by their value: 2 before 10."""

    def key(name: str) -> tuple[list[str | int], str]:
        parts = re.split("([0-9]+)", name.casefold())  # every second part is a number
        return [int(part) if place % 2 else part for place, part in enumerate(parts)], name

    return sorted(names, key=key)


def several(names: Sequence[str]) -> str:
    """Returns the first few of several names, and how many more there are."""
    more = len(names) - NAMED
    shown = ", ".join(map(one_line, names[:NAMED]))
    return f"{shown} and {more} more" if more > 0 else shown


def require_every_class(files: Sequence[ImageFile], classes: Sequence[str], where: str) -> None:
    """Refuses class folders without a file."""
    held = {file.name.split("/", 2)[0] + "/" + classes[file.label] for file in files}
    wanted = [f"{part}/{name}" for part in PARTS for name in classes]
    empty = [folder for folder in wanted if folder not in held]
    if empty:
        folders = "a class folder has" if len(empty) == 1 else f"{len(empty)} class folders have"
        raise DataError(
            f"{where}: {folders} no images: {several(empty)}; add some, or remove the class from both parts"
        )


def stacked(files: Sequence[ImageFile], settings: ImageFolder, where: str) -> Pixels:
    """Returns the pixels of all images (N, C, H, W), 0 to 255.

    Raises:
        DataError: when files are no images, do not have the same size, or have too many pixels in all.
    """
    x = np.empty((0, 0, 0, 0), dtype=np.uint8)
    first, unreadable, others = "", [], []
    for row, file in enumerate(files):
        try:
            image = read_image(file.path, settings.size, settings.grey)
        except Exception as why:  # of any kind, see read_image
            unreadable.append(f"{file.name} ({reason(why)})")
            continue
        if not first:
            require_room(len(files), image.shape, where)
            first, x = file.name, np.empty((len(files), *image.shape), dtype=np.uint8)
        if image.shape == x.shape[1:]:
            x[row] = image
        else:
            others.append(f"{file.name} has {sides(image.shape)}")
    if unreadable:
        count = "a file" if len(unreadable) == 1 else f"{len(unreadable)} files"
        raise DataError(
            f"{where}: {count} cannot be read: {several(unreadable)}; mend or remove what is named"
        )
    if others:
        raise DataError(
            f"{where}: images differ in size: {one_line(first)} has {sides(x.shape[1:])}, but "
            f"{several(others)}; set [data] size to make all of them squares of so many pixels a side"
        )
    return x


def require_room(count: int, shape: tuple[int, ...], where: str) -> None:
    """Refuses a set that would fill the memory, before it does."""
    size = count * math.prod(shape)
    if size > LARGEST_SET:
        raise DataError(
            f"{where}: {count:,} images of {sides(shape)} pixels with {shape[0]} channels take "
            f"{size / 2**30:.1f} GiB, and {LARGEST_SET / 2**30:g} GiB is the most that is read; "
            "set [data] size to fewer pixels a side"
        )


def sides(shape: tuple[int, ...]) -> str:
    """Returns the width and height of an image's shape (C, H, W) in words."""
    return f"{shape[2]} x {shape[1]}"
