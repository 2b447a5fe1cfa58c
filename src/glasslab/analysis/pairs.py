"""Differences between pairs of variants, paired by seed and corrected for their number."""

import functools
import itertools
from dataclasses import dataclass

from glasslab.analysis.datasets import examples_of
from glasslab.analysis.fairness import unfair_seconds
from glasslab.analysis.results import Results, VariantResults
from glasslab.plan.data import drawn_per_seed
from glasslab.plan.metric import Metric
from glasslab.plan.settings import part_name
from glasslab.stats.difference import Difference, difference
from glasslab.stats.holm import holm
from glasslab.stats.level import ALPHA
from glasslab.stats.power import seeds_needed


@dataclass(frozen=True, slots=True)
class Pair:
    """The difference of one variant less another.

    Attributes:
        left: the variant.
        right: what is taken from it: the baseline, or the variant after it.
        by_seed: the difference of each seed that both have.
        difference: mean and unadjusted interval over seeds; None without a common seed.
        adjusted: Holm-adjusted two-sided p-value over all pairs shown; None with fewer than two seeds.
        more_seeds: about how many more seeds would settle a difference of this size; None where it is
            settled, cannot be estimated, or would take more than 10,000.
        diverged: how many runs of the two diverged. They have no value, so what is left of the seeds was
            picked by the outcome and settles nothing.
        unfair: why the seconds of the two do not compare and settle nothing; empty where they do, and for
            other metrics.
    """

    left: str
    right: str
    by_seed: dict[int, float]
    difference: Difference | None
    adjusted: float | None
    more_seeds: int | None
    diverged: int = 0
    unfair: str = ""

    @property
    def settled(self) -> bool:
        """Whether the difference is told from zero at the 5 % level, corrected for the number of pairs."""
        told = self.adjusted is not None and self.adjusted < ALPHA
        return told and not self.diverged and not self.unfair


def pairs(results: Results, metric: Metric) -> list[Pair]:
    """Returns each variant against the study's baseline, or all pairs where it has none."""
    values = results.values(metric)
    raw = [(left, right, by_seed(values[left], values[right])) for left, right in pair_names(results)]
    tested = [over_seeds(seeds, metric.exact) for _, _, seeds in raw]
    ps = [each.p_two_sided for each in tested if each is not None and each.p_two_sided is not None]
    adjusted = iter(holm(ps))
    found = []
    for (left, right, seeds), test in zip(raw, tested, strict=True):
        p = next(adjusted) if test is not None and test.p_two_sided is not None else None
        diverged = diverged_runs(results, metric, left, right)
        unfair = unfair_seconds(metric, [results.named(left), results.named(right)])
        more = None
        if test is not None and p is not None and p >= ALPHA and not diverged and not unfair:
            more = more_seeds(test, ALPHA / len(ps))
        found.append(Pair(left, right, seeds, test, p, more, diverged, unfair))
    return found


def over_seeds(by_seed: dict[int, float], exact: bool) -> Difference | None:
    """Returns the test of a difference over seeds, None where there is none.

    Args:
        by_seed: the difference of each seed.
        exact: whether it has no randomness. It is taken at its word only where all seeds agree: a user's net
            that was changed between two runs gives them different counts.
    """
    values = list(by_seed.values())
    return difference(values, exact=exact and min(values) == max(values)) if values else None


def diverged_runs(results: Results, metric: Metric, left: str, right: str) -> int:
    """Returns how many runs of two variants have no value because they diverged."""
    if metric.exact:
        return 0
    return sum(len(results.named(name).with_status("diverged")) for name in (left, right))


def pair_names(results: Results) -> list[tuple[str, str]]:
    """Returns the pairs to show: on one data set each, twins of an earlier variant left out."""
    names = [each.name for each in results.variants if each.same_as is None]
    baseline = results.study.baseline
    if baseline is not None:
        baseline = results.named(baseline).same_as or baseline
        made = [(name, baseline) for name in names if name != baseline]
    else:
        made = list(itertools.combinations(names, 2))
    data = {each.name: data_set(each) for each in results.variants}
    return [(left, right) for left, right in made if data[left] == data[right]]


def one_data_set(results: Results) -> bool:
    """Returns whether all variants are of one data set, so that the best of them is worth naming."""
    return len({data_set(each) for each in results.variants}) == 1


def data_set(results: VariantResults) -> object:
    """Returns what tells the data set of a variant from others: its name, of a made one its settings too."""
    settings = results.variant.data
    return examples_of(results) if drawn_per_seed(settings) else part_name(settings)


def by_seed(left: dict[int, float], right: dict[int, float]) -> dict[int, float]:
    """Returns left less right for each seed that both have."""
    return {seed: left[seed] - right[seed] for seed in left if seed in right}


@functools.lru_cache(maxsize=10_000)  # a report asks for the same pairs in several places
def more_seeds(test: Difference, alpha: float) -> int | None:
    """Returns about how many more seeds would settle a difference of the size seen, with 80 % power."""
    if test.sd is None:
        return None
    needed = seeds_needed(test.mean, test.sd, alpha=alpha)
    return None if needed is None else max(1, needed - test.n)
