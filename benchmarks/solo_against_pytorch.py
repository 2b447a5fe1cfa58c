"""The solo engine against the same training written as a PyTorch tutorial would, on the same digits.

    python benchmarks/solo_against_pytorch.py

Each contender trains the 784-128-64-10 MLP with Adam (lr 0.001, batch 128) for some epochs on the 4,000
embedded digits and is measured on 1,000 after each epoch, with one thread. Rounds alternate between the
contenders; printed are the median seconds an epoch and the ratio to the tutorial's. What glasslab does
besides (gradient norm, running accuracy, logs, checkpoints) is in its time.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from glasslab.data.load import load
from glasslab.data.places import Places
from glasslab.data.tensors import Tensors, to_tensors
from glasslab.plan.identity import RunSettings
from glasslab.plan.study_file import Options, make_study
from glasslab.records.run_folder import RunFolder
from glasslab.training import streams
from glasslab.training.checkpoint import Lengths
from glasslab.training.journal import Journal
from glasslab.training.progress import Progress
from glasslab.training.setup import make_setup
from glasslab.training.solo import train

EPOCHS, ROUNDS, BATCH = 5, 7, 128
STUDY = {
    "question": "How fast is the solo engine?",
    "data": {"name": "mnist5k"},
    "net": {"name": "mlp", "widths": [128, 64]},
    "recipe": {"lr": 1e-3, "epochs": EPOCHS, "batch_size": BATCH},
}


def network() -> nn.Sequential:
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
    )


def tutorial(tensors: Tensors) -> None:
    """A DataLoader over single examples, and numbers fetched at every step."""
    train_set = DataLoader(TensorDataset(tensors.train.x, tensors.train.y), batch_size=BATCH, shuffle=True)
    test_set = DataLoader(TensorDataset(tensors.test.x, tensors.test.y), batch_size=BATCH)
    net, loss_of = network(), nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    for _ in range(EPOCHS):
        net.train()
        total = right = 0.0
        for x, y in train_set:
            optimizer.zero_grad()
            logits = net(x)
            loss = loss_of(logits, y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
            right += (logits.argmax(1) == y).sum().item()
        net.eval()
        with torch.no_grad():
            for x, y in test_set:
                right += (net(x).argmax(1) == y).sum().item()


def bare(tensors: Tensors) -> None:
    """Batches cut from tensors in memory, PyTorch's default Adam, and nothing observed while training."""
    net, loss_of = network(), nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    for _ in range(EPOCHS):
        net.train()
        for rows in torch.randperm(len(tensors.train.y)).split(BATCH):
            optimizer.zero_grad()
            loss_of(net(tensors.train.x[rows]), tensors.train.y[rows]).backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            (net(tensors.test.x).argmax(1) == tensors.test.y).sum().item()


def glasslab(tensors: Tensors) -> None:
    """The solo engine, logs and checkpoints included."""
    settings = RunSettings.of(make_study(STUDY, "speed", Options()).variants[0], 0)
    setup, progress = make_setup(settings, tensors), Progress()
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(RunFolder(Path(folder)), Lengths(), lambda step, row: None)
        train(setup, progress, journal)
        journal.close()


def main() -> None:
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    settings = RunSettings.of(make_study(STUDY, "speed", Options()).variants[0], 0)
    dataset = load(settings.data, streams.generator(0, "data"), Places.here())
    tensors = to_tensors(dataset, settings.data, "cpu")
    contenders: tuple[Callable[[Tensors], None], ...] = (tutorial, bare, glasslab)
    seconds: dict[str, list[float]] = {each.__name__: [] for each in contenders}
    for each in contenders:
        each(tensors)
    for _ in range(ROUNDS):
        for each in contenders:
            started = time.perf_counter()
            each(tensors)
            seconds[each.__name__].append((time.perf_counter() - started) / EPOCHS)
    reference = statistics.median(seconds["tutorial"])
    print(f"torch {torch.__version__}, one thread, {ROUNDS} rounds; seconds an epoch of 4,000 digits")
    for name, times in seconds.items():
        median = statistics.median(times)
        spread = f"min {min(times):.4f}, max {max(times):.4f}"
        print(f"{name:>9}: median {median:.4f} ({spread}), ratio {median / reference:.2f}")


if __name__ == "__main__":
    main()
