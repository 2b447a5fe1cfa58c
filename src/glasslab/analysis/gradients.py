"""Gradients and updates by layer, before and during training, over seeds on a scale of factors."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glasslab.analysis.numbers import PLAIN_UNTIL, TIMES, count, significant, ten_to
from glasslab.analysis.results import VariantResults
from glasslab.plan.metric import Metric, parse_metric
from glasslab.plan.study import Study
from glasslab.records.run import Run
from glasslab.stats.interval import estimate

START, TRAINING, UPDATES = "gradients_at_start", "gradients", "updates"  # keys of a run's rows
FAINT = 0.01  # of the last layer's gradient: below it the first layer's vanishes, above 1 / it it explodes
USUAL = 1e-3  # a step as a share of the weights: the rule of thumb of Stanford's CS231n notes
WIDEST = 700.0  # natural logarithm of about the largest factor that a double holds
NEARLY_ALL = 0.67  # below this share a ratio reads better as one part of several: 1/4


@dataclass(frozen=True, slots=True)
class Gradient:
    """A positive quantity over seeds: its geometric mean, and an interval of factors around it.

    Attributes:
        by_seed: each seed's value, 0 or above.
        mean: geometric mean of the values above 0; None where there are none.
        low: lower end of the 95 % interval; None with fewer than two values above 0.
        high: upper end.
    """

    by_seed: dict[int, float]
    mean: float | None
    low: float | None
    high: float | None

    @property
    def n(self) -> int:
        """How many seeds have a value above 0."""
        return len(self.by_seed) - self.zeros

    @property
    def zeros(self) -> int:
        """How many seeds have a value of exactly 0, which no logarithm has a place for."""
        return sum(value == 0 for value in self.by_seed.values())


@dataclass(frozen=True, slots=True)
class Profile:
    """One variant's mean absolute gradient in each layer.

    Attributes:
        variant: its name.
        layers: from the input to the output, by name.
    """

    variant: str
    layers: dict[str, Gradient]


@dataclass(frozen=True, slots=True)
class Moment:
    """One measurement during training.

    Attributes:
        epoch: passes over the training examples so far.
        step: optimizer steps so far.
        gradient: over seeds.
    """

    epoch: float
    step: int
    gradient: Gradient


def asks_for_gradients(study: Study) -> bool:
    """Returns whether any metric of a study is about the gradients of layers."""
    reported = map(parse_metric, study.reported.values) if study.reported else ()
    asked: tuple[Metric, ...] = (study.metric, *study.also, *(c.metric for c in study.claims), *reported)
    return any(name.startswith("gradient/") for metric in asked for name in metric.names)


def over_seeds(by_seed: Mapping[int, float]) -> Gradient:
    """Returns the geometric mean over seeds with its 95 % interval.

    Gradients of different seeds differ by factors, and are read on a logarithmic axis: so both are those of
    Student's t on the logarithms, taken back. Values of 0 are counted and left out.

    Args:
        by_seed: finite values, 0 or above.

    Source: Limpert, Stahel and Abbt (2001), Log-normal Distributions across the Sciences, BioScience 51(5).
    """
    logarithms = [math.log(value) for value in by_seed.values() if value > 0]
    if not logarithms:
        return Gradient(dict(by_seed), None, None, None)
    found = estimate(logarithms)
    low, high = (None if end is None else antilog(end) for end in (found.low, found.high))
    return Gradient(dict(by_seed), antilog(found.mean), low, high)


def antilog(logarithm: float) -> float:
    """Returns e to a power, kept within what a double holds; the interval of two far seeds may not be."""
    return math.exp(min(max(logarithm, -WIDEST), WIDEST))


def profile(results: VariantResults, when: str) -> Profile | None:
    """Returns a variant's gradients in each layer, None where its finished runs have none.

    Args:
        results: the variant's runs; those with other layers than the first one's are left out.
        when: START for the first batch, TRAINING for the arithmetic mean over the training of each run,
            UPDATES for that of the relative updates.
    """
    known = {seed: found for seed, run in finished(results) if (found := of_run(run, when))}
    if not known:
        return None
    layers = list(next(iter(known.values())))
    alike = {seed: found for seed, found in known.items() if list(found) == layers}
    return Profile(results.name, {layer: over_seeds(values_of(alike, layer)) for layer in layers})


def finished(results: VariantResults) -> list[tuple[int, Run]]:
    """Returns the seeds and runs that went to their end."""
    return [(seed, run) for seed, run in results.runs.items() if run.finished]


def of_run(run: Run, when: str) -> dict[str, float | None]:
    """Returns a run's mean gradient in each layer over its rows; None where any of them is not finite."""
    rows = [row[when] for row in run.rows if row.get(when)]
    return {layer: mean_of([row.get(layer) for row in rows]) for layer in (rows[0] if rows else ())}


