"""A good PyTorch loop: data in one tensor, batches by permutation, a fused optimizer, no fetching in a step.

Usage: python -m benchmarks.contenders.tensors [threads]
"""

import sys
from collections.abc import Iterator
from itertools import count, islice

import torch
from benchmarks.contenders.serving import Run, serve_runs
from benchmarks.contenders.torch_nets import FUSED, network
from torch import Tensor, nn

TEST_ROWS = 2000


def train(run: Run) -> float:
    """Trains one run, scored on the test set every epoch or every so many steps; returns the last score."""
    torch.manual_seed(run.seed)
    x, y = run.arrays["x_train"], run.arrays["y_train"]
    size = len(y) if run.recipe["batch_size"] == "full" else run.recipe["batch_size"]
    in_epoch = -(-len(y) // size)
    steps = run.recipe.get("steps") or run.recipe["epochs"] * in_epoch
    every = run.recipe.get("evaluate_every", in_epoch)
    model = network(run.net, run.facts["shape"], run.facts["classes"])
    optimizer = FUSED[run.recipe["optimizer"]](model.parameters(), run.recipe["lr"])
    batches = islice(drawn(x, y, size), steps)
    accuracy = torch.zeros(())
    for _ in range(0, steps, every):
        train_period(model, optimizer, islice(batches, every), run.recipe.get("clip_norm"))
        accuracy = score(model, run.arrays["x_test"], run.arrays["y_test"])
    return accuracy.item()


def drawn(x: Tensor, y: Tensor, size: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yields batches, each epoch in a new order, without end; all examples at once have none."""
    for _ in count():
        if size == len(y):
            yield x, y
        else:
            for rows in torch.randperm(len(y)).split(size):
                yield x[rows], y[rows]


def train_period(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    batches: Iterator[tuple[Tensor, Tensor]],
    clip_norm: float | None,
) -> Tensor:
    """Trains on these batches; returns the sum of their losses."""
    model.train()
    total = torch.zeros(())
    for x, y in batches:
        optimizer.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        if clip_norm is not None:
            nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
        optimizer.step()
        total += loss.detach()
    return total


@torch.inference_mode()
def score(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """Returns the share of right answers."""
    model.eval()
    parts = zip(x.split(TEST_ROWS), y.split(TEST_ROWS), strict=True)
    right = torch.stack([(model(rows).argmax(1) == labels).sum() for rows, labels in parts])
    return right.sum() / len(y)


if __name__ == "__main__":
    torch.set_flush_denormal(True)
    if len(sys.argv) > 1:
        torch.set_num_threads(int(sys.argv[1]))
    serve_runs(train, torch.from_numpy)
