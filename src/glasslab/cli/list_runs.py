"""glasslab list: the studies and runs that were made here."""

import json

from glasslab.cli.options import JSON_VERSION, RUNS, Json, Out

WORDS = {"running": "not ended (being trained, or interrupted)"}


def list_runs(out: Out = RUNS, as_json: Json = False) -> None:
    """List the studies run here, and how their runs ended."""
    from collections import Counter

    from glasslab.records.run import read_runs

    studies = {path.parent.name: read_runs(path.parent) for path in sorted(out.glob("*/study.toml"))}
    if as_json:
        rows = [
            {
                "study": name,
                "runs": {run.folder.path.name: run.manifest.status for run in runs},
                "troubles": troubles,
            }
            for name, (runs, troubles) in studies.items()
        ]
        print(json.dumps({"version": JSON_VERSION, "studies": rows}, indent=1))
        return
    if not studies:
        print(f"Nothing in {out} yet. Try: glasslab run quickstart")
    for name, (runs, troubles) in studies.items():
        counts = Counter(run.manifest.status for run in runs)
        print(
            f"{name}: "
            + (
                ", ".join(f"{n} {WORDS.get(status, status)}" for status, n in sorted(counts.items()))
                or "no runs"
            )
        )
        for run in runs:
            print(f"  {run.folder.path.name}")
        for trouble in troubles:
            print(f"  ! {trouble}")
