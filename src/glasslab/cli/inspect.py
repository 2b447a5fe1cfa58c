"""glasslab inspect: look inside a trained run."""

import json
from typing import Annotated, Any

import typer

from glasslab.cli.options import JSON_VERSION, RUNS, DataDir, Json, Out
from glasslab.cli.run import Device

Probe = Annotated[
    list[str] | None,
    typer.Option("--probe", metavar="NAME", help="Look with this probe only; repeatable. By default all."),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PROBE.KEY=VALUE", help="A setting of a probe; repeatable."),
]


def inspect(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's folder, its name, or its hash.")],
    probes: Probe = None,
    changes: Set = None,
    out: Out = RUNS,
    data_dir: DataDir = None,
    device: Device = "auto",
    as_json: Json = False,
) -> None:
    """Look inside a trained run: pictures, arrays, a page.

    Builds the run's network and data again, looks with the probes that were asked for (by default with every
    one that can look at such a run, with the settings of the run's study), and writes into the run's folder
    the arrays (probes/NAME.npz), every picture (probes/NAME/*.png), and a page with all of it (inside.html).
    """
    from glasslab.cli.progress import Looking
    from glasslab.plan.asked import read_asked, read_changes
    from glasslab.records.origin import own_study
    from glasslab.records.run import read_run
    from glasslab.records.run_folder import find_run

    found = read_run(find_run(run, out))
    study = own_study(found.folder.path, found.manifest)
    asked = read_asked(probes or (), read_changes(changes or ()), study.probes)
    looking = Looking()

    # torch is loaded when what was asked for is known to be right
    from glasslab.runner import inspect as runner

    seen = runner.inspect(found, study, asked, runner.Site(device, data_dir), looking)

    from glasslab.report.inside_page import write_inside_page

    with looking("page and pictures"):
        page = write_inside_page(found, study, list(seen.arrays))
    told = as_plain(seen, page)
    if as_json:
        print(json.dumps({"version": JSON_VERSION, "run": str(found.folder.path), **told}, indent=1))
    else:
        print(f"{found.manifest.variant}, seed {found.manifest.seed}: {found.manifest.sentence}")
        show(told)
    if seen.troubles:
        raise typer.Exit(1)


def as_plain(seen: Any, page: Any) -> dict[str, Any]:
    """Returns what was seen and where it is, as plain values.

    Args:
        seen: a `glasslab.runner.inspect.Inspection`.
        page: the `glasslab.report.inside_page.InsidePage` about it.
    """
    folder = page.path.parent / "probes"
    looks = {
        name: {
            "opening": page.parts[name].opening if name in page.parts else "",
            "arrays": str(folder / f"{name}.npz"),
            "pictures": [str(path) for path in page.pictures.get(name, ())],
        }
        for name in seen.arrays
    }
    troubles = {name: f"{type(error).__name__}: {error}" for name, error in seen.troubles.items()}
    unread = list(page.unreadable)
    return {
        "page": str(page.path),
        "looks": looks,
        "unfit": seen.unfit,
        "failed": troubles,
        "unreadable": unread,
    }


def show(told: dict[str, Any]) -> None:
    """Prints what was seen, probe by probe, what could not be, and where the page is."""
    for name, look in told["looks"].items():
        count = len(look["pictures"])
        beside = f", {count} picture{'s' if count > 1 else ''} in {look['arrays'][:-4]}" if count else ""
        print(f"\n{name}: {look['opening'] or 'nothing that can be shown'}")
        print(f"  {look['arrays']}{beside}")
    for heading, which in (("Cannot look at this run", "unfit"), ("Failed", "failed")):
        if told[which]:
            print(f"\n{heading}:")
            for name, why in told[which].items():
                print(f"  {name}: {'; '.join(why.splitlines())}")
    for line in told["unreadable"]:
        print(f"\n{line}")
    print(f"\nPage: {told['page']}")
