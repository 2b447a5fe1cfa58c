"""The replication card: one HTML page over all experiments, with its rows as CSV and Markdown beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from markupsafe import Markup

from glasslab.analysis.names import metric_heading, metric_name
from glasslab.analysis.numbers import counted
from glasslab.analysis.phrases import VERBS
from glasslab.analysis.replication import (
    NOT_RUN,
    OF_CLAIMS,
    OF_NUMBERS,
    Experiment,
    Form,
    Number,
    Replication,
    Tally,
    by_form,
    scale_words,
    summary_lines,
    tally,
)
from glasslab.records.durable import write_file
from glasslab.report.card_tables import card_csv, card_markdown, in_words, remark, report_address
from glasslab.report.page import in_line, render, template_text
from glasslab.version import VERSION

BADGES = {
    Form.FULL: "full",
    Form.PART: "full, a part of the runs",
    Form.SUBSET: "full, on a subset of the data",
    Form.CHANGED: "changed by --set",
    Form.QUICK: "quick: says little",
    Form.NOT_RUN: "not run",
}
MARKS = {
    "inside": "✓", "outside": "✗", "not known": "?",
    "holds": "✓", "does not hold": "✗", "cannot tell": "?", "not run": "–",
}  # fmt: skip
CLAIM_VERBS: dict[str, tuple[str, str]] = {**VERBS, NOT_RUN: ("was not run", "were not run")}


@dataclass(frozen=True, slots=True)
class NumberRow:
    """A reported number as the card shows it.

    Attributes:
        verdict: inside, outside or not known.
        variant: for which variant.
        reported: the published value.
        ours: our mean with half its interval.
        n: our seeds.
        new_run: where one more run of ours would lie.
        remark: how far outside, or why it is not known.
    """

    verdict: str
    variant: str
    reported: Markup
    ours: Markup
    n: int
    new_run: str
    remark: str


@dataclass(frozen=True, slots=True)
class Block:
    """An experiment as the card shows it.

    Attributes:
        found: what was found.
        badge: its scale in two words.
        scale: its scale in one line.
        answer: what came out, in one sentence; empty where nothing was run.
        groups: for each metric its heading and the reported numbers.
        address: of the study's own report, relative to the card; empty where there is none.
    """

    found: Experiment
    badge: str
    scale: str
    answer: str
    groups: tuple[tuple[str, tuple[NumberRow, ...]], ...]
    address: str


def write_card(card: Replication, home: Path, name: str = "replication", *, command: str) -> Path:
    """Writes <name>.html, .csv and .md into a folder and returns the path of the first.

    Args:
        card: what it holds.
        home: where to write; links to the studies' reports are relative to it.
        name: of the three files.
        command: the command line that makes it again.
    """
    path = home / f"{name}.html"
    write_file(path.with_suffix(".csv"), card_csv(card).encode())
    write_file(path.with_suffix(".md"), card_markdown(card, home).encode())
    write_file(path, card_page(card, home, name, command=command).encode())
    return path


def card_page(card: Replication, home: Path, name: str = "replication", *, command: str) -> str:
    """Returns the whole page; see `write_card`."""
    return render(
        "card.html",
        card=card,
        files=name,
        blocks=[block(each, home) for each in card.experiments],
        lines=summary_lines(card),
        answers=[answer(form, found) for form, found in by_form(card.experiments)],
        badges=BADGES,
        marks=MARKS,
        of_numbers=OF_NUMBERS,
        of_claims=OF_CLAIMS,
        metric_name=metric_name,
        command=command,
        style=template_text("style.css") + template_text("card.css"),
        version=VERSION,
    )


def block(each: Experiment, home: Path) -> Block:
    """Returns an experiment as the card shows it."""
    groups = groupby(each.numbers, key=lambda number: number.found.metric)
    return Block(
        found=each,
        badge=BADGES[each.scale.form],
        scale=scale_words(each.scale),
        answer="" if each.scale.form is Form.NOT_RUN else outcome(tally([each])),
        groups=tuple((metric_heading(metric), number_rows(list(rows))) for metric, rows in groups),
        address=report_address(each, home),
    )


def number_rows(numbers: Sequence[Number]) -> tuple[NumberRow, ...]:
    """Returns the reported numbers of one metric, their points in line."""
    said = [in_words(each) for each in numbers]
    reported = in_line([each.reported for each in said])
    ours = in_line([each.ours for each in said])
    return tuple(
        NumberRow(
            verdict=each.verdict,
            variant=said[place].variant,
            reported=reported[place],
            ours=ours[place],
            n=said[place].n,
            new_run=said[place].new_run,
            remark=remark(each),
        )
        for place, each in enumerate(numbers)
    )


def answer(form: Form, found: Tally) -> str:
    """Returns what came out at one scale, in a sentence or two."""
    many = counted(found.experiments, "experiment")
    if form is Form.NOT_RUN:
        return f"{many} not run."
    said = {
        Form.FULL: f"In full, {many}",
        Form.PART: f"In full but with a part of the runs only, {many}",
        Form.SUBSET: f"On a subset of the data, {many}",
        Form.CHANGED: f"Changed by --set, {many}",
        Form.QUICK: f"In a quick form that says little of the reports, {many}",
    }[form]
    return f"{said}. {outcome(found)}".rstrip()


def outcome(found: Tally) -> str:
    """Returns how numbers and claims fared; empty where there are neither."""
    return " ".join(part for part in (numbers_words(found), claims_words(found)) if part)


def numbers_words(found: Tally) -> str:
    """Returns how many reported numbers could be one more run of ours; empty where there are none."""
    inside, outside, unknown = (found.numbers[verdict] for verdict in OF_NUMBERS)
    judged = inside + outside
    if not judged:
        return f"Reported numbers: {unknown} that nothing is known of." if unknown else ""
    rest = f"; {unknown} not known" if unknown else ""
    return f"Reported numbers: {inside} of {judged} could be one more run of ours{rest}."


def claims_words(found: Tally) -> str:
    """Returns how the claims fared; empty where there are none."""
    told = [f"{many} {CLAIM_VERBS[verdict][many != 1]}" for verdict, many in found.claims.items() if many]
    return f"Claims: {', '.join(told)}." if told else ""
