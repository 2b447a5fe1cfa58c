"""RESULTS.md: what was measured, as a page."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.contest import CONTENDERS, Times
from benchmarks.findings import Outcome, Pace, ratio, tolerance
from benchmarks.works import GLASSLAB, Work

HOW = """\
One process for each contender, all with the same work, in turn: A B C, B C A, and so on. In a round everyone
trains for a short and for a long time; what the long training takes longer, divided by the runs and by the
epochs or steps that it has more, is the **steady** time (median over rounds, and fastest to slowest round).
**Set-up** is what is left of a training: building, compiling, and in glasslab starting workers, reading the
data and writing the folders. **Cold** is the same of the very first training, with the start of the process
and its imports, measured once.

glasslab trains the whole study with one wall clock around all of it. A peer trains one run after the other,
those of one seed in a round (of all seeds in the work "toy"), and uses the second core only where its library
does; two such processes side by side could at best halve its time for a study. Peers have their data in
memory before their clock starts, glasslab reads it within its own. Everyone flushes denormals (JAX and
TensorFlow do so by themselves), scores the whole test set after every epoch (in works counted in steps after
every 50), and starts from weights of the same distribution.

Final test accuracies must agree within 1.5 points, or within four standard errors where the spread over seeds
makes those larger; the bench fails otherwise. FLOPs are those of forward and backward passes; scoring and
the optimizer take part in the seconds only."""


@dataclass(frozen=True, slots=True)
class Row:
    """A work with everything measured on it.

    Attributes:
        work: what was trained.
        times: everyone's seconds.
        paces: everyone's pace who took part.
        outcomes: what became of the targets.
        flops: of one run's epoch or step.
        rates: GFLOP/s of the machine's matrix products, just before.
    """

    work: Work
    times: dict[str, Times]
    paces: dict[str, Pace]
    outcomes: list[Outcome]
    flops: float
    rates: dict[str, float]

    def reached(self, name: str) -> float:
        """Returns the GFLOP/s at which a contender trains."""
        seconds = self.paces[name].median
        return self.flops / seconds / 1e9 if seconds > 0 else math.nan


def page(facts: Sequence[tuple[str, str]], rows: Sequence[Row], notes: Sequence[str]) -> str:
    """Returns the whole page.

    Args:
        facts: machine, versions and date, as pairs of name and value.
        rows: the works measured.
        notes: what was left out, and why.
    """
    parts = ["# How fast glasslab is", table(["", ""], facts), HOW]
    parts += [f"- {note}" for note in notes]
    if rows:
        parts += ["## Targets", target_table(rows), "## Matrix products of this machine", rate_table(rows)]
    for row in rows:
        parts += [f"## {row.work.name}", f"{row.work.says}. {trained(row.work)}", work_table(row)]
        parts.append(agreement(row))
        parts += [
            f"{CONTENDERS[name].says} did not take part: {each.cannot}."
            for name, each in row.times.items()
            if each.cannot
        ]
    return "\n\n".join(parts) + "\n"


def target_table(rows: Sequence[Row]) -> str:
    lines = [
        (
            row.work.name,
            outcome.target.says,
            amount(outcome.target.least, not outcome.target.against),
            amount(outcome.reached, not outcome.target.against),
            outcome.verdict,
        )
        for row in rows
        for outcome in row.outcomes
    ]
    return table(["work", "against", "target", "measured", "verdict"], lines)


def amount(value: float, is_share: bool) -> str:
    if math.isnan(value):
        return "-"
    return f"{100 * value:.0f} %" if is_share else f"{value:.3g}x"


def rate_table(rows: Sequence[Row]) -> str:
    """Returns the machine's GFLOP/s, each the median over what was measured before every work."""
    names = list(rows[0].rates)
    lines = [(name, f"{statistics.median(row.rates[name] for row in rows):.1f}") for name in names]
    return table(["square matrices, float32", "GFLOP/s"], lines)


def work_table(row: Row) -> str:
    """Returns a work's table: everyone's seconds, glasslab's first."""
    unit = row.work.unit.removesuffix("s")
    fastest = max(row.rates.values())
    blas = max(rate for name, rate in row.rates.items() if name.startswith("torch.mm"))
    head = [
        "",
        f"steady, ms for a run's {unit}",
        "rounds",
        "to glasslab's",
        "set-up, s",
        "cold, s",
        "test accuracy",
        "GFLOP/s",
        "of oneDNN's or BLAS's best",
        "of torch.mm's best",
    ]
    order = sorted(row.paces, key=lambda name: (name != GLASSLAB, row.paces[name].median))
    return table(head, [line(row, name, fastest, blas) for name in order])


def line(row: Row, name: str, fastest: float, blas: float) -> tuple[str, ...]:
    pace, times = row.paces[name], row.times[name]
    accuracies = list(times.accuracies.values())
    low, high = (1000 * seconds for seconds in (min(pace.steady), max(pace.steady)))
    reached = row.reached(name)
    return (
        CONTENDERS[name].says,
        f"{1000 * pace.median:.4g}",
        f"{low:.4g} to {high:.4g}",
        amount(ratio(pace.median, row.paces[GLASSLAB].median), False) if GLASSLAB in row.paces else "-",
        f"{pace.setup:.2f}",
        f"{pace.cold:.1f}",
        f"{statistics.fmean(accuracies):.4f} (n = {len(accuracies)})",
        f"{reached:.1f}",
        amount(reached / fastest, True),
        amount(reached / blas, True),
    )


def trained(work: Work) -> str:
    """Returns how long everyone trained, in a sentence."""
    peers, ours = (f"{short:,} and {long:,}" for short, long in (work.lengths, work.lengths_of(GLASSLAB)))
    aside = f" (glasslab {ours}, judged after as many as the peers)" if ours != peers else ""
    return f"Trained for {peers} {work.unit}{aside}."


def agreement(row: Row) -> str:
    """Returns how far apart final accuracies may be, in a sentence."""
    runs = min(len(times.accuracies) for times in row.times.values() if not times.cannot)
    allowed = tolerance(row.times, runs)
    if math.isinf(allowed):
        return "One run each does not tell how far accuracies vary: they were not judged."
    return f"On the same runs, mean final accuracies may be {100 * allowed:.1f} points apart."


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Returns a Markdown table."""
    rule = ["---"] * len(head)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *lines))
