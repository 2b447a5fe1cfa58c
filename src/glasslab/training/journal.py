"""The journal: the one place where everything observed while training goes, and what makes it safe."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence

from torch import Tensor

from glasslab.records.kill_points import passing
from glasslab.records.log import Log
from glasslab.records.run_folder import RunFolder
from glasslab.training.finish import save_weights
from glasslab.training.progress import Row, Trainee

CHECKPOINT_SECONDS = 10.0  # at most so much work is done again after a crash
MEASURED_SECONDS = 1.0  # a measurement is followed by a checkpoint unless the last one is younger
COST = 10  # checkpoints may take no more than one part in so many of the time
TOLD_SECONDS = 0.25  # how often whoever watches is told of steps

Watcher = Callable[[Trainee, Row | None], None]
Weights = Callable[[], Mapping[str, Tensor]]
Save = Callable[[list[tuple[int, int]]], None]


class Page:
    """The logs of one run."""

    def __init__(
        self,
        folder: RunFolder,
        trainee: Trainee,
        lengths: tuple[int, int] = (0, 0),
        snapshots: Collection[int] = (),
    ) -> None:
        """Opens them.

        Args:
            folder: the run's.
            trainee: the run.
            lengths: bytes of metrics.jsonl and timing.jsonl that a checkpoint vouches for; the rest is cut.
            snapshots: after how many measurements the weights are kept; 0 is before training.
        """
        folder.path.mkdir(parents=True, exist_ok=True)
        self.folder, self.trainee, self.snapshots = folder, trainee, snapshots
        self.metrics = Log(folder.metrics, lengths[0])
        self.timing = Log(folder.timing, lengths[1])

    def add(self, row: Row, examples: int) -> None:
        """Adds a measurement: its row, and the time that training on so many examples took."""
        progress = self.trainee.progress
        seconds, progress.since_row = progress.since_row, 0.0
        self.metrics.append(row)
        self.timing.append(
            {
                "step": row["step"],
                "seconds": round(seconds, 6),
                "images_per_second": round(examples / seconds, 1) if seconds > 0 else None,
            }
        )

    def keep(self, weights: Weights) -> None:
        """Keeps the run's weights, if they are wanted after as many measurements as it has had."""
        number = self.trainee.setup.pace.measurements_until(self.trainee.progress.step)
        if number in self.snapshots:
            save_weights(self.folder.snapshot(number), weights())

    def lengths(self) -> tuple[int, int]:
        """Returns how many bytes are safe on the disk."""
        return self.metrics.length(), self.timing.length()

    def end(self, final: Row) -> None:
        """Adds the final row and waits until the log is on the disk."""
        self.metrics.append(final)
        self.metrics.length()

    def close(self) -> None:
        """Closes the logs."""
        self.metrics.close()
        self.timing.close()


class Journal:
    """Writes the rows and checkpoints of runs that are trained in step, and tells whoever watches how far."""

    def __init__(self, pages: Sequence[Page], save: Save, watcher: Watcher, patience: float = 1.0) -> None:
        """Begins to count the time.

        Args:
            pages: the logs of each run.
            save: makes a checkpoint that vouches for so many bytes of each run's logs.
            watcher: is told of a run now and then, and of each new row of it.
            patience: multiplies the seconds between checkpoints; 0 makes one at every step.
        """
        self.pages, self.save, self.watcher, self.patience = pages, save, watcher, patience
        self.told = self.saved = self.resumed = time.perf_counter()
        self.cost = 0.0  # seconds that the last checkpoint took

    def step(self, active: Sequence[Trainee]) -> None:
        """Notes that these runs took a step; makes a checkpoint when the last one is old."""
        passing("step")
        now = time.perf_counter()
        if now - self.told >= TOLD_SECONDS:
            self.told = now
            for trainee in active:
                self.watcher(trainee, None)
        if now - self.saved >= self.seconds_between(CHECKPOINT_SECONDS):
            self.count_seconds(active)
            self.checkpoint()

    def measured(self, trainees: Sequence[Trainee], rows: Sequence[Row], examples: int) -> None:
        """Records a measurement of these runs, which trained on so many examples each since the last one."""
        self.count_seconds(trainees)
        for trainee, row in zip(trainees, rows, strict=True):
            self.page_of(trainee).add(row, examples)
            self.watcher(trainee, row)
        if time.perf_counter() - self.saved >= self.seconds_between(MEASURED_SECONDS):
            self.checkpoint()

    def keep(self, trainee: Trainee, weights: Weights) -> None:
        """Keeps a run's weights as they are now, if they are wanted."""
        self.page_of(trainee).keep(weights)

    def page_of(self, trainee: Trainee) -> Page:
        """Returns the logs of a run."""
        return next(page for page in self.pages if page.trainee is trainee)

    def seconds_between(self, least: float) -> float:
        """Returns how many seconds lie between checkpoints: these at least, and ten times what one takes."""
        return max(least, COST * self.cost) * self.patience

    def count_seconds(self, trainees: Sequence[Trainee]) -> None:
        """Adds the time since it was last counted to the runs' seconds, to each an equal share."""
        now = time.perf_counter()
        share = (now - self.resumed) / len(trainees)
        for trainee in trainees:
            trainee.progress.seconds += share
            trainee.progress.since_row += share
        self.resumed = now

    def checkpoint(self) -> None:
        """Makes a checkpoint of the present state."""
        began = time.perf_counter()
        self.save([page.lengths() for page in self.pages])
        self.saved = time.perf_counter()
        self.cost = self.saved - began
