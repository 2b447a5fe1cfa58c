"""glasslab show: one run."""

import json
from typing import Annotated

import typer

from glasslab.cli.options import JSON_VERSION, RUNS, Json, Out


def show(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's folder, its name, or its hash.")],
    out: Out = RUNS,
    as_json: Json = False,
) -> None:
    """Show one run: how it went, settings, numbers by epoch."""
    import msgspec

    from glasslab.records.run import read_run
    from glasslab.records.run_folder import find_run

    found = read_run(find_run(run, out))
    if as_json:
        tables = {"manifest": msgspec.to_builtins(found.manifest), "rows": found.rows, "final": found.final}
        print(json.dumps({"version": JSON_VERSION, "folder": str(found.folder.path), **tables}, indent=1))
        return
    m = found.manifest
    said = m.sentence if m.sentence.startswith(m.status) else f"{m.status}. {m.sentence}"
    print(f"{m.variant}, seed {m.seed}: {said}")
    print(f"folder    {found.folder.path}")
    torch = m.machine.libraries["torch"]
    print(f"machine   {m.machine.processor}, {m.device}, {m.threads} thread(s), torch {torch}")
    print(f"code      glasslab {m.code.version}, source {m.code.source}, commit {m.code.commit or 'none'}")
    if m.data is not None:
        sizes = ", ".join(f"{n} {split}" for split, n in m.data.examples.items())
        print(f"data      {m.data.origin}: {sizes}; fingerprint {m.data.fingerprint}")
    if m.net is not None:
        print(f"network   {m.net.parameters:,} parameters")
    for part in ("data", "net", "recipe"):
        print(f"{part:<9} " + ", ".join(f"{key} = {value}" for key, value in m.identity[part].items()))
    columns = [name for name in (found.rows[0] if found.rows else {}) if "/" in name]
    if columns:
        print(f"\n{'epoch':>7}" + "".join(f"{name:>16}" for name in columns))
    for row in found.rows:
        cells = "".join("            none" if row[c] is None else f"{row[c]:>16.4f}" for c in columns)
        print(f"{row['epoch']:>7g}{cells}")
