"""The picture of progress: bars on a terminal, plain lines elsewhere; always on standard error."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

QUIET_SECONDS = 20.0  # plain lines about steps come no more often than this
MOST_BARS = 8  # runs with a bar of their own; a cohort may have hundreds


class Watch(Protocol):
    """Whoever shows how a study goes."""

    def begin(self, work: Any) -> None:
        """Is told what there is to do, a `glasslab.runner.order.Work`."""

    def tell(self, event: Any) -> None:
        """Is told each event."""


@contextmanager
def watching(quiet: bool) -> Iterator[Watch]:
    """Yields whoever shows progress here: nobody, bars, or lines."""
    console = Console(stderr=True, highlight=False)
    if quiet:
        yield Nobody()
    elif console.is_terminal:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[news]}"),
        )
        with Progress(*columns, console=console, transient=True) as bars:
            yield Bars(bars)
    else:
        yield Lines(console)


def names_of(work: Any) -> dict[str, str]:
    """Returns what each run that there is something to do for is called, by its hash."""
    return {job.hash: f"{job.variant} seed {job.seed}" for job in [*work.jobs, *work.looks]}


class Nobody:
    """Shows nothing."""

    def begin(self, work: Any) -> None:
        """Shows nothing."""

    def tell(self, event: Any) -> None:
        """Shows nothing."""


class Bars:
    """A bar for the study, counted in runs and parts of runs, and one for each of the runs in training."""

    def __init__(self, progress: Progress) -> None:
        """Shows bars in this display."""
        self.progress = progress
        self.names: dict[str, str] = {}
        self.bars: dict[str, TaskID] = {}
        self.parts: dict[str, float] = {}
        self.ended = self.total = 0
        self.whole = progress.add_task("getting ready", total=None, news="")

    def begin(self, work: Any) -> None:
        """Shows how much there is to do; a run to look into counts as one."""
        self.names = names_of(work)
        self.total = len(self.names)
        for said in work.unfit:
            self.progress.console.print(said, markup=False)
        there = f"{work.done} more there already" if work.done else ""
        self.progress.update(self.whole, total=self.total, news=there)
        self.count()

    def tell(self, event: Any) -> None:
        """Moves the bars that an event is about."""
        name = self.names[event.hash]
        if event.kind == "trouble":
            self.progress.console.print(f"{name}: {event.sentence}", markup=False)
        elif event.kind in ("ended", "looked"):
            self.end(event, name)
        else:
            if event.hash not in self.bars and len(self.bars) < MOST_BARS:
                self.bars[event.hash] = self.progress.add_task(f"  {name}", total=event.steps, news="")
            changes: dict[str, Any] = {"news": news(event.row)} if event.row else {}
            if event.hash in self.bars:
                self.progress.update(self.bars[event.hash], completed=event.step, **changes)
            self.parts[event.hash] = event.step / max(1, event.steps)
        self.count()

    def end(self, event: Any, name: str) -> None:
        """Takes a run's bar away; says so when it did not finish."""
        self.parts.pop(event.hash, None)
        if event.hash in self.bars:
            self.progress.remove_task(self.bars.pop(event.hash))
        if event.status not in ("finished", ""):
            self.progress.console.print(f"{name}: {event.status}: {event.sentence}", markup=False)
        self.ended += 1

    def count(self) -> None:
        """Moves the bar of the whole study."""
        done = self.ended + sum(self.parts.values())
        told: dict[str, Any] = {"description": f"{self.ended} of {self.total} runs", "completed": done}
        if self.parts:
            told["news"] = f"{len(self.parts)} at once" if len(self.parts) > 1 else ""
        self.progress.update(self.whole, **told)


class Lines:
    """A line for each run that ends, and now and then one for a run that takes long."""

    def __init__(self, console: Console) -> None:
        """Prints lines to this console."""
        self.console = console
        self.names: dict[str, str] = {}
        self.ended = self.total = self.looked = self.looks = 0
        self.said = time.monotonic()

    def begin(self, work: Any) -> None:
        """Says how many runs there are to make, and how many to look into."""
        self.names = names_of(work)
        self.ended, self.total, self.looks = work.done, work.done + len(work.jobs), len(work.looks)
        for said in work.unfit:
            self.say(said)
        also = f", {self.looks} of these to look into" if self.looks else ""
        self.say(f"{self.total} run{'' if self.total == 1 else 's'}, {work.done} there already{also}")

    def tell(self, event: Any) -> None:
        """Says when a run has ended, and how a long one goes."""
        name, now = self.names[event.hash], time.monotonic()
        if event.kind == "ended":
            self.ended += 1
            self.say(f"[{self.ended}/{self.total}] {name}: {event.sentence}")
        elif event.kind == "looked":
            self.looked += 1
            self.say(f"[look {self.looked}/{self.looks}] {name}: {event.sentence}")
        elif event.kind == "trouble":
            self.say(f"{name}: {event.sentence}")
        elif event.kind == "row" and now - self.said >= QUIET_SECONDS:
            self.said = now
            self.say(f"{name}: step {event.step} of {event.steps}, {news(event.row)}")

    def say(self, line: str) -> None:
        """Prints a line as it is."""
        self.console.print(line, markup=False, soft_wrap=True)


def news(row: Any) -> str:
    """Returns what is new in a row of metrics: epoch, loss, accuracy."""
    loss = row["train/loss"]
    said = [f"epoch {row['epoch']:g}", "loss not finite" if loss is None else f"loss {loss:.3g}"]
    for name in ("val/accuracy", "test/accuracy"):
        if row.get(name) is not None:
            said.append(f"{name} {100 * row[name]:.1f} %")
            break
    return ", ".join(said)


class Looking:
    """How far looking into one run has come: a moving sign on a terminal, a line for each look elsewhere."""

    def __init__(self, quiet: bool = False) -> None:
        """Shows it on standard error, or not at all."""
        self.console = Console(stderr=True, highlight=False, quiet=quiet)

    @contextmanager
    def __call__(self, what: str) -> Iterator[None]:
        """Shows, inside a with statement, that this is being looked at or with, and then how long it took."""
        began = time.monotonic()
        if self.console.is_terminal:
            with self.console.status(what):
                yield
        else:
            yield
        self.console.print(f"{what}: {time.monotonic() - began:.1f} s", markup=False, soft_wrap=True)
