"""Pictures of different sizes side by side, a row an example: the image, and what a network makes of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from glasslab.analysis.numbers import share
from glasslab.figures.pixels import Picture
from glasslab.report.inside.blocks import Own
from glasslab.report.material import Look


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture of a row.

    Attributes:
        picture: what is seen.
        alternative: the finding in words.
        width: pixels on the page.
        height: pixels on the page.
        said: below it; empty for nothing.
        columns: what stands under each of the picture's columns; empty for nothing.
    """

    picture: Picture
    alternative: str
    width: int
    height: int
    said: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """What there is of one example.

    Attributes:
        title: what it is.
        note: small print below that.
        shown: from left to right; None leaves a place empty.
    """

    title: str
    note: str
    shown: tuple[Shown | None, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """What is said of an example that a probe shows.

    Attributes:
        true: its class.
        verdict: what the network takes it for, with the probability: "taken for 9 · 97.0 %".
        index: its place in the original test set.
    """

    true: str
    verdict: str
    index: int

    @property
    def name(self) -> str:
        """The example in words, for text alternatives."""
        return f"test example {self.index}, {self.true}"


def examples(look: Look) -> list[Example]:
    """Returns the examples that a probe kept."""
    labels, predicted, probability, index = (
        look.arrays[key].tolist() for key in ("labels", "predicted", "probability", "index")
    )
    found = []
    for true, given, certain, place in zip(labels, predicted, probability, index, strict=True):
        verdict = "right" if given == true else f"taken for {look.classes[given]}"
        found.append(Example(look.classes[true], f"{verdict} · {share(certain)}", place))
    return found


def beside(title: str, heads: Sequence[str], rows: Sequence[Row], caption: str) -> Own:
    """Returns pictures in rows, with what stands over their columns."""
    return Own(
        "beside.html", {"title": title, "heads": tuple(heads), "rows": tuple(rows), "caption": caption}
    )
