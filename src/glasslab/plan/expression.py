"""Linear expressions over names and numbers: "gru - rnn", "2 * a + 0.5", "train/accuracy - test/accuracy"."""

import math
from collections import deque
from collections.abc import Callable, Mapping

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

    def minus(self, other: "Linear") -> "Linear":
        """Returns this expression less another, terms of the same name gathered."""
        gathered = dict(self.terms)
        for name, weight in other.terms:
            gathered[name] = gathered.get(name, 0.0) - weight
        return Linear(tuple(gathered.items()), self.constant - other.constant)


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
    is that name even where it could be a number.

    Raises:
        ExpressionError: on an unknown word, two operators or two names in a row, or nothing at all.
    """
    words = deque(text.split())
    terms: dict[str, float] = {}
    constant = 0.0
    sign = -1.0 if words and words[0] == "-" else 1.0
    if words and words[0] in ("+", "-"):
        words.popleft()
    while True:
        weight, name = take_term(words, vocabulary)
        if name is None:
            constant += sign * weight
        else:
            terms[name] = terms.get(name, 0.0) + sign * weight
        if not words:
            return Linear(tuple(terms.items()), constant)
        operator = words.popleft()
        if operator not in ("+", "-"):
            raise ExpressionError(f"expected + or - with spaces around it, got '{operator}'")
        sign = 1.0 if operator == "+" else -1.0


def take_term(words: deque[str], vocabulary: Vocabulary) -> tuple[float, str | None]:
    """Takes a term off the words; returns its coefficient and its name, None for a bare number."""
    if not words:
        raise ExpressionError("something is missing where a name or a number should stand")
    word = words.popleft()
    if vocabulary.known(word):
        return 1.0, word
    number = as_number(word)
    if number is None:
        raise ExpressionError(vocabulary.unknown(word))
    if not words or words[0] != "*":
        return number, None
    words.popleft()
    if not words or not vocabulary.known(words[0]):
        raise ExpressionError(vocabulary.unknown(words[0]) if words else "a name is missing after '*'")
    return number, words.popleft()


def as_number(word: str) -> float | None:
    """Returns a word as a finite number, or None where it is not one."""
    try:
        number = float(word)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
