"""glasslab data: the data sets, where they are on this machine, and getting one."""

import json
from typing import Annotated

import typer

from glasslab.cli.options import JSON_VERSION, DataDir, Json

app = typer.Typer(help="List the data sets and where they are; get one.", rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def data(context: typer.Context, data_dir: DataDir = None, as_json: Json = False) -> None:
    """List the data sets and where they were found."""
    if context.invoked_subcommand is not None:
        return
    import msgspec

    from glasslab.data.catalog import USERS_OWN, catalog
    from glasslab.data.places import Places

    entries = catalog(Places.here(data_dir=data_dir))
    if as_json:
        print(json.dumps({"version": JSON_VERSION, "data": msgspec.to_builtins(entries)}, indent=1))
        return
    width = max(len(entry.name) for entry in entries)
    for entry in entries:
        print(f"{entry.name:<{width}}  {entry.says}")
        absent = "your own; data.path names it" if entry.name in USERS_OWN else "not on this machine"
        print(f"{'':<{width}}  {entry.found or absent}")


@app.command("get")
def get(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Which data set.")], data_dir: DataDir = None
) -> None:
    """Download a data set into the cache, checked by its checksum."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

    from glasslab.data.catalog import get as fetch
    from glasslab.data.places import Places

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns) as bars:
        tasks: dict[str, TaskID] = {}

        def progress(file: str, done: int, total: int | None) -> None:
            if file not in tasks:
                tasks[file] = bars.add_task(file, total=total)
            bars.update(tasks[file], completed=done, total=total)

        path = fetch(name, Places.here(data_dir=data_dir), progress)
    print(path)
