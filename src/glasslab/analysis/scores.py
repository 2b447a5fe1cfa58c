"""Final scores: each variant's metric over its seeds, with an interval."""

from dataclasses import dataclass

from glasslab.analysis.results import Results
from glasslab.plan.metric import Metric
from glasslab.stats.interval import Estimate, estimate


@dataclass(frozen=True, slots=True)
class Score:
    """One variant's values of one metric.

    Attributes:
        variant: its name.
        values: by seed; runs that diverged or failed have none.
        estimate: mean and interval over seeds; None where no run has a value.
        diverged: runs that diverged.
        failed: runs that failed.
        missing: runs not made or not ended yet.
    """

    variant: str
    values: dict[int, float]
    estimate: Estimate | None
    diverged: int
    failed: int
    missing: int


def scores(results: Results, metric: Metric) -> list[Score]:
    """Returns each variant's score, in the study's order."""
    return [
        Score(
            variant=each.name,
            values=values,
            estimate=estimate(list(values.values())) if values else None,
            diverged=len(each.with_status("diverged")),
            failed=len(each.with_status("failed")),
            missing=len(each.missing) + len(each.with_status("running")),
        )
        for each in results.variants
        for values in (each.values(metric),)
    ]


def ranked(found: list[Score], metric: Metric) -> list[Score]:
    """Returns the scores, best mean first; variants without any come last."""

    def key(score: Score) -> tuple[bool, float]:
        if score.estimate is None:
            return True, 0.0
        return False, -score.estimate.mean if metric.higher_is_better else score.estimate.mean

    return sorted(found, key=key)
