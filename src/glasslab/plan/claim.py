"""Claims: statements that a study tests, written as comparisons between variants."""

from collections.abc import Collection
from typing import Literal

import msgspec

from glasslab.errors import nearest
from glasslab.plan.expression import ExpressionError, Linear, Vocabulary, parse_linear
from glasslab.plan.metric import Metric

EVERY_OTHER = "*"
Relation = Literal[">", "<", "~"]


class Claim(msgspec.Struct, frozen=True):
    """A comparison, judged per seed and so paired.

    Attributes:
        says: the claim in the author's words.
        holds: the comparison as written: "relu > sigmoid".
        metric: what is compared.
        relation: ">" or "<", or "~" for equivalence.
        differences: the left side less the right; one expression over variants, or one for every other
            variant where the right side is "*". For ">" to hold, every one of them must be above 0.
        margin: how far apart equivalents may be, in the metric's unit; only with "~".
        ours: whether the study tests it of its own accord, where its other claims are somebody else's.
    """

    says: str
    holds: str
    metric: Metric
    relation: Relation
    differences: tuple[Linear, ...]
    margin: float | None = None
    ours: bool = False

    @property
    def variants(self) -> tuple[str, ...]:
        """Every variant that the claim rests on, each once."""
        return tuple(dict.fromkeys(name for each in self.differences for name in each.names))

    @property
    def is_threshold(self) -> bool:
        """Whether one side is only a number: "adam-0.01 < 0.2"."""
        return len(self.differences) == 1 and len(self.differences[0].terms) == 1


def parse_claim(says: str, holds: str, metric: Metric, variants: Collection[str]) -> Claim:
    """Returns the claim that `holds` writes over these variants.

    Args:
        says: the claim in words.
        holds: "a > b", "a - b > 0.01", "a - b > c - d", "a < 0.2", "a ~ b within 0.002" or "a > *".
        metric: what is compared.
        variants: the names that may stand in it.

    Raises:
        ExpressionError: on anything else, saying which word and why.
    """
    left_text, relation, right_text = split_sides(holds)
    right_text, margin = take_margin(right_text, relation)
    vocabulary = Vocabulary(
        known=lambda word: word in variants,
        unknown=lambda word: unknown_variant(word, variants),
    )
    left = parse_linear(left_text, vocabulary)
    if right_text.strip() == EVERY_OTHER:
        differences = against_every_other(left, variants)
    else:
        differences = (left.minus(parse_linear(right_text, vocabulary)),)
    if not all(each.terms for each in differences):
        raise ExpressionError("compares nothing: no variant is left when both sides are put together")
    return Claim(says, holds, metric, relation, differences, margin)


def unknown_variant(word: str, variants: Collection[str]) -> str:
    """Returns what to say of a word that is neither a variant nor a number."""
    if word == EVERY_OTHER:
        return "'*' stands for every other variant, alone on the right side: 'a > *'"
    return f"no variant '{word}'{nearest(word, variants)}"


def split_sides(holds: str) -> tuple[str, Relation, str]:
    """Returns the left side, the relation, and the right side."""
    words = holds.split()
    found = [i for i, word in enumerate(words) if word in (">", "<", "~")]
    wrong = [word for word in words if word in (">=", "<=", "==", "=", "!=", "≈")]
    if wrong:
        raise ExpressionError(f"'{wrong[0]}' is not a comparison here; use >, <, or ~ ... within a margin")
    if len(found) != 1:
        raise ExpressionError("needs exactly one of >, < and ~, with spaces around it")
    at = found[0]
    return " ".join(words[:at]), words[at], " ".join(words[at + 1 :])  # type: ignore[return-value]


def take_margin(right: str, relation: Relation) -> tuple[str, float | None]:
    """Returns the right side without its "within ..." and the margin."""
    words = right.split()
    has_margin = len(words) >= 2 and words[-2] == "within"
    if relation != "~":
        if has_margin:
            raise ExpressionError("'within' goes with ~: 'a ~ b within 0.002'")
        return right, None
    if not has_margin:
        raise ExpressionError("equivalence needs a margin: 'a ~ b within 0.002'")
    try:
        margin = float(words[-1])
    except ValueError:
        margin = 0.0
    if not 0 < margin < float("inf"):
        raise ExpressionError(f"the margin after 'within' must be a number above 0, got '{words[-1]}'")
    return " ".join(words[:-2]), margin


def against_every_other(left: Linear, variants: Collection[str]) -> tuple[Linear, ...]:
    """Returns the left side less each variant that does not stand in it."""
    others = [name for name in variants if name not in left.names]
    if not others:
        raise ExpressionError("'*' stands for every other variant, and there is none")
    return tuple(left.minus(Linear(((name, 1.0),))) for name in others)
