"""The numbers in full precision, as comma-separated values."""

import csv
import io
from collections.abc import Iterable, Sequence

from glasslab.analysis.pairs import Pair
from glasslab.analysis.results import Results
from glasslab.plan.metric import Metric
from glasslab.records.run import Run
from glasslab.report.table import Raw, Table

OF_A_RUN = ("parameters", "seconds", "epochs")


def scores_csv(table: Table) -> str:
    """Returns a row a variant; shares are shares, not per cent."""
    rows = [row.raw for row in table.rows]
    names = list(rows[0]) if rows else ["variant"]
    return written(names, ([row[name] for name in names] for row in rows))


def runs_csv(results: Results) -> str:
    """Returns a row a run: variant, seed, status, every simple metric, and the folder that it stands in."""
    metrics = metric_names(results)
    names = ["variant", "seed", "status", *metrics, "folder"]
    return written(
        names,
        (
            [each.name, seed, run.manifest.status, *(run.metric(name) for name in metrics), folder_of(run)]
            for each in results.variants
            for seed, run in each.runs.items()
        ),
    )


def pairs_csv(found: Sequence[Pair], metric: Metric) -> str:
    """Returns a row a pair: the difference left - right with its interval and its p-values."""
    names = ["left", "right", "metric", "n", "mean", "low", "high", "sd", "p", "p_adjusted", "more_seeds"]
    rows = []
    for pair in found:
        test = pair.difference
        numbers: list[Raw] = [0, None, None, None, None, None]
        if test is not None:
            numbers = [test.n, test.mean, test.low, test.high, test.sd, test.p_two_sided]
        rows.append([pair.left, pair.right, metric.text, *numbers, pair.adjusted, pair.more_seeds])
    return written(names, rows)


def metric_names(results: Results) -> list[str]:
    """Returns the simple metrics that any run has, and those that the study asks for."""
    found = dict.fromkeys(name for run in results.runs for name in run.final if "/" in name)
    asked = dict.fromkeys(
        name for metric in (results.study.metric, *results.study.also) for name in metric.names
    )
    return [*found, *(name for name in (*asked, *OF_A_RUN) if name not in found)]


def folder_of(run: Run) -> str:
    """Returns the name of a run's folder."""
    return run.folder.path.name


def written(names: Sequence[str], rows: Iterable[Sequence[Raw]]) -> str:
    """Returns names and rows as CSV; what is not known is empty, numbers keep every digit."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow(["" if cell is None else cell for cell in row])
    return file.getvalue()
