"""Differences by pairs."""

from dataclasses import dataclass

from glasslab.analysis.names import metric_name
from glasslab.analysis.numbers import count, counted, p_value
from glasslab.analysis.pairs import Pair
from glasslab.analysis.phrases import more, seeds
from glasslab.figures import pairs
from glasslab.report.material import Material
from glasslab.report.section import Section

MOST = 12  # in the figure and its table; all of them stand in pairs.csv


@dataclass(frozen=True, slots=True)
class PairEntry:
    """A pair as the report shows it.

    Attributes:
        name: "relu − tanh".
        difference: mean and interval.
        n: seeds, in words.
        p: corrected p-value in words; empty where there is none.
        verdict: whether it is told from zero, or what would settle it.
    """

    name: str
    difference: str
    n: str
    p: str
    verdict: str


def pairs_section(material: Material) -> Section | None:
    """Returns the differences between variants, None where no two have a seed in common."""
    known = [pair for pair in material.pairs if pair.difference is not None]
    if not known:
        return None
    shown = chosen(material, known)
    plot = pairs.pair_plot(shown, material.metric)
    told = sum(pair.settled for pair in known)
    of = (
        f"{count(told)} of {count(len(known))} differences"
        if len(known) > 1
        else f"{shown[0].left} − {shown[0].right}"
    )
    verb = "are" if len(known) > 1 and told != 1 else "is"
    title = f"{of} {verb} told from zero" if told or len(known) > 1 else f"{of} is not told from zero"
    figure = pairs.draw(plot, title, caption(len(known), len(shown)))
    rows = [entry(pair, row.label) for pair, row in zip(shown, plot.rows, strict=True)]
    baseline = material.results.study.baseline
    whom = f"from the baseline {baseline}" if baseline else "from one another"
    opening = f"How far variants lie {whom} in {metric_name(material.metric)}, seed by seed."
    content = {"figure": material.drawings.draw(figure), "rows": rows, "heading": plot.heading}
    return Section("pairs", "Differences by pairs", opening, content)


def chosen(material: Material, known: list[Pair]) -> list[Pair]:
    """Returns the pairs to show, largest difference first; of many, those with the best variant."""
    if len(known) > MOST and material.results.study.baseline is None and material.best is not None:
        known = [rival.pair for rival in material.best.rivals if rival.pair.difference is not None]
    order = sorted(known, key=lambda pair: -pair.difference.mean if pair.difference else 0.0)
    if len(order) <= MOST:
        return order
    return order[: MOST // 2] + order[-(MOST - MOST // 2) :]


def caption(known: int, shown: int) -> str:
    """Returns how to read the figure."""
    said = [
        "Large dots: mean differences over seeds, filled where told from zero; lines: 95 % intervals, not"
        " corrected; small dots: single seeds. To the right of zero the first of the two lies higher."
    ]
    if known > 1:
        said.append(f"Verdicts are corrected for {counted(known, 'pair')} by Holm's method.")
    if shown < known:
        said.append(f"{count(shown)} of {counted(known, 'pair')} are shown; all stand in tables/pairs.csv.")
    return " ".join(said)


def entry(pair: Pair, label: str) -> PairEntry:
    """Returns a pair as the report shows it."""
    test = pair.difference
    p = "" if pair.adjusted is None or (test is not None and test.exact) else p_value(pair.adjusted)
    return PairEntry(
        name=f"{pair.left} − {pair.right}",
        difference=label,
        n=seeds(test) if test is not None else "–",
        p=p.removeprefix("p = ").removeprefix("p "),
        verdict=verdict(pair),
    )


def verdict(pair: Pair) -> str:
    """Returns whether a difference is told from zero, why it is not, or what would settle it."""
    if pair.settled:
        return "told from zero"
    if pair.unfair:
        return "seconds do not compare"
    if pair.diverged:
        return f"not told: {counted(pair.diverged, 'run')} diverged"
    if pair.adjusted is None:
        return "not told: one seed"
    return f"not told; {more(pair.more_seeds)}" if pair.more_seeds else "not told"
