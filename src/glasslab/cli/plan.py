"""glasslab plan: what a study would cost, before it starts."""

import json
from typing import Annotated

import typer

from glasslab.cli.options import JSON_VERSION, RUNS, DataDir, Json, Out, Quick, Seeds, Set, StudyName


def plan(
    study: StudyName,
    out: Out = RUNS,
    seeds: Seeds = None,
    overrides: Set = None,
    quick: Quick = False,
    jobs: Annotated[int | None, typer.Option("--jobs", min=1, help="Runs trained at the same time.")] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Check a study and say what it would cost to run."""
    from glasslab.analysis.numbers import count, counted, duration
    from glasslab.cli.finding import find
    from glasslab.plan.study_file import Options
    from glasslab.runner.cost import cost
    from glasslab.runner.order import Order

    found, home = find(study, out, Options(quick=quick, overrides=tuple(overrides or ()), seeds=seeds))
    total = cost(found, Order(out=home, jobs=jobs, data_dir=data_dir))
    if as_json:
        rows = [
            {
                "variant": each.variant,
                "parameters": each.summary.parameters,
                "flops_forward_per_example": each.summary.flops,
                "steps": each.steps,
                "training_flops": each.training_flops,
                "seconds": each.seconds,
                "disk_bytes": each.disk_bytes,
                "network": each.summary.line(),
            }
            for each in total.variants
        ]
        whole = {
            "runs": total.runs,
            "done": total.done,
            "seconds": total.seconds,
            "disk_bytes": total.disk_bytes,
        }
        print(json.dumps({"version": JSON_VERSION, "study": found.name, **whole, "variants": rows}, indent=1))
        return
    print(f"{found.question}\n")
    twins = found.twins()
    for each in total.variants:
        flops = "unknown" if each.training_flops is None else f"{each.training_flops:.2g}"
        print(f"{each.variant}: {each.summary.line()}")
        print(
            f"  {count(each.summary.parameters)} parameters, {count(each.steps)} steps, "
            f"{flops} floating-point operations, about {duration(each.seconds)} a run"
        )
        if each.variant in twins:
            print(f"  same settings as {twins[each.variant]}: shares its runs")
    for said in total.unfit:
        print(said)
    processes = counted(total.workers, "process", "processes")
    print(
        f"\n{counted(total.runs, 'run')} ({total.done} there already), on {processes}: about "
        f"{duration(total.seconds)}, {total.disk_bytes / 1e6:.1f} MB in {home / found.name}"
    )
    print("The time is a rough figure from a few steps tried now.")
