"""glasslab compare: the table and the verdicts, from the runs made so far."""

import json
from typing import Annotated

import typer

from glasslab.cli.options import JSON_VERSION, RUNS, Json, Out, StudyName

Csv = Annotated[bool, typer.Option("--csv", help="Print the table as CSV.")]
Latex = Annotated[bool, typer.Option("--latex", help="Print the table as LaTeX (booktabs).")]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print the table as Markdown.")]
Metric = Annotated[str | None, typer.Option("--metric", help="Compare by another metric.")]


def compare(
    study: StudyName,
    out: Out = RUNS,
    metric: Metric = None,
    csv: Csv = False,
    latex: Latex = False,
    markdown: Markdown = False,
    as_json: Json = False,
) -> None:
    """Print the table with intervals, and the verdict on each claim."""
    from glasslab.cli.answers import as_plain, chosen_metric, print_results
    from glasslab.cli.finding import find_results

    results = find_results(study, out)
    wanted = chosen_metric(results, metric)
    if as_json:
        print(json.dumps({"version": JSON_VERSION, **as_plain(results, wanted)}, indent=1))
    elif csv or latex or markdown:
        from glasslab.report.csv import scores_csv
        from glasslab.report.latex import latex as as_latex
        from glasslab.report.markdown import markdown as as_markdown
        from glasslab.report.table import table

        form = scores_csv if csv else as_latex if latex else as_markdown
        print(form(table(results, wanted)), end="")
    else:
        print_results(results, wanted)
