"""Replication: what a study's runs say of each number and each claim of the report that it does again."""

import enum
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from glasslab.analysis.claim_words import evidence_words
from glasslab.analysis.conditions import epochs_of, length_words, steps_of
from glasslab.analysis.five_reports import labels_in
from glasslab.analysis.numbers import count, counted, duration
from glasslab.analysis.phrases import names
from glasslab.analysis.reported import Comparison, against_reported
from glasslab.analysis.results import Results, VariantResults
from glasslab.analysis.verdicts import Judged, judge
from glasslab.records.machine import Code
from glasslab.records.manifest import Manifest
from glasslab.stats.verdict import Verdict

INSIDE, OUTSIDE, NOT_KNOWN, NOT_RUN = "inside", "outside", "not known", "not run"
OF_NUMBERS = (INSIDE, OUTSIDE, NOT_KNOWN)
OF_CLAIMS = (*(verdict.value for verdict in Verdict), NOT_RUN)

TRAINING_EXAMPLES = {"mnist": 60_000, "fashion-mnist": 60_000, "cifar10": 50_000, "mnist5k": 4_000}
LIMITS = ("data.train_limit", "data.test_limit")
ALL = "all"
COMMIT = re.compile(r"^([0-9a-f]{10})[0-9a-f]{30}")


class Form(enum.StrEnum):
    """At what scale an experiment was run; only the first one speaks of a report without reserve.

    "part": at full scale, but not all of its runs have ended yet.
    """

    FULL = "full"
    PART = "part"
    SUBSET = "subset"
    CHANGED = "changed"
    QUICK = "quick"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Scale:
    """How much was run, and by what.

    Attributes:
        form: full; a part of the full runs; on a part of the data; changed by --set; quick; not run at all.
        data: names of the data sets.
        examples: training examples that runs had, each number once; empty until a run knows.
        examples_of: how many the set has; None where it has no fixed number.
        epochs: that variants train for, each length once; empty where they count steps.
        steps: likewise.
        seeds: of which some run has ended.
        seeds_planned: of the study.
        runs: that have ended in any way.
        runs_planned: of the study.
        diverged: of the runs that ended.
        failed: likewise.
        seconds: of training, all runs together.
        machines: processors, and accelerators where one was used.
        commits: of the code that made the runs, or its version where that was no checkout.
    """

    form: Form
    data: tuple[str, ...]
    examples: tuple[int, ...]
    examples_of: int | None
    epochs: tuple[int, ...]
    steps: tuple[int, ...]
    seeds: int
    seeds_planned: int
    runs: int
    runs_planned: int
    diverged: int
    failed: int
    seconds: float
    machines: tuple[str, ...]
    commits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """A reported number.

    Attributes:
        found: it beside ours.
        verdict: inside, outside or not known.
        why: why it is not known; empty otherwise.
    """

    found: Comparison
    verdict: str
    why: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A claim.

    Attributes:
        judged: it with its evidence.
        verdict: holds, does not hold, cannot tell or not run.
        evidence: the difference and its interval in words, and why nothing can be told where that is so.
    """

    judged: Judged
    verdict: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment of a report, done again.

    Attributes:
        label: such as "E4".
        study: name of the study that does it again.
        question: the study's.
        source: where the reported numbers stand; empty where the study has none.
        folder: the study's.
        scale: how much was run.
        numbers: one for every reported number.
        claims: one for every claim, those that the study adds of its own accord among them.
        trouble: why it could not be run, or run to its end; empty where nothing stood in the way.
    """

    label: str
    study: str
    question: str
    source: str
    folder: Path
    scale: Scale
    numbers: tuple[Number, ...]
    claims: tuple[Statement, ...]
    trouble: str = ""

    @property
    def report(self) -> str:
        """The letter of its report."""
        return self.label[:1]


@dataclass(frozen=True, slots=True)
class Replication:
    """What a replication card holds.

    Attributes:
        experiments: in the order of their labels.
        without: labels that have no study, each with the reason.
    """

    experiments: tuple[Experiment, ...]
    without: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Tally:
    """How often each verdict came out.

    Attributes:
        experiments: that were counted.
        numbers: by verdict, all of `OF_NUMBERS`.
        claims: by verdict, all of `OF_CLAIMS`; those that a study adds of its own accord do not count.
    """

    experiments: int
    numbers: Mapping[str, int]
    claims: Mapping[str, int]

    @property
    def verdicts(self) -> tuple[int, ...]:
        """All counts of verdicts, those of numbers first."""
        return (*self.numbers.values(), *self.claims.values())


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """A line of the card's summary.

    Attributes:
        report: its letter, "all" for the sum over reports.
        form: the scale that was counted; verdicts of different scales do not add up.
        tally: how often each verdict came out.
    """

    report: str
    form: Form
    tally: Tally


