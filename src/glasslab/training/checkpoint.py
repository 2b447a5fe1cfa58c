"""Checkpoints: everything that training goes on from, in one safetensors file, replaced in one move."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from glasslab.records.durable import write_file
from glasslab.training.loop import Engine
from glasslab.training.progress import Progress, Trainee

PLAIN = ("step", "measured", "kept", "best", "waited", "stopped", "diverged", "seconds", "since_row")


def save_checkpoint(
    path: Path, engine: Engine, trainees: Sequence[Trainee], lengths: Sequence[tuple[int, int]]
) -> None:
    """Replaces the checkpoint with the present state.

    Plain values lie as JSON under the file's one metadata key; Python's JSON keeps every float's bits.

    Args:
        path: of the checkpoint.
        engine: trains those of the runs that have not ended.
        trainees: all runs, those too that have ended.
        lengths: how many bytes each run's metrics.jsonl and timing.jsonl have.
    """
    tensors = {f"engine/{name}": value for name, value in engine.state().items()}
    plain: list[dict[str, Any]] = []
    for number, (trainee, bytes_of) in enumerate(zip(trainees, lengths, strict=True)):
        progress = trainee.progress
        tensors |= {f"{number}/{name}": value for name, value in progress.weights.items()}
        plain.append({name: getattr(progress, name) for name in PLAIN} | {"lengths": bytes_of})
    ready = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
    write_file(path, save(ready, metadata={"plain": json.dumps(plain)}))


class Checkpoint:
    """A checkpoint that was read.

    Attributes:
        progress: of each run.
        lengths: of each run's logs, bytes; what came after is written again.
        engine: the state of the engine, with the runs that have not ended.
    """

    def __init__(self, plain: list[dict[str, Any]], tensors: dict[str, Tensor]) -> None:
        """Sorts what was read."""
        self.lengths: list[tuple[int, int]] = [tuple(each.pop("lengths")) for each in plain]
        self.progress = [
            Progress(**each, weights=under(tensors, f"{number}/")) for number, each in enumerate(plain)
        ]
        self.engine = under(tensors, "engine/")


def read_checkpoint(path: Path, runs: int) -> Checkpoint | None:
    """Returns the checkpoint of so many runs; None where there is none that can be read."""
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            plain = json.loads(file.metadata()["plain"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 not a dict
        return Checkpoint(plain, tensors) if len(plain) == runs else None
    except (SafetensorError, OSError, KeyError, ValueError, TypeError):
        return None


def under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Returns the tensors whose names begin with a prefix, without it."""
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
