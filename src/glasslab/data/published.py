"""Published sets: what they look like on disk, finding them, fetching them when that is allowed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from glasslab.data.download import Progress, Source, fetch, silent
from glasslab.data.places import Places
from glasslab.errors import DataError

OWN_FOLDER = "."


@dataclass(frozen=True, slots=True)
class Layout:
    """One way in which a set lies on disk.

    Attributes:
        folders: where its files may lie below a folder that is looked in; OWN_FOLDER for itself.
        files: the files it consists of, all in one folder.
        endings: each file may carry any of these, the first preferred.
        own: a pattern that the last two names of the searched folder must match for the files to be taken
            from OWN_FOLDER; tells apart sets whose files have the same names.
    """

    folders: tuple[str, ...]
    files: tuple[str, ...]
    endings: tuple[str, ...] = ("",)
    own: str = ""

    def below(self, root: Path) -> Iterator[Path]:
        """Yields the folders below `root` in which the files may lie."""
        names = "/".join(root.resolve().parts[-2:]).lower()
        for folder in self.folders:
            if folder != OWN_FOLDER or re.search(self.own, names):
                yield root / folder

    def present(self, folder: Path) -> dict[str, Path]:
        """Returns those of the files that are in this folder, by name."""
        found = {}
        for name in self.files:
            paths = (folder / (name + ending) for ending in self.endings)
            path = next((p for p in paths if p.is_file()), None)
            if path is not None:
                found[name] = path
        return found


@dataclass(frozen=True, slots=True)
class Published:
    """A set that many people have, under its known file names.

    Attributes:
        name: its name in [data].
        layouts: how it may lie on disk, the best form first.
        releases: sources that together are the whole set; a later one is fetched when an earlier fails.
        cached: folder within the cache that downloads go to.
    """

    name: str
    layouts: tuple[Layout, ...]
    releases: tuple[tuple[Source, ...], ...]
    cached: str


@dataclass(frozen=True, slots=True)
class Found:
    """A set on disk: in which layout, and the path of each of its files by name."""

    layout: Layout
    paths: dict[str, Path]


def find(published: Published, roots: tuple[Path, ...]) -> Found | None:
    """Returns the first complete set in these folders, or None."""
    for root in roots:
        for layout in published.layouts:
            for folder in layout.below(root):
                paths = layout.present(folder)
                if len(paths) == len(layout.files):
                    return Found(layout, paths)
    return None


def obtain(published: Published, places: Places) -> Found:
    """Returns a set on disk, downloading it only when `places` says so.

    Raises:
        DataError: when it is nowhere; says what was looked for, where, and the ways out.
    """
    found = find(published, places.roots)
    if found is None and places.download:
        get(published, places)
        found = find(published, (places.cache_dir,))
    if found is None:
        raise missing(published, places)
    return found


def get(published: Published, places: Places, progress: Progress = silent) -> Path:
    """Returns the folder or archive in the cache that holds a set, downloaded unless it is there already.

    Raises:
        DataError: when no address gives a file of it; says why for each.
    """
    folder = places.cache_dir / published.cached
    reasons = []
    # A release that is there already comes first: nothing is fetched in a second form.
    for release in sorted(published.releases, key=lambda r: not all((folder / s.name).exists() for s in r)):
        try:
            paths = [fetch(source, folder, progress) for source in release]
        except DataError as why:
            reasons.append(str(why))
        else:
            return paths[0] if len(paths) == 1 else folder
    raise DataError(f"{published.name}: {'. '.join(reasons)}")


def missing(published: Published, places: Places) -> DataError:
    """Returns the error for a set that is nowhere: what was looked for, where, and three ways out."""
    wanted = ", or ".join(
        ", ".join(each.files) + (" (or gzipped)" if ".gz" in each.endings else "")
        for each in published.layouts
    )
    roots = ", ".join(f"{root}" if root.is_dir() else f"{root} (no such folder)" for root in places.roots)
    below = dict.fromkeys(f for each in published.layouts for f in each.folders if f != OWN_FOLDER)
    return DataError(
        f"{published.name}: not found on this machine. Looked for {wanted}; in {roots}; there in the folder "
        f"itself and in {', '.join(below)}.{incomplete(published, places)} Three ways out: "
        f"`glasslab data get {published.name}` downloads it; --data-dir or GLASSLAB_DATA names the folder "
        "that has it; another set, such as mnist5k, needs no download"
    )


def incomplete(published: Published, places: Places) -> str:
    """Returns a sentence naming folders that hold only a part of the set; empty where there is none."""
    lacks = []
    for root in places.roots:
        for layout in published.layouts:
            for folder in layout.below(root):
                gone = [name for name in layout.files if name not in layout.present(folder)]
                if len(gone) < len(layout.files):
                    lacks.append(f"{folder} lacks {', '.join(gone)}")
    return f" Found in part: {'; '.join(lacks)}." if lacks else ""
