"""Checkpoints: everything that training goes on from, in one safetensors file, replaced in one move."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from glasslab.recipes.optimizers import restore
from glasslab.records.durable import write_file
from glasslab.training.progress import Progress

PLAIN = ("step", "measured", "kept", "best", "waited", "stopped", "diverged", "seconds", "since_row")
SUMS = ("sums", "gradients", "at_start")


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long the logs were when a checkpoint was made; what came after is written again.

    Attributes:
        metrics: bytes of metrics.jsonl.
        timing: bytes of timing.jsonl.
    """

    metrics: int = 0
    timing: int = 0


def save_checkpoint(
    path: Path, net: nn.Module, optimizer: torch.optim.Optimizer, progress: Progress, lengths: Lengths
) -> None:
    """Replaces the checkpoint with the present state.

    Plain values lie as JSON under the file's one metadata key; Python's JSON keeps every float's bits.
    """
    tensors = {f"net/{name}": value for name, value in net.state_dict().items()}
    tensors |= {f"best/{name}": value for name, value in progress.best_weights.items()}
    tensors |= {name: getattr(progress, name) for name in SUMS}
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{index}/{k}": v for k, v in state.items() if isinstance(v, Tensor)}
    plain = {name: getattr(progress, name) for name in PLAIN}
    plain["lengths"] = [lengths.metrics, lengths.timing]
    ready = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
    write_file(path, save(ready, metadata={"plain": json.dumps(plain)}))


def load_checkpoint(
    path: Path, net: nn.Module, optimizer: torch.optim.Optimizer
) -> tuple[Progress, Lengths] | None:
    """Puts the checkpoint's state into net and optimizer; returns where the run stands.

    Returns None where there is no checkpoint, or none that fits: then the run begins at the start.
    """
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            plain = json.loads(file.metadata()["plain"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 not a dict
    except (SafetensorError, OSError, KeyError, ValueError):
        return None
    net.load_state_dict(under(tensors, "net/"))
    restore_optimizer(optimizer, under(tensors, "optimizer/"))
    progress = Progress(**{name: plain[name] for name in PLAIN})
    progress.sums, progress.gradients, progress.at_start = (tensors[name] for name in SUMS)
    progress.best_weights = under(tensors, "best/")
    return progress, Lengths(*plain["lengths"])


def under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Returns the tensors whose names begin with a prefix, without it."""
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Puts the tensors "<parameter index>/<name>" back as the optimizer's state."""
    state: dict[int, dict[str, Any]] = {}
    for name, value in tensors.items():
        index, _, key = name.partition("/")
        state.setdefault(int(index), {})[key] = value
    restore(optimizer, {"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
