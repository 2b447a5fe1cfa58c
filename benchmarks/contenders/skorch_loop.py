"""skorch with data in memory: its own loop, history and validation score, without printing."""

from collections.abc import Iterator
from typing import Any

import torch
from benchmarks.contenders.serving import Run, serve_runs
from benchmarks.contenders.torch_nets import FUSED, network
from skorch import NeuralNetClassifier
from skorch.dataset import Dataset
from skorch.helper import predefined_split
from torch import Tensor, nn

TEST_ROWS = 2000


class Batches:
    """Batches cut from the tensors of a skorch data set, in place of a DataLoader."""

    def __init__(self, dataset: Any, batch_size: int, shuffle: bool = False) -> None:
        self.x, self.y, self.size, self.shuffle = dataset.X, dataset.y, batch_size, shuffle

    def __len__(self) -> int:
        return -(-len(self.y) // self.size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        if not self.shuffle:
            yield from zip(self.x.split(self.size), self.y.split(self.size), strict=True)
            return
        for rows in torch.randperm(len(self.y)).split(self.size):
            yield self.x[rows], self.y[rows]


def train(run: Run) -> float:
    torch.manual_seed(run.seed)
    classifier = NeuralNetClassifier(
        network(run.net, run.facts["shape"], run.facts["classes"]),
        criterion=nn.CrossEntropyLoss,
        optimizer=lambda named, lr: FUSED[run.recipe["optimizer"]](named, lr),
        lr=run.recipe["lr"],
        max_epochs=run.recipe["epochs"],
        batch_size=run.recipe["batch_size"],
        iterator_train=Batches,
        iterator_train__shuffle=True,
        iterator_valid=Batches,
        iterator_valid__batch_size=TEST_ROWS,
        train_split=predefined_split(Dataset(run.arrays["x_test"], run.arrays["y_test"])),
        classes=list(range(run.facts["classes"])),
        callbacks__print_log=None,
        verbose=0,
    )
    classifier.fit(run.arrays["x_train"], run.arrays["y_train"])
    return float(classifier.history[-1, "valid_acc"])


if __name__ == "__main__":
    torch.set_flush_denormal(True)
    serve_runs(train, torch.from_numpy)
