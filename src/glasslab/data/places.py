"""Where data is looked for on this machine."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from platformdirs import user_cache_dir


def user_cache() -> Path:
    """Returns the folder for downloads: GLASSLAB_CACHE, or the one this system keeps for a user."""
    return Path(os.environ.get("GLASSLAB_CACHE") or user_cache_dir("glasslab", appauthor=False)).expanduser()


@dataclass(frozen=True, slots=True)
class Places:
    """Folders to look in, and whether a missing set may be downloaded.

    Attributes:
        data_dir: the user's own data folder, looked in first; None where there is none.
        study_folder: folder of the study file; a path in [data] is relative to it.
        download: fetch a published set that is nowhere on this machine. Nothing is fetched otherwise.
        cache_dir: where downloads are kept, and looked for last.
    """

    data_dir: Path | None
    study_folder: Path
    download: bool = False
    cache_dir: Path = field(default_factory=user_cache)

    @classmethod
    def here(cls, data_dir: Path | None = None, study_folder: Path = Path(), download: bool = False) -> Self:
        """Returns the places of this process; without `data_dir`, GLASSLAB_DATA names the data folder."""
        named = os.environ.get("GLASSLAB_DATA")
        if data_dir is None and named:
            data_dir = Path(named)
        return cls(data_dir.expanduser() if data_dir else None, study_folder, download)

    @property
    def roots(self) -> tuple[Path, ...]:
        """The folders looked in, first to last: data_dir, ./data, the cache."""
        own = (self.data_dir,) if self.data_dir else ()
        return (*own, Path("data"), self.cache_dir)
