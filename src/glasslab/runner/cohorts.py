"""Cohorts: which runs are trained together, by which engine, in how many pieces.

On the CPU engines are chosen by what was measured (benchmarks/RESULTS.md, docs/decisions.md), never by timing
now: a choice that depends on the moment could not be made again. On other devices nothing is measured yet.
"""

from collections.abc import Mapping, Sequence

import msgspec

from glasslab.errors import UsageError
from glasslab.runner.job import Job, Unit

ENGINES = ("auto", "solo", "stacked")

STACKABLE = ("mlp", "lenet", "vgg", "rnn", "elman")
"""Families whose every layer has a stacked form."""

ON_CPU: Mapping[str, str] = {
    "mlp": "stacked",
    "elman": "stacked",
    "rnn": "stacked",
    "lenet": "solo",
    "vgg": "solo",
}
"""What trains a family on the CPU when the engine is "auto": stacked where overhead takes the time."""

START = ("init", "init_std", "recurrent_init")
"""Settings of a net that say only how its weights start: runs that differ in them have one structure."""

OVERHEAD = 1.0
"""What a step of a cohort costs besides its runs, in runs: cutting a cohort in two pays it twice."""

RECURRENT = ("rnn", "elman")
"""Families whose stacked form knows no mixed precision."""

MOST = {"cpu": 16, "cuda": 64, "mps": 16}
"""Most runs of a cohort. On the CPU their weights and optimizer state should stay in the cache."""


def check_engine(name: str) -> None:
    """Raises UsageError for an engine that there is not."""
    if name not in ENGINES:
        raise UsageError(f"--engine: must be one of {', '.join(ENGINES)}, got '{name}'")


def engine_of(job: Job, asked: str) -> str:
    """Returns the engine that trains a run.

    Raises:
        UsageError: when "stacked" is asked for a network that has no stacked form.
    """
    family = job.settings["net"]["name"]
    if family not in STACKABLE:
        if asked == "stacked":
            raise UsageError(
                f"--engine stacked: trains {', '.join(STACKABLE)}, and variant {job.variant} has the net"
                f" '{family}'; use --engine auto"
            )
        return "solo"
    if family in RECURRENT and job.settings["recipe"]["precision"] == "bfloat16":
        if asked == "stacked":
            raise UsageError(
                f"--engine stacked: variant {job.variant} trains the net '{family}' in bfloat16, which the"
                " stacked engine does not; use --engine auto"
            )
        return "solo"
    if asked != "auto":
        return asked
    return ON_CPU[family] if job.device == "cpu" else "stacked"


def units_of(jobs: Sequence[Job], workers: int, asked: str = "auto") -> list[Unit]:
    """Returns the units in which runs are trained, those of most runs first.

    Args:
        jobs: the runs, each with its engine; those with a cohort already stay in it.
        workers: processes that carry out units at the same time.
        asked: the engine that was asked for; with "auto" a run that no other can be stacked with is trained
            by the solo engine.
    """
    settled: dict[tuple[str, ...], list[Job]] = {}
    alike: dict[str, list[Job]] = {}
    alone: list[Job] = []
    for job in jobs:
        if job.cohort:
            settled.setdefault(job.cohort, []).append(job)
        elif job.engine == "stacked":
            alike.setdefault(structure(job), []).append(job)
        else:
            alone.append(job)
    parts = pieces(list(alike.values()), workers)
    lone = [msgspec.structs.replace(p[0], engine="solo") for p in parts if len(p) == 1 and asked == "auto"]
    cohorts = [cohort(part) for part in parts if len(part) > 1 or asked != "auto"]
    before = [tuple(sorted(each, key=lambda job: job.cohort.index(job.hash))) for each in settled.values()]
    single = [(job,) for job in [*lone, *alone]]
    return sorted([*before, *cohorts, *single], key=len, reverse=True)


def structure(job: Job) -> str:
    """Returns what runs of one cohort have in common: data, net but for its start, loss, course, device.

    Examples that are generated for each run need only be as many and of the same form.
    """
    settings = job.run_settings()
    data, recipe = job.form or settings.data, settings.recipe
    net = {key: value for key, value in job.settings["net"].items() if key not in START}
    return repr((data, sorted(net.items()), recipe.loss, recipe.course, job.device))


def pieces(groups: Sequence[Sequence[Job]], workers: int) -> list[Sequence[Job]]:
    """Returns the groups cut into as many pieces as let all be done soonest, by what pieces cost."""
    cuts = [[part for group in groups for part in cut(group, number)] for number in range(1, workers + 1)]
    return min(cuts, key=lambda parts: finishing_time([len(part) + OVERHEAD for part in parts], workers))


def cut(group: Sequence[Job], number: int) -> list[Sequence[Job]]:
    """Returns a group in at least so many pieces of nearly equal size, none larger than a cohort may be."""
    most = MOST[group[0].device]
    number = min(len(group), max(number, -(-len(group) // most)))
    ends = [round(len(group) * (place + 1) / number) for place in range(number)]
    return [group[first:last] for first, last in zip([0, *ends], ends, strict=False)]


def finishing_time(costs: Sequence[float], workers: int) -> float:
    """Returns when the last of so many workers is done, each taking the longest waiting unit when free."""
    busy = [0.0] * workers
    for each in sorted(costs, reverse=True):
        busy[busy.index(min(busy))] += each
    return max(busy)


def cohort(jobs: Sequence[Job]) -> Unit:
    """Returns runs as a unit that knows that it is one."""
    hashes = tuple(job.hash for job in jobs)
    return tuple(msgspec.structs.replace(job, cohort=hashes) for job in jobs)
