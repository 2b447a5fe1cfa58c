"""glasslab run: make what is missing of a study, print the table, write the report."""

import json
from typing import Annotated

import typer

from glasslab.cli.options import JSON_VERSION, RUNS, DataDir, Json, Out, Quick, Seeds, Set, StudyName

Jobs = Annotated[
    int | None, typer.Option("--jobs", min=1, help="Runs trained at the same time; by default one a core.")
]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda or mps.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress, no table: only the report's path.")]
Download = Annotated[bool, typer.Option("--download", help="Fetch public data that is not on this machine.")]


def run(
    study: StudyName,
    seeds: Seeds = None,
    overrides: Set = None,
    quick: Quick = False,
    out: Out = RUNS,
    jobs: Jobs = None,
    device: Device = "auto",
    data_dir: DataDir = None,
    download: Download = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Train what is missing, print the table, write the report."""
    from glasslab.analysis.results import load_results
    from glasslab.cli.answers import as_plain, print_results
    from glasslab.cli.command import again
    from glasslab.cli.finding import find
    from glasslab.cli.progress import watching
    from glasslab.plan.study_file import Options
    from glasslab.report.html import write_report

    found, home = find(study, out, Options(quick=quick, overrides=tuple(overrides or ()), seeds=seeds))
    failed: list[str] = []
    with watching(quiet) as watch:
        # torch is loaded here, when the study is known to be right
        from glasslab.runner.job import Event
        from glasslab.runner.order import Order, carry_out_study, survey

        order = Order(out=home, jobs=jobs, device=device, data_dir=data_dir, download=download)
        work = survey(found, order)
        names = {job.hash: f"{job.variant} seed {job.seed}" for job in work.jobs}
        watch.begin(work.jobs, work.done)

        def tell(event: Event) -> None:
            watch.tell(event)
            if event.status == "failed":
                failed.append(f"failed: {names[event.hash]}: {event.sentence}")

        carry_out_study(found, order, tell, work)
    results = load_results(found, work.folder)
    report = write_report(results, work.folder, command=again(found))
    if as_json:
        plain = as_plain(results, found.metric)
        print(json.dumps({"version": JSON_VERSION, "report": str(report), **plain}, indent=1))
    elif quiet:
        print(report)
    else:
        print_results(results, found.metric)
        print("\n".join(failed), end="\n" if failed else "")
        print(f"Report: {report}")
    if failed or not results.complete or results.troubles:
        raise typer.Exit(1)
