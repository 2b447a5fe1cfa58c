"""The journal: the one place where everything observed while training goes, and what makes it safe."""

import time
from collections.abc import Callable

import torch
from torch import nn

from glasslab.records.kill_points import passing
from glasslab.records.log import Log
from glasslab.records.run_folder import RunFolder
from glasslab.training.checkpoint import Lengths, save_checkpoint
from glasslab.training.progress import Progress, Row

CHECKPOINT_SECONDS = 10.0  # at most so much work is done again after a crash
MEASURED_SECONDS = 1.0  # a measurement is followed by a checkpoint unless the last one is younger
TOLD_SECONDS = 0.25  # how often whoever watches is told of steps

Watcher = Callable[[int, Row | None], None]


class Journal:
    """Writes a run's rows and checkpoints, and tells whoever watches how far it is."""

    def __init__(self, folder: RunFolder, lengths: Lengths, watcher: Watcher, patience: float = 1.0) -> None:
        """Opens a run's logs.

        Args:
            folder: the run's.
            lengths: where the checkpoint that training goes on from left the logs.
            watcher: called with the step, and with each new row.
            patience: multiplies the seconds between checkpoints; 0 makes one at every step.
        """
        folder.path.mkdir(parents=True, exist_ok=True)
        self.folder, self.watcher, self.patience = folder, watcher, patience
        self.metrics = Log(folder.metrics, lengths.metrics)
        self.timing = Log(folder.timing, lengths.timing)
        self.told = self.saved = self.resumed = time.perf_counter()

    def step(self, net: nn.Module, optimizer: torch.optim.Optimizer, progress: Progress) -> None:
        """Notes that a step was taken; makes a checkpoint when the last one is old."""
        passing("step")
        now = time.perf_counter()
        if now - self.told >= TOLD_SECONDS:
            self.told = now
            self.watcher(progress.step, None)
        if now - self.saved >= CHECKPOINT_SECONDS * self.patience:
            self.checkpoint(net, optimizer, progress)

    def measured(
        self, row: Row, net: nn.Module, optimizer: torch.optim.Optimizer, progress: Progress, images: int
    ) -> None:
        """Records a measurement: its row, its time, and a checkpoint."""
        self.count_seconds(progress)
        seconds, progress.since_row = progress.since_row, 0.0
        self.metrics.append(row)
        self.timing.append(
            {
                "step": row["step"],
                "seconds": round(seconds, 6),
                "images_per_second": round(images / seconds, 1) if seconds > 0 else None,
            }
        )
        self.watcher(progress.step, row)
        if time.perf_counter() - self.saved >= MEASURED_SECONDS * self.patience:
            self.checkpoint(net, optimizer, progress)

    def count_seconds(self, progress: Progress) -> None:
        """Adds the time since it was last counted to the run's seconds."""
        now = time.perf_counter()
        progress.seconds += now - self.resumed
        progress.since_row += now - self.resumed
        self.resumed = now

    def checkpoint(self, net: nn.Module, optimizer: torch.optim.Optimizer, progress: Progress) -> None:
        """Makes a checkpoint of the present state."""
        self.count_seconds(progress)
        lengths = Lengths(self.metrics.length(), self.timing.length())
        save_checkpoint(self.folder.checkpoint, net, optimizer, progress, lengths)
        self.saved = time.perf_counter()

    def end(self, final: Row) -> None:
        """Adds the final row and waits until the log is on the disk."""
        self.metrics.append(final)
        self.metrics.length()

    def close(self) -> None:
        """Closes the logs."""
        self.metrics.close()
        self.timing.close()