def experiment(results: Results, trouble: str = "") -> Experiment:
    """Returns what a study's runs say of the experiment that it does again.

    Args:
        results: the study and its runs; there may be none.
        trouble: why it could not be run.
    """
    study = results.study
    return Experiment(
        label=", ".join(labels_in(study.replicates)) or study.replicates,
        study=study.name,
        question=study.question,
        source=study.reported.source if study.reported else "",
        folder=results.folder,
        scale=scale_of(results),
        numbers=tuple(number(results, found) for found in against_reported(results)),
        claims=tuple(statement(results, judged) for judged in judge(results)),
        trouble=trouble or " ".join(f"{each}." for each in results.troubles),
    )


def number(results: Results, found: Comparison) -> Number:
    """Returns a reported number with its verdict."""
    if found.inside is None:
        return Number(found, NOT_KNOWN, unknown_because(results.named(found.variant), found))
    return Number(found, INSIDE if found.inside else OUTSIDE, "")


def unknown_because(variant: VariantResults, found: Comparison) -> str:
    """Returns why a reported number can be held against nothing."""
    if found.ours is not None:
        if "seconds" in found.metric.names:
            return "seconds are another machine's"
        return "one seed gives no interval"
    if not ended(variant):
        return NOT_RUN
    if len(variant.with_status("diverged")) == len(ended(variant)):
        return f"{counted(len(ended(variant)), 'run')} diverged"
    if not variant.with_status("finished"):
        return "no run finished"
    return f"no run has {found.metric.text}"


def statement(results: Results, judged: Judged) -> Statement:
    """Returns a claim with its verdict; one whose variants have not all been run is not judged."""
    lacking = [name for name in judged.claim.variants if not ended(results.named(name))]
    if lacking and judged.verdict is Verdict.CANNOT_TELL:
        return Statement(judged, NOT_RUN, f"No run of {names(lacking)} has ended.")
    because = f"{judged.why_not[0].upper()}{judged.why_not[1:]}." if judged.why_not else ""
    words = evidence_words(judged)
    evidence = " ".join(part for part in (because, f"{words}." if words else "") if part)
    return Statement(judged, judged.verdict.value, evidence)


def ended(variant: VariantResults) -> list[Manifest]:
    """Returns the manifests of a variant's runs that have ended in any way."""
    return [run.manifest for run in variant.runs.values() if run.manifest.status != "running"]


def done(variant: VariantResults) -> bool:
    """Returns whether a variant has a run that is a result, and not only failures."""
    return any(each.status in ("finished", "diverged") for each in ended(variant))


def covers(results: Results) -> bool:
    """Returns whether every variant has a run that is a result, so that there is something to say of each."""
    return all(done(each) for each in results.variants)


def begun(results: Results) -> bool:
    """Returns whether any variant has a run that is a result."""
    return any(done(each) for each in results.variants)


def told_only(found: Experiment) -> Experiment:
    """Returns an experiment without the numbers and claims of variants that were not run."""
    numbers = tuple(each for each in found.numbers if each.found.ours is not None)
    return replace(found, numbers=numbers, claims=tuple(c for c in found.claims if c.verdict != NOT_RUN))


def scale_of(results: Results) -> Scale:
    """Returns how much of a study was run, and by what."""
    study = results.study
    manifests = [run.manifest for run in results.runs if run.manifest.status != "running"]
    courses = [variant.recipe.course for variant in study.variants]
    data = tuple(dict.fromkeys(str(each.settings()["data.name"]) for each in study.variants))
    status = Counter(each.status for each in manifests)
    return Scale(
        form=form_of(results) if manifests else Form.NOT_RUN,
        data=data,
        examples=tuple(sorted({each.data.examples["train"] for each in manifests if each.data})),
        examples_of=TRAINING_EXAMPLES.get(data[0]) if len(data) == 1 else None,
        epochs=tuple(sorted({n for n in map(epochs_of, courses) if n is not None})),
        steps=tuple(sorted({n for n in map(steps_of, courses) if n is not None})),
        seeds=len({each.seed for each in manifests}),
        seeds_planned=len(study.seeds),
        runs=len(manifests),
        runs_planned=sum(len(study.seeds) for each in results.variants if each.same_as is None),
        diverged=status["diverged"],
        failed=status["failed"],
        seconds=sum(each.seconds for each in manifests),
        machines=tuple(dict.fromkeys(map(machine, manifests))),
        commits=tuple(dict.fromkeys(commit(each.code) for each in manifests)),
    )


