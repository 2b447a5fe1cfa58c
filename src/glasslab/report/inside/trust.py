"""Trust: how far each attribution method can be relied on, beside maps that know nothing of the network."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from glasslab.analysis.numbers import count, counted, with_interval
from glasslab.analysis.results import VariantResults
from glasslab.analysis.trust import (
    BASELINES,
    DECOY,
    DECOY_GATE,
    FAITHFULNESS,
    INSERTION,
    LOCALISATION,
    MASS,
    OBJECT_GATE,
    Arrays,
    Measure,
    Score,
    Trust,
    against_best,
    alikeness,
    basis,
    compared,
    counts,
    gathered,
    most_alike,
    score,
    title,
)
from glasslab.report.inside.blocks import Block, Note, Part, Table
from glasslab.report.material import Material

NOTHING = "–"
SIDE_BY_SIDE = 4  # so many columns of numbers at most stand in a table of several variants

BEYOND_CHANCE = (
    "The yardstick is the best of the three maps that know nothing of the network, not the object's share of "
    "the image: objects are bright and have edges. Popular methods were often found unable to outperform "
    "random maps and edge detection (Clark et al., XAI-TRIS, 2023)."
)
OUT_OF_PLACE = (
    "An image without half its pixels is like none that the network was trained on, and another filling can "
    "give another ranking. Tests by removal, ROAD among them, were found to favour blurred maps (On pitfalls "
    "of RemOve-And-Retrain, 2023). The baselines show how far a map comes that knows only the image."
)
SANITY = (
    "A map that explains what was learned should change when that is gone; one that stays the same shows the "
    "image. Adebayo et al. (2018) found that the gradient and Grad-CAM pass this test and that guided "
    "backpropagation and guided Grad-CAM fail it; Nie et al. (2018) show that guided backpropagation and the "
    "deconvnet partly recover the image, unrelated to the decision: they tell what pattern excites a unit, "
    "not why a class was chosen. What counts here is what was measured of this network."
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of numbers, for every variant.

    Attributes:
        head: what it is.
        estimate: variant, method -> its score, or None.
    """

    head: str
    estimate: Callable[[Trust, str], Score | None]


def trust_part(material: Material) -> Part | None:
    """Returns what was measured, None where no run has it."""
    found = [own for each in material.looked_into if (own := trust_of(material, each)) is not None]
    if not found:
        return None
    blocks = [*localisation(found), *faithfulness(found), *randomisation(found)]
    return Part("trust", "How far attributions can be trusted", opening(found), blocks)


def trust_of(material: Material, results: VariantResults) -> Trust | None:
    """Returns what a variant's finished runs measured, None where none did."""
    runs = [run for run in results.runs.values() if run.finished]
    looks = [arrays for run in runs if (arrays := material.seen(run, "trust"))]
    return gathered(results.name, looks) if looks else None


def opening(found: Sequence[Trust]) -> str:
    """Returns the finding in numbers: which methods beat the best baseline, for one variant."""
    measure = MASS if found[0].has([MASS]) else INSERTION
    finding = against_best(found[0], measure)
    if len(found) > 1 or finding is None:
        return (
            "How far each way to mark the pixels that count can be relied on for these networks, beside maps "
            "that know nothing of them."
        )
    return sentence(f"{compared(finding)} ({count(finding.images)} images)")


def sentence(text: str) -> str:
    """Returns text with a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}."


def findings(found: Sequence[Trust], measures: Sequence[Measure]) -> list[Note]:
    """Returns what is told of the methods by each measure, a paragraph for each variant."""
    notes = []
    for each in found:
        told = [own for measure in measures if (own := against_best(each, measure)) is not None]
        if told:
            said = " ".join(sentence(text) for text in (*map(compared, told), basis(told[0])))
            notes.append(Note(f"{each.variant}: {said}" if len(found) > 1 else said))
    return notes


def localisation(found: Sequence[Trust]) -> list[Block]:
    """Returns what is known where the data tell each object's pixels: the gate, and how heat meets them."""
    told = [each for each in found if each.has(LOCALISATION)]
    if not told:
        known = "these data do not tell its pixels, as 'shapes' does"
        return [Note(f"Whether heat lies on the object is not known: {known}.")]
    caption = (
        "Counted are only images whose prediction changes when the object is filled in from around and does "
        "not when as much is filled in elsewhere. K is the number of the object's pixels. 1 is best. "
    )
    blocks: list[Block] = [gate_table(told)]
    blocks += tables("Does the heat lie on the object?", told, of_measures(LOCALISATION), caption)
    blocks += [*findings(told, LOCALISATION), Note(BEYOND_CHANCE)]
    cheated = [each for each in told if each.has(DECOY)]
    if cheated:
        decoy = (
            "Counted are only images whose prediction changes when the decoy is filled in from around: there "
            "a good map shows the decoy. 1 is best. "
        )
        blocks += tables("Does the heat show the decoy?", cheated, of_measures(DECOY), decoy)
        blocks += findings(cheated, DECOY)
    return blocks


def gate_table(found: Sequence[Trust]) -> Table:
    """Returns how often predictions change when something is taken out of the image."""
    with_decoy = all(each.has(DECOY) for each in found)
    heads = ["", "seeds", "images", "with an object", "change without it", "change without as much elsewhere"]
    heads += ["counted", *(["change without the decoy"] if with_decoy else [])]
    rows = []
    for each in found:
        numbers = np.sum([gate_counts(look) for look in each.looks], axis=0)
        cells = [count(number) for number in numbers]
        if with_decoy:
            cells.append(count(sum(int(counts(look, DECOY_GATE).sum()) for look in each.looks)))
        rows.append((each.variant, count(len(each.looks)), *cells))
    caption = (
        "How many images' predictions change when something in them is filled in from around, all seeds "
        "together. A map that misses an object that the network does not go by is not wrong."
    )
    return Table("Does the network go by the object?", tuple(heads), tuple(rows), caption)


