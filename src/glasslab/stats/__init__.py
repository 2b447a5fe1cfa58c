"""Numbers about numbers: intervals, paired differences, corrections, verdicts, seeds still needed.

Plain floats in, frozen values out. What each method means and assumes stands in docs/statistics.md.
"""

from glasslab.stats.difference import Difference, difference, paired
from glasslab.stats.equivalence import Equivalence, equivalence
from glasslab.stats.holm import holm
from glasslab.stats.interval import Estimate, Interval, estimate, prediction_interval
from glasslab.stats.power import seeds_needed, seeds_needed_equivalence
from glasslab.stats.verdict import Verdict, decide

__all__ = [
    "Difference",
    "Equivalence",
    "Estimate",
    "Interval",
    "Verdict",
    "decide",
    "difference",
    "equivalence",
    "estimate",
    "holm",
    "paired",
    "prediction_interval",
    "seeds_needed",
    "seeds_needed_equivalence",
]