def form_of(results: Results) -> Form:
    """Returns at what scale a study is run."""
    study = results.study
    if study.quick:
        return Form.QUICK
    if study.overrides:
        return Form.CHANGED
    if any(each.settings().get(limit) is not None for each in study.variants for limit in LIMITS):
        return Form.SUBSET
    return Form.FULL if results.complete else Form.PART


def machine(manifest: Manifest) -> str:
    """Returns what a run was made on."""
    device = "" if manifest.device == "cpu" else f" with {manifest.device.upper()}"
    return f"{manifest.machine.processor}{device}"


def commit(code: Code) -> str:
    """Returns what code made a run: its commit, or the version of an installed package."""
    known = code.commit or f"version {code.version}"
    return f"{known} with changes" if code.changed else known


def short(code: str) -> str:
    """Returns a commit with its first ten digits."""
    return COMMIT.sub(r"\1", code)


def scale_words(scale: Scale) -> str:
    """Returns a scale in one line, for people."""
    if scale.form is Form.NOT_RUN:
        return f"{counted(scale.runs_planned, 'run')} planned, none made."
    bad = [f"{count(n)} {how}" for n, how in ((scale.diverged, "diverged"), (scale.failed, "failed")) if n]
    parts = [
        f"{names(scale.data)}, {examples_words(scale)}" if scale.examples else names(scale.data),
        length_words(list(scale.epochs), "epoch"),
        length_words(list(scale.steps), "step"),
        part_of(scale.seeds, scale.seeds_planned, "seed"),
        part_of(scale.runs, scale.runs_planned, "run") + (f" ({', '.join(bad)})" if bad else ""),
        f"{duration(scale.seconds)} of training",
        "; ".join(scale.machines),
        f"code {', '.join(map(short, scale.commits))}",
    ]
    return " · ".join(part for part in parts if part)


def examples_words(scale: Scale) -> str:
    """Returns on how much was trained: "6000 of 60 000 training examples"."""
    shown = " to ".join(dict.fromkeys((count(scale.examples[0]), count(scale.examples[-1]))))
    whole = scale.examples_of
    if whole is not None and scale.examples == (whole,):
        return f"all {shown} training examples"
    return f"{shown} of {count(whole)} training examples" if whole else f"{shown} training examples"


def part_of(some: int, of: int, noun: str) -> str:
    """Returns "5 seeds", or "2 of 5 seeds"."""
    return counted(of, noun) if some == of else f"{count(some)} of {counted(of, noun)}"


def tally(experiments: Sequence[Experiment]) -> Tally:
    """Returns how often each verdict came out."""
    numbers = Counter(each.verdict for one in experiments for each in one.numbers)
    claims = Counter(each.verdict for one in experiments for each in one.claims if not each.judged.claim.ours)
    return Tally(
        experiments=len({each.label for each in experiments}),
        numbers={verdict: numbers[verdict] for verdict in OF_NUMBERS},
        claims={verdict: claims[verdict] for verdict in OF_CLAIMS},
    )


def by_form(experiments: Sequence[Experiment]) -> list[tuple[Form, Tally]]:
    """Returns a tally for each scale that occurs."""
    groups = [(form, [each for each in experiments if each.scale.form is form]) for form in Form]
    return [(form, tally(group)) for form, group in groups if group]


def summary_lines(card: Replication) -> list[SummaryLine]:
    """Returns a line for each report and scale, and where there are several reports their sums by scale."""
    letters = sorted({each.report for each in card.experiments})
    lines = [
        SummaryLine(letter, form, found)
        for letter in letters
        for form, found in by_form([each for each in card.experiments if each.report == letter])
    ]
    whole = by_form(card.experiments) if len(letters) > 1 else []
    return [*lines, *(SummaryLine(ALL, form, found) for form, found in whole)]
