"""glasslab run: make what is missing of a study, print the table, write the report."""

import json
from typing import Annotated

import typer

from glasslab.cli.options import JSON_VERSION, RUNS, DataDir, Json, Out, Quick, Seeds, Set, StudyName

Jobs = Annotated[
    int | None,
    typer.Option("--jobs", min=1, help="Processes that train at once; by default one a core."),
]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda or mps.")]
Engine = Annotated[
    str,
    typer.Option("--engine", help="auto, solo (run by run) or stacked (runs of one structure at once)."),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress, no table: only the report's path.")]
Only = Annotated[
    list[str] | None, typer.Option("--only", metavar="VARIANT", help="Train this variant only; repeatable.")
]
TensorBoard = Annotated[bool, typer.Option("--tensorboard", help="Write event files for TensorBoard too.")]
Download = Annotated[bool, typer.Option("--download", help="Fetch public data that is not on this machine.")]


def run(
    study: StudyName,
    seeds: Seeds = None,
    overrides: Set = None,
    quick: Quick = False,
    only: Only = None,
    out: Out = RUNS,
    jobs: Jobs = None,
    device: Device = "auto",
    engine: Engine = "auto",
    data_dir: DataDir = None,
    download: Download = False,
    tensorboard: TensorBoard = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Train what is missing, print the table, write the report."""
    from glasslab.cli.finding import find
    from glasslab.cli.training import Training, train
    from glasslab.plan.study_file import Options

    found, home = find(study, out, Options(quick=quick, overrides=tuple(overrides or ()), seeds=seeds))
    how = Training(jobs, device, engine, data_dir, download, quiet, tensorboard, tuple(only or ()))
    made = train(found, home, how)

    # what is said afterwards (statistics, tables) is loaded when training is over
    from glasslab.cli.answers import as_plain, print_results

    if as_json:
        plain = as_plain(made.results, found.metric)
        print(json.dumps({"version": JSON_VERSION, "report": str(made.report), **plain}, indent=1))
    elif quiet:
        print(made.report)
    else:
        print_results(made.results, found.metric)
        print("\n".join(made.failed), end="\n" if made.failed else "")
        print(f"Report: {made.report}")
    if not made.whole:
        raise typer.Exit(1)
