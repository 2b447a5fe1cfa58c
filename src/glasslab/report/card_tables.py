"""The replication card as CSV, in full precision, and as Markdown, to be read."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from glasslab.analysis.names import metric_name
from glasslab.analysis.numbers import count
from glasslab.analysis.replication import (
    OF_CLAIMS,
    OF_NUMBERS,
    OUTSIDE,
    Experiment,
    Number,
    Replication,
    Scale,
    Statement,
    scale_words,
    summary_lines,
)
from glasslab.report.csv import written
from glasslab.report.markdown import escaped
from glasslab.report.sections.reported import ReportedEntry, entry
from glasslab.report.table import Raw

OF_A_ROW = (
    "experiment",
    "study",
    "kind",
    "metric",
    "claim",
    "variant",
    "reported",
    "mean",
    "low",
    "high",
    "n",
)
OF_A_VERDICT = ("new_run_low", "new_run_high", "inside", "outside_by", "verdict", "why")
OF_A_SCALE = ("scale", "runs", "runs_planned", "seeds", "epochs", "steps", "examples", "seconds")
COLUMNS = (*OF_A_ROW, *OF_A_VERDICT, *OF_A_SCALE, "commit", "machine")
NUMERIC = {"experiments", *OF_NUMBERS, *OF_CLAIMS, "reported", "ours", "n", "one new run of ours"}


def card_csv(card: Replication) -> str:
    """Returns a row a number or claim; shares are shares, not per cent.

    For a claim, mean, low and high are those of the difference that its verdict rests on: the left side less
    the right side as `variant` writes them.
    """
    rows = card_rows(card)
    return written(COLUMNS, ([row.get(name) for name in COLUMNS] for row in rows))


def card_rows(card: Replication) -> list[dict[str, Raw]]:
    """Returns a row a number or claim, with its experiment and scale; what does not apply is not in it."""
    return [
        {"experiment": each.label, "study": each.study, **row, **scale_row(each.scale)}
        for each in card.experiments
        for row in (*map(number_row, each.numbers), *map(claim_row, each.claims))
    ]


def number_row(each: Number) -> dict[str, Raw]:
    """Returns a reported number and ours."""
    found, ours, run = each.found, each.found.ours, each.found.new_run
    return {
        "kind": "number",
        "metric": found.metric.text,
        "variant": found.variant,
        "reported": found.reported,
        "mean": ours.mean if ours else None,
        "low": ours.low if ours else None,
        "high": ours.high if ours else None,
        "n": ours.n if ours else 0,
        "new_run_low": run.low if run else None,
        "new_run_high": run.high if run else None,
        "inside": found.inside,
        "outside_by": found.outside_by,
        "verdict": each.verdict,
        "why": each.why,
    }


def claim_row(each: Statement) -> dict[str, Raw]:
    """Returns a claim and the difference that its verdict rests on."""
    claim = each.judged.claim
    test = each.judged.deciding.difference if each.judged.deciding else None
    return {
        "kind": "own claim" if claim.ours else "claim",
        "metric": claim.metric.text,
        "claim": claim.says,
        "variant": claim.holds,
        "mean": test.mean if test else None,
        "low": test.low if test else None,
        "high": test.high if test else None,
        "n": test.n if test else 0,
        "verdict": each.verdict,
        "why": each.evidence,
    }


def scale_row(scale: Scale) -> dict[str, Raw]:
    """Returns how much was run, and by what; of several values each."""
    return {
        "scale": scale.form.value,
        "runs": scale.runs,
        "runs_planned": scale.runs_planned,
        "seeds": scale.seeds,
        "epochs": each_of(scale.epochs),
        "steps": each_of(scale.steps),
        "examples": each_of(scale.examples),
        "seconds": scale.seconds,
        "commit": each_of(scale.commits),
        "machine": each_of(scale.machines),
    }


def each_of(values: Iterable[object]) -> str:
    """Returns values in a row."""
    return "; ".join(map(str, values))


def card_markdown(card: Replication, home: Path) -> str:
    """Returns the card in the form that GitHub and Pandoc read.

    Args:
        card: what it holds.
        home: the folder that it stands in; addresses are relative to it.
    """
    blocks = ["# Replication card", summary(card)]
    for each in card.experiments:
        blocks += block(each, home)
    if card.without:
        blocks += ["## Without a study", "\n".join(f"- {k}: {escaped(why)}" for k, why in card.without)]
    return "\n\n".join(blocks) + "\n"


def summary(card: Replication) -> str:
    """Returns how often each verdict came out, by report and scale."""
    heads = ["report", "scale", "experiments", *OF_NUMBERS, *OF_CLAIMS]
    rows = [
        [each.report, each.form.value, *map(count, (each.tally.experiments, *each.tally.verdicts))]
        for each in summary_lines(card)
    ]
    return pipes(heads, rows)


def block(each: Experiment, home: Path) -> list[str]:
    """Returns an experiment's heading, scale and tables."""
    address = report_address(each, home)
    study = f"[{escaped(each.study)}]({address})" if address else escaped(each.study)
    parts = [
        f"## {escaped(each.label)}: {escaped(each.question)}",
        f"**{each.scale.form}** · {study} · {escaped(scale_words(each.scale))}",
    ]
    if each.trouble:
        parts.append(escaped(each.trouble))
    if each.numbers:
        heads = ["lies", "variant", "metric", "reported", "ours", "n", "one new run of ours", "remark"]
        rows = [[each.verdict, *number_cells(each)] for each in each.numbers]
        parts.append(pipes(heads, rows))
    if each.claims:
        rows = [[each.verdict, claim_in_full(each), each.evidence] for each in each.claims]
        parts.append(pipes(["verdict", "claim", "because"], rows))
    return parts


def number_cells(each: Number) -> list[str]:
    """Returns a reported number's cells after its verdict."""
    said = in_words(each)
    return [
        said.variant,
        said.metric,
        said.reported,
        said.ours,
        count(said.n),
        said.new_run,
        remark(each),
    ]


def in_words(each: Number) -> ReportedEntry:
    """Returns a reported number and ours as people read them; counts to the last digit."""
    found, said = each.found, entry(each.found)
    if not found.metric.exact:
        return said
    run = found.new_run
    ends = [] if run is None else list(dict.fromkeys((count(run.low), count(run.high))))
    return replace(
        said,
        reported=count(found.reported),
        ours=count(found.ours.mean) if found.ours else said.ours,
        new_run=" to ".join(ends) or said.new_run,
    )


def remark(each: Number) -> str:
    """Returns how far outside a reported number lies, or why that is not known."""
    return entry(each.found).verdict if each.verdict == OUTSIDE else each.why


def claim_in_full(each: Statement) -> str:
    """Returns a claim in words and as it is judged."""
    claim = each.judged.claim
    whose = "ours: " if claim.ours else ""
    return f"{whose}{claim.says} ({claim.holds}, {metric_name(claim.metric)})"


def report_address(each: Experiment, home: Path) -> str:
    """Returns the address of a study's own report below the card; empty where there is none."""
    report, top = (each.folder / "report.html").resolve(), home.resolve()
    there = report.is_file() and report.is_relative_to(top)
    return quote(report.relative_to(top).as_posix()) if there else ""


def pipes(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns a table of Markdown; columns whose head stands in `NUMERIC` are set to the right."""
    rules = ["---:" if head in NUMERIC else "---" for head in heads]
    lines = [list(heads), rules, *([escaped(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
