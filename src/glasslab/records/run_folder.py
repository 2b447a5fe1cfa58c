"""The folder of a run: where each of its files is, and who may write there."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from glasslab.errors import RecordError, UsageError

DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)\.", re.IGNORECASE)
COHORTS = ".cohorts"  # in a study's folder: what interrupted cohorts go on from
LONGEST_NAME = 80  # characters of a variant's name; a path on Windows may have no more than 260 in all


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The paths of one run. The folder is the truth; every index of it is disposable.

    Attributes:
        path: <out>/<study>/<variant>-s<seed>-<hash>.
    """

    path: Path

    @property
    def manifest(self) -> Path:
        """What the run is and how it went."""
        return self.path / "run.json"

    @property
    def metrics(self) -> Path:
        """A row a measurement, and a last one with final: true; no times in it."""
        return self.path / "metrics.jsonl"

    @property
    def timing(self) -> Path:
        """Seconds and examples a second for each row of the metrics."""
        return self.path / "timing.jsonl"

    @property
    def weights(self) -> Path:
        """The network's parameters and buffers by name."""
        return self.path / "weights.safetensors"

    @property
    def predictions(self) -> Path:
        """Test logits (N, outputs), labels (N,) and indices (N,) in the original test set."""
        return self.path / "predictions.safetensors"

    @property
    def checkpoint(self) -> Path:
        """Where training goes on from after a crash; gone when the run has ended."""
        return self.path / "checkpoint" / "state.safetensors"

    @property
    def snapshots(self) -> Path:
        """The folder of the weights that were kept along the way."""
        return self.path / "snapshots"

    def snapshot(self, number: int) -> Path:
        """Returns where the weights after so many measurements are kept; 0 is before training."""
        return self.snapshots / f"{number:05d}.safetensors"

    def snapshots_kept(self) -> tuple[int, ...]:
        """Returns after how many measurements weights were kept."""
        return tuple(sorted(int(path.stem) for path in self.snapshots.glob("[0-9]*.safetensors")))

    def probe(self, name: str) -> Path:
        """Arrays of one look inside, with the pixels they need."""
        return self.path / "probes" / f"{name}.npz"

    def pictures(self, name: str) -> Path:
        """The folder of the pictures of one look inside, where they were asked for."""
        return self.path / "probes" / name

    @property
    def inside_page(self) -> Path:
        """The page with all that was seen inside, where it was asked for."""
        return self.path / "inside.html"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Holds, inside a with statement, the lock that its one writer has.

        Raises:
            RecordError: when another process is writing this run.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.path / ".lock")
        try:
            held = lock.acquire(timeout=0)
        except Timeout as error:
            raise RecordError(
                f"{self.path}: another process is training this run; wait for it or stop it"
            ) from error
        with held:
            yield


def cohort_checkpoint(study: Path, cohort: Sequence[str]) -> Path:
    """Returns where runs that are trained together keep what training goes on from after a crash.

    Args:
        study: the study's folder.
        cohort: the runs' hashes, in order.
    """
    name = hashlib.sha256("-".join(cohort).encode()).hexdigest()[:10]
    return study / COHORTS / name / "state.safetensors"


def run_name(variant: str, seed: int, hash_: str) -> str:
    """Returns the name of a run's folder, legal on every system.

    The hash alone tells runs apart, so a long variant's name is cut and a name that Windows reads as a device
    ("aux.1") gets a sign before it.
    """
    name = f"_{variant}" if DEVICE.match(variant) else variant
    return f"{name[:LONGEST_NAME]}-s{seed}-{hash_}"


def find_run(text: str, out: Path) -> Path:
    """Returns the folder of the run that a path, a folder's name or a hash means.

    Args:
        text: what was given.
        out: where study folders are.

    Raises:
        UsageError: when none or several do.
    """
    if (Path(text) / "run.json").is_file():
        return Path(text)
    if (Path(text) / "study.toml").is_file():
        names = sorted(p.parent.name for p in Path(text).glob("*/run.json"))
        raise UsageError(
            f"'{text}' is a study's folder; name one of its runs: {', '.join(names) or 'none yet'}"
        )
    matches = [
        p.parent
        for p in out.glob("*/*/run.json")
        if p.parent.name == text or p.parent.name.endswith(f"-{text}")
    ]
    if len(matches) == 1:
        return matches[0]
    if not matches:
        raise UsageError(f"no run '{text}' in {out}; `glasslab list` names those there are")
    raise UsageError(
        f"'{text}' means several runs: {', '.join(str(m) for m in matches)}; give the whole path"
    )
