"""Reported against measured: whether a published value could be one more run of ours."""

from dataclasses import dataclass

from glasslab.analysis.results import Results
from glasslab.plan.metric import Metric, parse_metric
from glasslab.stats.interval import Estimate, Interval, estimate, prediction_interval


@dataclass(frozen=True, slots=True)
class Comparison:
    """A reported value beside ours.

    Attributes:
        metric: what was reported.
        variant: for which variant.
        reported: the published value, taken as one run.
        ours: mean and interval over our seeds; None without values.
        new_run: where one new run of ours would lie with 95 % confidence, for what is without randomness our
            value itself; None with fewer than two seeds, and for seconds, which another machine changes.
        inside: whether the reported value lies there; None where that is not known.
        outside_by: signed distance from the nearer end of that interval; 0 inside.
    """

    metric: Metric
    variant: str
    reported: float
    ours: Estimate | None
    new_run: Interval | None
    inside: bool | None
    outside_by: float | None


def against_reported(results: Results) -> list[Comparison]:
    """Returns every reported value beside ours, in the study's order; empty where nothing was reported."""
    reported = results.study.reported
    if reported is None:
        return []
    return [
        compare(results, parse_metric(name), variant, value)
        for name, row in reported.values.items()
        for variant, value in row.items()
    ]


def compare(results: Results, metric: Metric, variant: str, value: float) -> Comparison:
    """Returns one reported value beside ours."""
    values = list(results.named(variant).values(metric).values())
    ours = estimate(values) if values else None
    new_run = one_new_run(values, metric) if values else None
    if new_run is None:
        return Comparison(metric, variant, value, ours, None, None, None)
    return Comparison(metric, variant, value, ours, new_run, new_run.contains(value), new_run.distance(value))


def one_new_run(values: list[float], metric: Metric) -> Interval | None:
    """Returns where one new run of ours would lie, None where that says nothing of the reported value."""
    if "seconds" in metric.names:
        return None
    if metric.exact:
        return Interval(min(values), max(values))
    return prediction_interval(values)