def mean_of(values: Sequence[float | None]) -> float | None:
    """Returns the arithmetic mean, None where any value is unknown."""
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(values) if len(known) == len(values) else None


def values_of(known: Mapping[int, Mapping[str, Any]], layer: str) -> dict[int, float]:
    """Returns a layer's value by seed, for the seeds that have one."""
    return {seed: found[layer] for seed, found in known.items() if found.get(layer) is not None}


def first_over_last(found: Profile) -> Gradient:
    """Returns the first layer's gradient as a multiple of the last layer's, seed by seed.

    A network of one layer has nothing to compare, and no seed has a value.
    """
    layers = list(found.layers.values())
    if len(layers) < 2:
        return over_seeds({})
    first, last = layers[0].by_seed, layers[-1].by_seed
    ratios = {seed: first[seed] / last[seed] for seed in first if last.get(seed)}
    return over_seeds({seed: ratio for seed, ratio in ratios.items() if math.isfinite(ratio)})


def fate(ratio: Gradient) -> str:
    """Returns what becomes of the gradient between the last layer and the first, in words.

    Args:
        ratio: of the first layer's to the last layer's.
    """
    if ratio.mean is None:
        return "dies"
    if ratio.mean < FAINT:
        return "vanishes"
    return "explodes" if ratio.mean > 1 / FAINT else "arrives"


def history(results: VariantResults, key: str = TRAINING) -> dict[str, list[Moment]]:
    """Returns a variant's gradients or updates by measurement in each layer, over its finished runs."""
    gathered: dict[str, dict[int, tuple[float, dict[int, float]]]] = {}
    for seed, run in finished(results):
        for row in run.rows:
            for layer, value in (row.get(key) or {}).items():
                if value is not None:
                    of_layer = gathered.setdefault(layer, {})
                    of_layer.setdefault(row["step"], (row["epoch"], {}))[1][seed] = value
    return {
        layer: [Moment(epoch, step, over_seeds(by_seed)) for step, (epoch, by_seed) in sorted(found.items())]
        for layer, found in gathered.items()
    }


def multiple(ratio: float) -> str:
    """Returns a ratio as people say it: "1/3200" with a thin space, "1/2.5", "0.92", "1.3"."""
    if ratio >= NEARLY_ALL:
        return two_digits(ratio)
    parts = two_digits(1 / ratio)
    return f"1/({parts})" if TIMES in parts else f"1/{parts}"


def two_digits(number: float) -> str:
    """Returns a number of 0.1 or more with two significant digits and no trailing zero: 2.5, 4, 3 200."""
    power = math.floor(math.log10(number))
    if power >= PLAIN_UNTIL:
        return f"{number / 10**power:.1f}".removesuffix(".0") + f" {TIMES} {ten_to(power)}"
    if number < 9.95:
        return significant(number, 2).removesuffix("0").removesuffix(".") if number >= 1 else f"{number:.2g}"
    return count(round(number, 1 - power))
