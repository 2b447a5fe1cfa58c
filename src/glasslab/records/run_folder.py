"""The folder of a run: where each of its files is, and who may write there."""

from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from glasslab.errors import RecordError


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

    def probe(self, name: str) -> Path:
        """Arrays of one look inside, with the pixels they need."""
        return self.path / "probes" / f"{name}.npz"

    def lock(self) -> FileLock:
        """Returns the lock that its one writer holds, acquired.

        Raises:
            RecordError: when another process is writing this run.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.path / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise RecordError(
                f"{self.path}: another process is training this run; wait for it or stop it"
            ) from error
        return lock


def run_name(variant: str, seed: int, hash_: str) -> str:
    """Returns the name of a run's folder."""
    return f"{variant}-s{seed}-{hash_}"
