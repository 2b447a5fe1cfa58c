"""glasslab report: write the report again."""

from glasslab.cli.options import RUNS, Out, StudyName


def report(study: StudyName, out: Out = RUNS) -> None:
    """Write the report again from the runs that are there."""
    from glasslab.cli.command import again
    from glasslab.cli.finding import find_results
    from glasslab.report.html import write_report

    results = find_results(study, out)
    print(write_report(results, results.folder, command=again(results.study)))
