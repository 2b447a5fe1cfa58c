"""Phrases that sentences about results are made of."""

from collections.abc import Sequence

from glasslab.analysis.numbers import counted, difference, joined, measured, value, with_interval
from glasslab.analysis.scores import Score
from glasslab.plan.metric import Metric
from glasslab.stats.difference import Difference
from glasslab.stats.interval import Estimate
from glasslab.stats.verdict import Verdict

VERBS: dict[str, tuple[str, str]] = {
    Verdict.HOLDS: ("holds", "hold"),
    Verdict.DOES_NOT_HOLD: ("does not hold", "do not hold"),
    Verdict.CANNOT_TELL: ("cannot be told", "cannot be told"),
}
"""What one claim does, and what several do."""

NAMED = 3  # so many names stand in a sentence; of more the rest are counted


def names(of: Sequence[str]) -> str:
    """Returns names in a row, counting what would make it long: "relu, tanh and 4 others"."""
    if len(of) > NAMED:
        return f"{', '.join(of[: NAMED - 1])} and {len(of) - NAMED + 1} others"
    return " and ".join(part for part in (", ".join(of[:-1]), of[-1]) if part)


def bare(sentence: str) -> str:
    """Returns a sentence without its full stop, to stand within another."""
    return sentence.strip().removesuffix(".")


def more(seeds: int) -> str:
    """Returns how many more seeds something would take: "about 9 more seeds", with two digits at most."""
    power = 10 ** max(0, len(str(seeds)) - 2)
    return f"about {counted(round(seeds / power) * power, 'more seed')}"


def apart(test: Difference, metric: Metric) -> str:
    """Returns a difference with interval and n: "0.21 points, 95 % interval −0.05 to 0.47, 5 seeds"."""
    return f"{difference(test.mean, test.low, test.high, metric)}, {seeds(test)}"


def seeds(test: Difference) -> str:
    """Returns what a difference rests on: "5 seeds", or "exact" for what has no randomness."""
    return "exact" if test.exact else counted(test.n, "seed")


def mean_alone(found: Estimate, metric: Metric) -> str:
    """Returns a mean with its unit: "97.86 %", with the digits that its interval leaves it."""
    if found.low is None:
        number = value(found.mean, metric)
    else:
        number = with_interval(found.mean, found.low, found.high, metric.is_share).partition(" ±")[0]
    return joined(number, "%" if metric.is_share else "")


def score_phrase(score: Score, metric: Metric) -> str:
    """Returns a variant's mean with half its interval: "97.86 ± 0.12 %"; the plain value for one seed."""
    found = score.estimate
    if found is None:
        return "no value"
    return measured(found.mean, found.low, found.high, metric)


def top_word(metric: Metric) -> str:
    """Returns which end of the metric is the good one."""
    return "highest" if metric.higher_is_better else "lowest"


def stands(metric: Metric) -> str:
    """Returns the verb for where a variant comes to stand: what is learned "ends", what is given "is"."""
    return "ends" if all("/" in name for name in metric.names) else "is"


def side(of: float) -> str:
    """Returns "above" or "below" for the sign of a difference."""
    return "above" if of > 0 else "below"
