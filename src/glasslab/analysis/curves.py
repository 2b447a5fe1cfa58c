"""Learning curves: a metric by epoch, mean and interval over seeds."""

from dataclasses import dataclass

from glasslab.analysis.results import VariantResults
from glasslab.stats.interval import estimate


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One measurement of a curve.

    Attributes:
        epoch: passes over the training examples so far; a fraction where steps are counted.
        step: optimizer steps so far.
        mean: over seeds.
        low: lower end of the 95 % interval; None with one seed.
        high: upper end.
        by_seed: the value of each seed.
    """

    epoch: float
    step: int
    mean: float
    low: float | None
    high: float | None
    by_seed: dict[int, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """One variant's curve of one metric.

    Attributes:
        variant: its name.
        metric: such as "test/loss".
        points: in order; those that fewer seeds reached (early stopping, divergence) say so by `by_seed`.
    """

    variant: str
    metric: str
    points: tuple[CurvePoint, ...]


def curve(results: VariantResults, metric: str) -> Curve:
    """Returns a simple metric's curve over a variant's runs; diverged ones up to where they were finite."""
    gathered: dict[int, tuple[float, dict[int, float]]] = {}
    for seed, run in results.runs.items():
        for row in run.rows:
            if row.get(metric) is not None:
                gathered.setdefault(row["step"], (row["epoch"], {}))[1][seed] = row[metric]
    points = []
    for step, (epoch, by_seed) in sorted(gathered.items()):
        over = estimate(list(by_seed.values()))
        points.append(CurvePoint(epoch, step, over.mean, over.low, over.high, by_seed))
    return Curve(results.name, metric, tuple(points))