def gate_counts(look: Arrays) -> tuple[int, ...]:
    """Returns how many images one run looked at, and how many of them have what the gate asks for."""
    asked = (look["object_pixels"] > 0, look["flips_object"], look["flips_elsewhere"])
    return len(look["labels"]), *(int(each.sum()) for each in (*asked, counts(look, OBJECT_GATE)))


def faithfulness(found: Sequence[Trust]) -> list[Block]:
    """Returns the areas under the deletion and the insertion curves."""
    caption = (
        "Area under the probability of the predicted class while pixels are deleted, the hottest first (set "
        "to the data's mean; low is best), or put back into the blurred image (high is best). "
    )
    heading = "Does the network need the pixels that are called important?"
    return [
        *tables(heading, found, of_measures(FAITHFULNESS), caption),
        *findings(found, FAITHFULNESS),
        Note(OUT_OF_PLACE),
    ]


def randomisation(found: Sequence[Trust]) -> list[Block]:
    """Returns how alike maps stay when the network is randomised from the top down."""
    stages = max((each.looks[0]["stages"] for each in found), key=len)
    columns = [Column(f"{words} random", at_stage(str(words), "randomised")) for words in stages]
    columns.append(
        Column(f"{stages[-1]} random, without the image", at_stage(str(stages[-1]), "without_input"))
    )
    caption = (
        "Spearman's rank correlation of a map's sizes before and after the layers' weights are shuffled: 1 "
        "is the same order of pixels, 0 none in common. A map that does not depend on the network has 1. "
        "The last column divides the image out of maps that are a product with it. "
    )
    shown = [name for name in methods(found) if name not in BASELINES]
    said = [(each, told) for each in found if (told := most_alike(each)) is not None]
    notes = [Note(f"{each.variant}: {told}." if len(found) > 1 else sentence(told)) for each, told in said]
    heading = "Do the maps change when the network is randomised?"
    return [*tables(heading, found, columns, caption, shown), *notes, Note(SANITY)]


def of_measures(measures: Sequence[Measure]) -> list[Column]:
    """Returns a column for each measure."""

    def column(measure: Measure) -> Column:
        return Column(measure.title, lambda trust, method: score(trust, measure, method))

    return [column(each) for each in measures]


def at_stage(words: str, key: str) -> Callable[[Trust, str], Score | None]:
    """Returns what gives a method's likeness after one stage, None for a network without that stage."""

    def found(trust: Trust, method: str) -> Score | None:
        stages = [str(each) for each in trust.looks[0]["stages"]]
        return alikeness(trust, stages.index(words), method, key) if words in stages else None

    return found


def tables(
    heading: str,
    found: Sequence[Trust],
    columns: Sequence[Column],
    caption: str,
    shown: Sequence[str] = (),
) -> list[Table]:
    """Returns one table with all variants side by side, or one for each column where they are too many.

    Args:
        heading: of the table.
        found: the variants.
        columns: of each variant.
        caption: how to read it.
        shown: methods in the rows; empty for all with the baselines.
    """
    rows = list(shown) or methods(found)
    several = len(found) > 1
    apart = several and len(found) * len(columns) > SIDE_BY_SIDE
    groups = [[each] for each in columns] if apart else [list(columns)]
    made = []
    for place, group in enumerate(groups):
        heads, cells = ["method"], [[row_title(name)] for name in rows]
        averaged = []
        for column in group:
            for each in found:
                heads.append(head(column, each, several=several, apart=apart))
                own = [column.estimate(each, name) if name in each.methods else None for name in rows]
                averaged += [(each, value) for value in own if value is not None]
                for row, value in zip(cells, own, strict=True):
                    row.append(NOTHING if value is None else said(value))
        name = f"{heading} {group[0].head[:1].upper()}{group[0].head[1:]}" if apart else heading
        last = place == len(groups) - 1
        text = (caption if last else "") + averages(averaged)
        made.append(Table(name, tuple(heads), tuple(tuple(row) for row in cells), text))
    return made


def head(column: Column, trust: Trust, *, several: bool, apart: bool) -> str:
    """Returns what stands over a column of one variant."""
    if apart:
        return trust.variant
    return f"{column.head} · {trust.variant}" if several else column.head


def methods(found: Sequence[Trust]) -> list[str]:
    """Returns the methods that any variant has, the baselines last."""
    names = dict.fromkeys(name for each in found for name in each.methods)
    return sorted(names, key=lambda name: name in BASELINES)


def row_title(method: str) -> str:
    """Returns what a row is called."""
    return f"{title(method)} (baseline)" if method in BASELINES else title(method)


def said(value: Score) -> str:
    """Returns a score with half its interval."""
    found = value.estimate
    return with_interval(found.mean, found.low, found.high, share=False)


def averages(values: Sequence[tuple[Trust, Score]]) -> str:
    """Returns what the intervals are over, and how many of it there are."""
    words: dict[str, list[str]] = {}
    for trust, value in values:
        words.setdefault(counted(value.estimate.n, value.over), []).append(trust.variant)
    if not words:
        return "No image counts."
    if len(words) == 1:
        return f"Means with 95 % intervals over {next(iter(words))}."
    told = [f"{over} ({', '.join(dict.fromkeys(variants))})" for over, variants in words.items()]
    return f"Means with 95 % intervals over {'; '.join(told)}."
