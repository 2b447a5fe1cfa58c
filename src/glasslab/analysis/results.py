"""A study's results: for each variant the runs that were made for it, one a seed."""

from dataclasses import dataclass
from pathlib import Path

from glasslab.plan.identity import RunSettings, identity
from glasslab.plan.metric import Metric
from glasslab.plan.study import Study, Variant
from glasslab.records.run import Run, read_runs


@dataclass(frozen=True, slots=True)
class VariantResults:
    """The runs of one variant.

    Attributes:
        variant: its settings.
        runs: by seed, in the study's order; seeds without a run are not in it.
        missing: seeds that were not run yet.
        same_as: the earlier variant with the same settings, whose runs these are; None where there is none.
    """

    variant: Variant
    runs: dict[int, Run]
    missing: tuple[int, ...]
    same_as: str | None = None

    @property
    def name(self) -> str:
        """The variant's name."""
        return self.variant.name

    def with_status(self, status: str) -> list[Run]:
        """Returns the runs that ended in this status, or are still "running"."""
        return [run for run in self.runs.values() if run.manifest.status == status]

    def values(self, metric: Metric) -> dict[int, float]:
        """Returns the metric's value by seed, for the runs that have one."""
        found = {}
        for seed, run in self.runs.items():
            parts = {name: run.metric(name) for name in metric.names}
            if all(value is not None for value in parts.values()):
                found[seed] = metric.expression.value({k: v for k, v in parts.items() if v is not None})
        return found


@dataclass(frozen=True, slots=True)
class Results:
    """A study and what its runs gave.

    Attributes:
        study: what was asked.
        folder: the study's folder.
        variants: in the study's order.
        troubles: a sentence for each run folder that cannot be read.
    """

    study: Study
    folder: Path
    variants: tuple[VariantResults, ...]
    troubles: tuple[str, ...] = ()

    @property
    def runs(self) -> list[Run]:
        """Every run of the study, each once."""
        return [run for each in self.variants if each.same_as is None for run in each.runs.values()]

    @property
    def complete(self) -> bool:
        """Whether every run has ended."""
        waiting = any(each.missing for each in self.variants)
        return not waiting and all(run.manifest.status != "running" for run in self.runs)

    def named(self, name: str) -> VariantResults:
        """Returns one variant's results."""
        return next(each for each in self.variants if each.name == name)

    def values(self, metric: Metric) -> dict[str, dict[int, float]]:
        """Returns the metric's value by variant and seed."""
        return {each.name: each.values(metric) for each in self.variants}


def load_results(study: Study, folder: Path) -> Results:
    """Returns a study's results as its run folders tell them.

    A run belongs to a variant when its settings are the variant's, whatever name it was run under. Where
    several match (the data have changed since), the one begun last counts.

    Args:
        study: what was asked.
        folder: the study's folder, with a folder a run in it.
    """
    runs, troubles = read_runs(folder)
    by_settings: dict[str, Run] = {}
    for run in sorted(runs, key=lambda run: run.manifest.started):
        by_settings[settings_key(run.manifest.identity)] = run
    twins = study.twins()
    variants = []
    for variant in study.variants:
        keys = {s: settings_key(identity(RunSettings.of(variant, s), "")) for s in study.seeds}
        found = {seed: by_settings[key] for seed, key in keys.items() if key in by_settings}
        missing = tuple(seed for seed in study.seeds if seed not in found)
        variants.append(VariantResults(variant, found, missing, twins.get(variant.name)))
    return Results(study, folder, tuple(variants), tuple(troubles))


def settings_key(known_by: dict[str, object]) -> str:
    """Returns a run's identity without the hashes of data and code, which the study file does not know."""
    parts = {key: value for key, value in known_by.items() if key not in ("data", "net")}
    for part, hashed in (("data", "fingerprint"), ("net", "source")):
        table = known_by[part]
        assert isinstance(table, dict)  # noqa: S101 an identity always has these tables
        parts[part] = {key: value for key, value in sorted(table.items()) if key != hashed}
    return repr(sorted((key, normal(value)) for key, value in parts.items()))


def normal(value: object) -> object:
    """Returns a value with tables sorted and tuples as lists, so that equal settings compare equal."""
    if isinstance(value, dict):
        return sorted((key, normal(below)) for key, below in value.items())
    if isinstance(value, list | tuple):
        return [normal(each) for each in value]
    return value
