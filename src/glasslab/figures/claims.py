"""Claims: a strip for each, with the interval of what was found beside what was claimed."""

from dataclasses import dataclass

from glasslab.analysis.verdicts import Judged
from glasslab.figures.axis import around

WIDTH, HEIGHT = 168, 20  # pixels


@dataclass(frozen=True, slots=True)
class Strip:
    """A claim's evidence along a line. Places are pixels from the left, 0 to 168.

    Attributes:
        mean: what was found.
        low: lower end of its 95 % interval; None where there is none.
        high: upper end.
        limit: what was claimed for it to lie beyond: 0, or a number that the claim names.
        margin: the two ends of the region claimed by an equivalence; None for other claims.
    """

    mean: float
    low: float | None
    high: float | None
    limit: float
    margin: tuple[float, float] | None


def strip(judged: Judged) -> Strip | None:
    """Returns a claim's strip; None where there is nothing to draw."""
    evidence, claim = judged.deciding, judged.claim
    if evidence is None or evidence.difference is None:
        return None
    test = evidence.difference
    edges = [-(claim.margin or 0.0), claim.margin or 0.0]
    low, high = around([v for v in (test.mean, test.low, test.high, *edges) if v is not None], least=1e-6)

    def place(value: float) -> float:
        return round(WIDTH * (value - low) / (high - low), 1)

    return Strip(
        mean=place(test.mean),
        low=None if test.low is None else place(test.low),
        high=None if test.high is None else place(test.high),
        limit=place(0.0),
        margin=(place(edges[0]), place(edges[1])) if claim.relation == "~" else None,
    )
