"""Printing what came of a study: table, verdicts, answer; and the same as plain values."""

import sys
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table as Grid

from glasslab.analysis.answer import answer, claim_sentence, warnings
from glasslab.analysis.pairs import pairs
from glasslab.analysis.results import Results
from glasslab.analysis.scores import scores
from glasslab.analysis.verdicts import judge
from glasslab.errors import UsageError
from glasslab.plan.expression import ExpressionError
from glasslab.plan.metric import Metric, parse_metric
from glasslab.report.table import table

PIPED_WIDTH = 160  # columns, where nobody says how wide the output is shown


def chosen_metric(results: Results, text: str | None) -> Metric:
    """Returns the metric asked for, or the study's own.

    Raises:
        UsageError: when there is no such metric.
    """
    if text is None:
        return results.study.metric
    try:
        return parse_metric(text)
    except ExpressionError as error:
        raise UsageError(f"--metric: {error}") from error


def print_results(results: Results, metric: Metric, console: Console | None = None) -> None:
    """Prints the question, the warnings, the table, the verdicts and the answer."""
    console = console or Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
    console.print(f"\n[bold]{escaped(results.study.question)}[/bold]\n")
    for warning in warnings(results):
        console.print(f"[yellow]! {escaped(warning)}[/yellow]")
    console.print(grid(results, metric))
    for judged in judge(results):
        console.print(f"  {escaped(claim_sentence(judged))}", soft_wrap=False)
    console.print(f"\n{escaped(answer(results))}\n")


def grid(results: Results, metric: Metric) -> Grid:
    """Returns the table for the terminal, from the same rows as every other form of it."""
    source = table(results, metric)
    shown = Grid(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in source.columns:
        shown.add_column(escaped(column.title), justify="right" if column.numeric else "left")
    for row in source.rows:
        shown.add_row(*(f"[bold]{escaped(c.text)}[/bold]" if c.best else escaped(c.text) for c in row.cells))
    return shown


def escaped(text: str) -> str:
    """Returns text that Rich prints as it is."""
    return text.replace("[", r"\[")


def as_plain(results: Results, metric: Metric) -> dict[str, Any]:
    """Returns the study's results as plain values for programs, in full precision."""
    return {
        "study": results.study.name,
        "question": results.study.question,
        "metric": metric.text,
        "quick": results.study.quick,
        "complete": results.complete,
        "answer": answer(results),
        "warnings": warnings(results),
        "scores": [
            {
                "variant": each.variant,
                "values": {str(seed): value for seed, value in each.values.items()},
                "estimate": msgspec.to_builtins(each.estimate),
                "diverged": each.diverged,
                "failed": each.failed,
                "missing": each.missing,
            }
            for each in scores(results, metric)
        ],
        "also": {
            beside.text: {
                each.variant: {
                    "values": {str(seed): value for seed, value in each.values.items()},
                    "estimate": msgspec.to_builtins(each.estimate),
                }
                for each in scores(results, beside)
            }
            for beside in results.study.also
        },
        "pairs": [
            {
                "left": each.left,
                "right": each.right,
                "difference": msgspec.to_builtins(each.difference),
                "adjusted_p": each.adjusted,
                "settled": each.settled,
                "more_seeds": each.more_seeds,
            }
            for each in pairs(results, metric)
        ],
        "claims": [
            {
                "says": each.claim.says,
                "ours": each.claim.ours,
                "holds": each.claim.holds,
                "metric": each.claim.metric.text,
                "verdict": each.verdict.value,
                "adjusted_p": each.adjusted,
                "difference": msgspec.to_builtins(each.deciding.difference) if each.deciding else None,
                "more_seeds": each.more_seeds,
                "why_not": each.why_not,
                "sentence": claim_sentence(each),
            }
            for each in judge(results)
        ],
    }
