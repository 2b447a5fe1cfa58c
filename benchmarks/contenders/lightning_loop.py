"""PyTorch Lightning with data in memory and everything off that costs time: logging, checkpoints, bars."""

import logging
import warnings
from collections.abc import Iterator

import lightning
import torch
from benchmarks.contenders.serving import Run, serve_runs
from benchmarks.contenders.torch_nets import FUSED, network
from torch import Tensor, nn

TEST_ROWS = 2000


class Batches:
    """Batches cut from tensors in memory, in place of a DataLoader."""

    def __init__(self, x: Tensor, y: Tensor, size: int, shuffle: bool) -> None:
        self.x, self.y, self.size, self.shuffle = x, y, size, shuffle

    def __len__(self) -> int:
        return -(-len(self.y) // self.size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        if not self.shuffle:
            yield from zip(self.x.split(self.size), self.y.split(self.size), strict=True)
            return
        for rows in torch.randperm(len(self.y)).split(self.size):
            yield self.x[rows], self.y[rows]


class Classifier(lightning.LightningModule):
    def __init__(self, run: Run) -> None:
        super().__init__()
        self.model = network(run.net, run.facts["shape"], run.facts["classes"])
        self.recipe = run.recipe
        self.right = torch.zeros((), dtype=torch.int64)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return FUSED[self.recipe["optimizer"]](self.parameters(), self.recipe["lr"])

    def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
        x, y = batch
        return nn.functional.cross_entropy(self.model(x), y)

    def on_validation_epoch_start(self) -> None:
        self.right = torch.zeros((), dtype=torch.int64)

    def validation_step(self, batch: tuple[Tensor, Tensor], index: int) -> None:
        x, y = batch
        self.right += (self.model(x).argmax(1) == y).sum()


def train(run: Run) -> float:
    torch.manual_seed(run.seed)
    module = Classifier(run)
    trainer = lightning.Trainer(
        max_epochs=run.recipe["epochs"],
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    train_set = Batches(run.arrays["x_train"], run.arrays["y_train"], run.recipe["batch_size"], True)
    test_set = Batches(run.arrays["x_test"], run.arrays["y_test"], TEST_ROWS, False)
    trainer.fit(module, train_set, test_set)
    return module.right.item() / len(test_set.y)


if __name__ == "__main__":
    torch.set_flush_denormal(True)
    warnings.filterwarnings("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    serve_runs(train, torch.from_numpy)
