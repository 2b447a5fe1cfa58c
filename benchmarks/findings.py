"""From seconds to findings: medians, ratios, targets met or missed, and whether all learned the same."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.contest import Times
from benchmarks.works import GLASSLAB, Target, Work

POINTS = 0.015
"""Final accuracies that differ by less than this share are equal."""
STANDARD_ERRORS = 4
"""So are those that differ by fewer standard errors, by the spread of everyone's runs over seeds."""
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a contender is on a work.

    Attributes:
        steady: seconds for one epoch or step of one run, each round's: the long training without the short.
        setup: seconds of a later training that are not steady: building, compiling, starting workers.
        cold: the same of the first, with the start of the process and its imports.
    """

    steady: tuple[float, ...]
    setup: float
    cold: float

    @property
    def median(self) -> float:
        """The median round's seconds for one epoch or step of one run."""
        return statistics.median(self.steady)


def pace(times: Times, lengths: tuple[int, int]) -> Pace:
    """Returns a contender's pace from its measured trainings.

    Args:
        times: of at least one round.
        lengths: of the short and the long training.
    """
    short, long = lengths
    share = (long - short) * times.runs
    steady = tuple((b - a) / share for a, b in zip(times.short, times.long, strict=True))
    going = statistics.median(steady) * short * times.runs
    return Pace(
        steady,
        setup=max(statistics.median(times.short) - going, 0.0),
        cold=times.launch + max(times.first - going, 0.0),
    )


def paces(work: Work, found: Mapping[str, Times]) -> dict[str, Pace]:
    """Returns the pace of everyone who took part."""
    return {name: pace(times, work.lengths_of(name)) for name, times in found.items() if not times.cannot}


def ratio(other: float, ours: float) -> float:
    """Returns how many times as long the other needs; NaN where noise hides one of the two."""
    return other / ours if other > 0 and ours > 0 else math.nan


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a target.

    Attributes:
        target: what was meant to be reached.
        reached: what was measured; NaN where it could not be.
    """

    target: Target
    reached: float

    @property
    def verdict(self) -> str:
        """Met, missed, or not measured."""
        if math.isnan(self.reached):
            return "not measured"
        return "met" if self.reached >= self.target.least else "missed"


def outcomes(work: Work, found: Mapping[str, Pace], share: float) -> list[Outcome]:
    """Returns what became of a work's targets.

    Args:
        work: has the targets.
        found: everyone's pace.
        share: of the machine's rate of matrix products that glasslab reaches.
    """
    results = []
    for target in work.targets:
        others = [found[name].median for name in target.against if name in found]
        if not target.against:
            reached = share if share > 0 else math.nan
        elif others and GLASSLAB in found:
            reached = ratio(min(others), found[GLASSLAB].median)
        else:
            reached = math.nan
        results.append(Outcome(target, reached))
    return results


def spread(found: Mapping[str, Times]) -> float:
    """Returns the standard deviation of accuracies over seeds; NaN where everyone trained a single seed.

    It is pooled over contenders and variants, so that what differs between those is not in it.
    """
    groups: dict[tuple[str, str], list[float]] = {}
    for contender, times in found.items():
        for run, value in times.accuracies.items():
            groups.setdefault((contender, run.rpartition("-s")[0]), []).append(value)
    freedom = sum(len(values) - 1 for values in groups.values())
    squares = sum((value - statistics.fmean(values)) ** 2 for values in groups.values() for value in values)
    return math.sqrt(squares / freedom) if freedom else math.nan


def tolerance(found: Mapping[str, Times], runs: int) -> float:
    """Returns by what share mean accuracies over so many runs each may differ and still be equal.

    Of a single run nobody knows how far it varies: any difference is allowed.
    """
    deviation = spread(found)
    if math.isnan(deviation):
        return math.inf
    return max(POINTS, STANDARD_ERRORS * deviation * math.sqrt(2 / runs))


def disagreements(found: Mapping[str, Times]) -> list[str]:
    """Returns a sentence for everyone whose runs did not learn what glasslab's of these seeds learned."""
    ours = found[GLASSLAB].accuracies
    sentences = []
    for name, times in found.items():
        both = sorted(ours.keys() & times.accuracies.keys())
        if name == GLASSLAB or times.cannot:
            continue
        if not both:
            sentences.append(f"{name}: has no run in common with glasslab")
            continue
        mine = mean(ours, both)
        theirs = mean(times.accuracies, both)
        allowed = tolerance(found, len(both))
        if not abs(mine - theirs) <= allowed + ROUNDING:
            sentences.append(
                f"{name}: ends at a test accuracy of {theirs:.4f}, glasslab at {mine:.4f} on the same "
                f"{len(both)} runs; more than {allowed:.4f} apart, so their seconds do not compare"
            )
    return sentences


def mean(accuracies: Mapping[str, float], names: Sequence[str]) -> float:
    return statistics.fmean(accuracies[name] for name in names)
