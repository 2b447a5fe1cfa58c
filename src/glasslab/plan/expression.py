"""Linear expressions over names and numbers: "gru - rnn", "2 * a + 0.5", "train/accuracy - test/accuracy"."""

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping

import msgspec


class Linear(msgspec.Struct, frozen=True):
    """A sum of named terms and a constant.

    Attributes:
        terms: name and coefficient of each term, in the order written; a name stands once.
        constant: the sum of the bare numbers.
    """

    terms: tuple[tuple[str, float], ...]
    constant: float = 0.0

    @property
    def names(self) -> tuple[str, ...]:
        """The names that the expression needs values for."""
        return tuple(name for name, _ in self.terms)

    def value(self, values: Mapping[str, float]) -> float:
        """Returns the expression's value where each name has the value given."""
        return sum(weight * values[name] for name, weight in self.terms) + self.constant

    def bounds(self, low: float, high: float) -> tuple[float, float]:
        """Returns the least and the greatest value where every name's value lies from `low` to `high`."""
        ends = [sorted((weight * low, weight * high)) for _, weight in self.terms]
        return sum(end[0] for end in ends) + self.constant, sum(end[1] for end in ends) + self.constant

    def minus(self, other: "Linear") -> "Linear":
        """Returns this expression less another."""
        less = [(name, -weight) for name, weight in other.terms]
        return gathered([*self.terms, *less], self.constant - other.constant)


def gathered(terms: Iterable[tuple[str, float]], constant: float) -> Linear:
    """Returns the expression of these terms, each name once, those left out that cancel."""
    weights: dict[str, float] = {}
    for name, weight in terms:
        weights[name] = weights.get(name, 0.0) + weight
    return Linear(tuple((name, weight) for name, weight in weights.items() if weight), constant)


class ExpressionError(ValueError):
    """An expression that cannot be read; the text says which word and why."""


class Vocabulary(msgspec.Struct, frozen=True):
    """The names an expression may use.

    Attributes:
        known: whether a word is a name.
        unknown: what to say about a word that is neither a name nor a number.
    """

    known: Callable[[str], bool]
    unknown: Callable[[str], str]


def parse_linear(text: str, vocabulary: Vocabulary) -> Linear:
    """Returns the expression that `text` writes, such as "relu - 0.5 * tanh + 0.01".

    Words are separated by spaces, so that a name may contain "-", "+" or "."; a word that is a known name
    is that name even where it could be a number, but for a number that stands before "*".

    Raises:
        ExpressionError: on an unknown word, two operators or two names in a row, or nothing at all.
    """
    words = deque(text.split())
    terms: list[tuple[str, float]] = []
    constant = 0.0
    sign = -1.0 if words and words[0] == "-" else 1.0
    if words and words[0] in ("+", "-"):
        words.popleft()
    while True:
        weight, name = take_term(words, vocabulary)
        if name is None:
            constant += sign * weight
        else:
            terms.append((name, sign * weight))
        if not words:
            return gathered(terms, constant)
        operator = words.popleft()
        if operator == "*":
            raise ExpressionError("a factor is a number and stands first, as in '0.5 * name'")
        if operator not in ("+", "-"):
            raise ExpressionError(f"expected + or - with spaces around it, got '{operator}'")
        sign = 1.0 if operator == "+" else -1.0


def take_term(words: deque[str], vocabulary: Vocabulary) -> tuple[float, str | None]:
    """Takes a term off the words; returns its coefficient and its name, None for a bare number."""
    if not words:
        raise ExpressionError("something is missing where a name or a number should stand")
    word = words.popleft()
    if word in ("+", "-"):
        raise ExpressionError(f"a name or a number should stand where '{word}' does")
    number = as_number(word)
    is_factor = number is not None and bool(words) and words[0] == "*"
    if vocabulary.known(word) and not is_factor:
        return 1.0, word
    if number is None:
        raise ExpressionError(vocabulary.unknown(word))
    if not is_factor:
        return number, None
    words.popleft()
    if not words:
        raise ExpressionError("a name is missing after '*'")
    name = words.popleft()
    if not vocabulary.known(name):
        raise ExpressionError(vocabulary.unknown(name))
    return number, name


def as_number(word: str) -> float | None:
    """Returns a word as a finite number, or None where it is not one."""
    try:
        number = float(word)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
