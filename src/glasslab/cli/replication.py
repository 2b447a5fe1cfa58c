"""Carrying out a replication: which form of each study to run or to show, and the card of them all."""

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.table import Table as Grid

from glasslab.analysis.five_reports import is_asked, labels_in, place, without_study
from glasslab.analysis.replication import (
    OF_CLAIMS,
    OF_NUMBERS,
    Experiment,
    Replication,
    begun,
    covers,
    experiment,
    summary_lines,
    told_only,
)
from glasslab.analysis.results import Results, load_results
from glasslab.cli.answers import PIPED_WIDTH, escaped
from glasslab.cli.training import Training, train
from glasslab.errors import DataError, GlasslabError, StudyError, UsageError
from glasslab.plan.shipped import shipped_studies
from glasslab.plan.study_file import Options, read_study
from glasslab.report.card import write_card
from glasslab.report.card_tables import card_rows

Asked = Literal["full", "quick"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted.

    Attributes:
        asked: reports and experiments; empty for all.
        forms: of a study to look at, the best first; with both, only the quick one is ever trained.
        train: whether to make what is missing.
        seeds: so many in what is trained, instead of the study's.
    """

    asked: tuple[str, ...] = ()
    forms: tuple[Asked, ...] = ("full", "quick")
    train: bool = True
    seeds: int | None = None

    @property
    def command(self) -> str:
        """The command line that says it."""
        words = ["glasslab", "replicate", *self.asked]
        words += [f"--{self.forms[0]}"] if len(self.forms) == 1 else []
        words += [] if self.train else ["--only-card"]
        words += [] if self.seeds is None else ["--seeds", str(self.seeds)]
        return shlex.join(words)


@dataclass(frozen=True, slots=True)
class Made:
    """What came of it.

    Attributes:
        card: every experiment.
        path: the page that shows it.
        failed: a line for each run that failed now, and for each study that could not be run.
        whole: whether everything that was to be trained is there.
    """

    card: Replication
    path: Path
    failed: tuple[str, ...]
    whole: bool

    def as_plain(self) -> dict[str, Any]:
        """Returns the card as plain values for programs, in full precision."""
        return {
            "card": str(self.path),
            "summary": [
                {
                    "report": line.report,
                    "scale": line.form.value,
                    "experiments": line.tally.experiments,
                    "numbers": dict(line.tally.numbers),
                    "claims": dict(line.tally.claims),
                }
                for line in summary_lines(self.card)
            ],
            "rows": card_rows(self.card),
            "without": dict(self.card.without),
            "failed": list(self.failed),
        }

    def show(self) -> None:
        """Prints the summary, what failed, and where the card is."""
        console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
        console.print(summary_grid(self.card))
        for line in self.failed:
            console.print(f"[yellow]! {escaped(line)}[/yellow]", soft_wrap=True)
        console.print(f"Card: {escaped(str(self.path))}", soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one study.

    Attributes:
        found: for the card.
        failed: lines about runs that failed now.
        whole: whether everything that was to be trained is there.
        refused: why nothing could be trained; empty where it could.
    """

    found: Experiment
    failed: tuple[str, ...] = ()
    whole: bool = True
    refused: str = ""


def carry_out(wish: Wish, out: Path, how: Training) -> Made:
    """Makes what is missing of every study asked for, one after the other, and writes the card.

    A study that cannot be run is noted, and the next one begun.

    Args:
        wish: what is wanted.
        out: where study folders and the card are made.
        how: the options of training.

    Raises:
        UsageError: when no shipped study does again what was asked for, or none can be trained here.
    """
    studies = replicating(wish.asked)
    if not studies:
        raise UsageError(f"{' '.join(wish.asked) or 'reports'}: no study that does it again is shipped yet")
    outcomes = [each for path in studies for each in outcomes_of(path, wish, out, how)]
    found = tuple(each.found for each in outcomes)
    studied = {label for each in found for label in labels_in(each.label)}
    card = Replication(found, without_study(wish.asked, studied))
    path = write_card(card, out, "-".join(("replication", *wish.asked)), command=wish.command)
    failed = (*(line for each in outcomes for line in each.failed), *refusals(outcomes))
    return Made(card, path, failed, all(each.whole for each in outcomes))


def refusals(outcomes: Sequence[Outcome]) -> list[str]:
    """Returns a line for each reason why studies could not be run, with the studies it concerns."""
    by_why: dict[str, list[str]] = {}
    for each in outcomes:
        if each.refused:
            by_why.setdefault(each.refused, []).append(f"{each.found.label} {each.found.study}")
    return [f"not run: {', '.join(studies)}: {why}" for why, studies in by_why.items()]


def replicating(asked: Sequence[str]) -> list[Path]:
    """Returns the files of the shipped studies that do again what was asked for, in the order of labels."""
    found = [(read_study(path).replicates, path) for path in shipped_studies().values()]
    chosen = [
        (label, path)
        for label, path in found
        if label and any(is_asked(each, asked) for each in labels_in(label) or ("",))
    ]
    return [path for _, path in sorted(chosen, key=lambda pair: (place(pair[0]), pair[1].stem))]


def outcomes_of(path: Path, wish: Wish, out: Path, how: Training) -> list[Outcome]:
    """Returns what one study says, a value for each of its forms that is shown, after training what is to be.

    A full study with a run of every variant stands alone; of one that was begun the rows that are there stand
    before the quick form, which has all of them.

    Args:
        path: the shipped study.
        wish: what is wanted.
        out: where its folder stands or will stand.
        how: the options of training.
    """
    best, last = gathered(path, wish.forms[0], out), gathered(path, wish.forms[-1], out)
    shown = []
    if len(wish.forms) > 1 and covers(best):
        return [Outcome(experiment(best))]
    if len(wish.forms) > 1 and begun(best):
        shown.append(Outcome(told_only(experiment(best))))
    if wish.train:
        return [*shown, trained(path, last, wish, out, how)]
    return shown if shown and not begun(last) else [*shown, Outcome(experiment(last))]


def trained(path: Path, there: Results, wish: Wish, out: Path, how: Training) -> Outcome:
    """Makes what is missing of the last of the forms wanted of a study, and returns what it says.

    Args:
        path: the shipped study.
        there: what is there of it.
        wish: what is wanted.
        out: where its folder stands or will stand.
        how: the options of training.
    """
    form = wish.forms[-1]
    study = read_study(path, Options(quick=form == "quick", seeds=wish.seeds))
    name = f"{study.replicates} {study.name}"
    if not how.quiet:
        print(name, file=sys.stderr)
    try:
        made = train(study, out, how)
    except (StudyError, DataError) as error:
        why = " ".join(str(error).split())
        return Outcome(experiment(there, f"Not run: {why}"), whole=False, refused=why)
    failed = tuple(f"{name}: {line}" for line in made.failed)
    return Outcome(experiment(gathered(path, form, out)), failed, made.whole)


def gathered(path: Path, form: Asked, out: Path) -> Results:
    """Returns what the runs of one form of a study gave, also those of more seeds than it asks for."""
    study = read_study(path, Options(quick=form == "quick"))
    folder = out / study.name
    more = [seed for seed in seeds_run(folder) if seed not in study.seeds]
    return load_results(replace(study, seeds=(*study.seeds, *more)), folder)


def seeds_run(folder: Path) -> tuple[int, ...]:
    """Returns the seeds that a study's folder was last run with, none where it cannot tell."""
    path = folder / "study.toml"
    try:
        return read_study(path).seeds if path.is_file() else ()
    except GlasslabError:
        return ()  # written by another version; the runs beside it are read all the same


def summary_grid(card: Replication) -> Grid:
    """Returns the card's summary for the terminal."""
    shown = Grid(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for title in ("report", "scale"):
        shown.add_column(title)
    for title in ("experiments", *OF_NUMBERS, *OF_CLAIMS):
        shown.add_column(title, justify="right")
    for line in summary_lines(card):
        numbers = map(str, (line.tally.experiments, *line.tally.verdicts))
        shown.add_row(escaped(line.report), line.form.value, *numbers)
    return shown
