"""glasslab replicate: whether the numbers and claims of five course reports hold in our own runs."""

import json
from typing import Annotated

import typer

from glasslab.cli.options import JSON_VERSION, RUNS, DataDir, Json, Out
from glasslab.cli.run import Device, Download, Engine, Jobs
from glasslab.errors import UsageError

Reports = Annotated[
    list[str] | None,
    typer.Argument(metavar="REPORT", help="Reports A to E, or experiments such as E4; all by default."),
]
Quick = Annotated[bool, typer.Option("--quick", help="Run and show the quick forms only.")]
Full = Annotated[bool, typer.Option("--full", help="Run and show the full studies: hours to days on a CPU.")]
OnlyCard = Annotated[bool, typer.Option("--only-card", help="Train nothing; show what is there.")]
Seeds = Annotated[int | None, typer.Option("--seeds", min=1, help="So many seeds in what is trained now.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress, no table: only the card's path.")]


def replicate(
    reports: Reports = None,
    quick: Quick = False,
    full: Full = False,
    only_card: OnlyCard = False,
    seeds: Seeds = None,
    out: Out = RUNS,
    jobs: Jobs = None,
    device: Device = "auto",
    engine: Engine = "auto",
    data_dir: DataDir = None,
    download: Download = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Say which numbers and claims of five reports hold here.

    Writes the replication card (replication.html, .csv, .md in --out; of report E alone replication-E.html):
    every number and claim of five course reports, beside what the runs made here say of it.

    Without --quick or --full, an experiment whose full study was run already is shown from those runs; of
    every other one the quick form is run, seconds to minutes each, and marked as quick: it shows that all
    works, and says little of the report. So nothing trains for days unasked. For the real answer run
    one study at a time (`glasslab run STUDY`, then this again), or --full for all of them. `glasslab plan
    STUDY` says beforehand how long one takes. What is there already is never trained again.
    """
    from glasslab.analysis.five_reports import read_asked
    from glasslab.cli.replication import Asked, Wish, carry_out
    from glasslab.cli.training import Training

    if quick and full:
        raise UsageError("--quick and --full: choose one; without either, the best that is there is shown")
    if only_card and seeds is not None:
        raise UsageError("--seeds goes with training, and --only-card trains nothing; leave one of them out")
    forms: tuple[Asked, ...] = ("quick",) if quick else ("full",) if full else ("full", "quick")
    wish = Wish(read_asked(reports or ()), forms, not only_card, seeds)
    made = carry_out(wish, out, Training(jobs, device, engine, data_dir, download, quiet))
    if as_json:
        print(json.dumps({"version": JSON_VERSION, **made.as_plain()}, indent=1))
    elif quiet:
        print(made.path)
    else:
        made.show()
    if not made.whole:
        raise typer.Exit(1)
