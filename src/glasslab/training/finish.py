"""The end of a run: the scores that count, the weights and the predictions."""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor

from glasslab.records.durable import write_file
from glasslab.records.run_folder import RunFolder
from glasslab.training.progress import Progress, Row
from glasslab.training.scoring import score
from glasslab.training.setup import Setup
from glasslab.training.sums import finite


def final_row(setup: Setup, progress: Progress) -> Row:
    """Returns the row that counts: the kept weights' metrics, and the clean ones of the training split.

    Clean: one pass with the kept weights, without augmentation and dropout, over the examples trained on.
    """
    clean = score(setup, setup.tensors.train)
    return {
        "final": True,
        **progress.kept,
        "train/loss:clean": finite(clean.loss),
        "train/accuracy:clean": clean.accuracy,
    }


def save_weights(path: Path, weights: Mapping[str, Tensor]) -> None:
    """Writes a network's parameters and buffers by name."""
    save_tensors(path, {name: value.cpu().contiguous() for name, value in weights.items()})


def save_predictions(folder: RunFolder, setup: Setup, logits: Tensor) -> None:
    """Writes the outputs on the test split: logits (N, outputs), labels (N,), indices (N,)."""
    test = setup.tensors.test
    found = {
        "logits": logits.to(torch.float32),
        "labels": test.y.cpu(),
        "indices": torch.from_numpy(test.index),
    }
    save_tensors(folder.predictions, found)


def save_tensors(path: Path, tensors: dict[str, Tensor]) -> None:
    """Replaces a safetensors file; tensors that share memory are written once each."""
    write_file(path, save({name: value.detach().clone() for name, value in tensors.items()}))
