"""A study's results: for each variant the runs that were made for it, one a seed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from glasslab.plan.expression import Linear
from glasslab.plan.identity import RunSettings, identity
from glasslab.plan.metric import Metric
from glasslab.plan.study import Study, Variant
from glasslab.records.run import Run, read_runs

DIGITS = 12  # of the largest term that a sum is kept to; a double has between 15 and 17


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
                known = {name: value for name, value in parts.items() if value is not None}
                found[seed] = evaluate(metric.expression, known)
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


def evaluate(expression: Linear, values: Mapping[str, float]) -> float:
    """Returns an expression's value, a sum without the rounding errors of its terms.

    0.98 - 0.97 - 0.01 is 0 here, not 9e-18: over seeds, such a remainder would pass for a difference. So a
    sum is rounded to 12 significant digits of its largest term; a single term stays as it is.
    """
    terms = [weight * values[name] for name, weight in expression.terms]
    terms = [term for term in (*terms, expression.constant) if term]
    if len(terms) < 2:
        return terms[0] if terms else 0.0
    size = math.floor(math.log10(max(map(abs, terms))))
    return round(math.fsum(terms), DIGITS - 1 - size)


def load_results(study: Study, folder: Path) -> Results:
    """Returns a study's results as its run folders tell them.

    A run belongs to a variant when its settings are the variant's, whatever name it was run under. Where
    several match (the data or the code of a user's net have changed since), the one begun last counts.
    Variants that differ only in the path of their data file have the same settings here, because a run is
    known by the file's content; of them each has the runs that were not made under another's name.

    Args:
        study: what was asked.
        folder: the study's folder, with a folder a run in it.
    """
    runs, troubles = read_runs(folder)
    by_settings: dict[str, list[Run]] = {}
    for run in sorted(runs, key=lambda run: run.manifest.started):
        by_settings.setdefault(settings_key(run.manifest.identity), []).append(run)
    twins = study.twins()
    alike = likenesses(study)
    variants = []
    for variant in study.variants:
        found = {}
        for seed in study.seeds:
            key = settings_key(identity(RunSettings.of(variant, seed), ""))
            own = [r for r in by_settings.get(key, ()) if r.manifest.variant not in alike[variant.name]]
            if own:
                found[seed] = own[-1]
        missing = tuple(seed for seed in study.seeds if seed not in found)
        variants.append(VariantResults(variant, found, missing, twins.get(variant.name)))
    return Results(study, folder, tuple(variants), tuple(troubles))


def likenesses(study: Study) -> dict[str, set[str]]:
    """Returns for each variant the names of those that only the path of their data file tells from it."""
    twins = study.twins()
    seed = study.seeds[0]
    keys = {each.name: settings_key(identity(RunSettings.of(each, seed), "")) for each in study.variants}
    one = {name: twins.get(name, name) for name in keys}
    return {
        name: {other for other in keys if keys[other] == keys[name] and one[other] != one[name]}
        for name in keys
    }


def settings_key(known_by: Mapping[str, object]) -> str:
    """Returns a run's identity without the hashes of data and code, which the study file does not know."""
    parts = dict(known_by)
    for part, hashed in (("data", "fingerprint"), ("net", "source")):
        table = parts.get(part)
        if isinstance(table, dict):
            parts[part] = {key: value for key, value in table.items() if key != hashed}
    return repr(normal(parts))


def normal(value: object) -> object:
    """Returns a value in the one form that equal settings share.

    Tables are sorted, tuples are lists, and a float without a fraction is a whole number.
    """
    if isinstance(value, dict):
        return sorted((key, normal(below)) for key, below in value.items())
    if isinstance(value, list | tuple):
        return [normal(each) for each in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
