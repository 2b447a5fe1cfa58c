import math
from collections.abc import Iterable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from glasslab.plan.expression import ExpressionError, Linear, Vocabulary, as_number, parse_linear

NAMES = ("a", "b", "gru-128", "0.01", "1e-3", "adam+l2", "v1.5", "within", "nan", "+x", "2")
VOCABULARY = Vocabulary(known=lambda word: word in NAMES, unknown=lambda word: f"no '{word}'")

names = st.sampled_from(NAMES)
numbers = st.floats(-1e6, 1e6, allow_subnormal=False).map(lambda x: round(x, 6))
values = st.fixed_dictionaries({name: st.floats(-1e3, 1e3) for name in NAMES})


def parse(text: str) -> Linear:
    """Returns the expression over NAMES that a text writes."""
    return parse_linear(text, VOCABULARY)


@st.composite
def written(draw: st.DrawFn) -> tuple[str, list[tuple[float, str | None]]]:
    """Draws an expression as a text, and its terms, worked out beside it: coefficient and name."""
    text, terms = "", []
    for i in range(draw(st.integers(1, 5))):
        sign = draw(st.sampled_from(["+", "-"] if i else ["", "-", "+"]))
        number, name = draw(numbers), draw(names)
        form = draw(st.sampled_from(["name", "number", "product"]))
        # a number that reads like a name would be that name
        assume(form != "number" or repr(number) not in NAMES)
        term = {"name": name, "number": repr(number), "product": f"{number!r} * {name}"}[form]
        text += f" {sign} {term}"
        weight = (-1 if sign == "-" else 1) * (1.0 if form == "name" else number)
        terms.append((weight, None if form == "number" else name))
    return text, terms


def summed(terms: Iterable[tuple[float, str | None]], of: dict[str, float]) -> float:
    """Returns the sum of terms, by Python's arithmetic."""
    return math.fsum(weight * (1.0 if name is None else of[name]) for weight, name in terms)


@given(written(), values)
def test_an_expression_has_the_value_that_arithmetic_gives(
    drawn: tuple[str, list[tuple[float, str | None]]], of: dict[str, float]
) -> None:
    text, terms = drawn
    assert parse(text).value(of) == pytest.approx(summed(terms, of), rel=1e-9, abs=1e-4)


@given(written(), written(), values)
def test_less_is_the_difference_of_the_values(
    left: tuple[str, list[tuple[float, str | None]]],
    right: tuple[str, list[tuple[float, str | None]]],
    of: dict[str, float],
) -> None:
    difference = parse(left[0]).minus(parse(right[0]))
    assert difference.value(of) == pytest.approx(
        summed(left[1], of) - summed(right[1], of), rel=1e-9, abs=1e-4
    )


@given(written(), st.fixed_dictionaries({name: st.floats(-1, 2) for name in NAMES}))
def test_bounds_hold_every_value(
    drawn: tuple[str, list[tuple[float, str | None]]], of: dict[str, float]
) -> None:
    expression = parse(drawn[0])
    low, high = expression.bounds(-1.0, 2.0)
    assert low - 1e-3 <= expression.value(of) <= high + 1e-3


def test_bounds_are_met_at_the_ends() -> None:
    assert parse("2 * a - b + 0.5").bounds(0.0, 1.0) == (-0.5, 2.5)


@given(st.text(max_size=20))
def test_any_text_is_an_expression_or_an_expression_error(text: str) -> None:
    try:
        read: Linear | str = parse(text)
    except ExpressionError as error:
        read = str(error)
    assert read


@pytest.mark.parametrize(
    "text, expression",
    [
        ("a", Linear((("a", 1.0),))),
        ("- a + b", Linear((("a", -1.0), ("b", 1.0)))),
        ("  gru-128   -  0.01 ", Linear((("gru-128", 1.0), ("0.01", -1.0)))),
        ("1e-3 + 0.001", Linear((("1e-3", 1.0),), 0.001)),
        ("2", Linear((("2", 1.0),))),
        ("2 * 2", Linear((("2", 2.0),))),
        ("0.01 * 1e-3 - -2 * a", Linear((("1e-3", 0.01), ("a", 2.0)))),
        ("nan + adam+l2 - v1.5", Linear((("nan", 1.0), ("adam+l2", 1.0), ("v1.5", -1.0)))),
        ("+x - within", Linear((("+x", 1.0), ("within", -1.0)))),
        ("a + b + a", Linear((("a", 2.0), ("b", 1.0)))),
        ("a - a + b", Linear((("b", 1.0),))),
        ("0 * a + 3", Linear((), 3.0)),
        ("0.5 - 2.5", Linear((), -2.0)),
    ],
)
def test_names_may_hold_signs_points_and_digits(text: str, expression: Linear) -> None:
    assert parse(text) == expression


@pytest.mark.parametrize(
    "text, wrong",
    [
        ("", "something is missing where a name or a number should stand"),
        ("a -", "something is missing where a name or a number should stand"),
        ("-", "something is missing where a name or a number should stand"),
        ("a - - b", "a name or a number should stand where '-' does"),
        ("- + a", "a name or a number should stand where '+' does"),
        ("a b", "expected + or - with spaces around it, got 'b'"),
        ("a 0.5", "expected + or - with spaces around it, got '0.5'"),
        ("a / b", "expected + or - with spaces around it, got '/'"),
        ("a * 2", "a factor is a number and stands first, as in '0.5 * name'"),
        ("a * b", "a factor is a number and stands first, as in '0.5 * name'"),
        ("2 * 3 * a", "no '3'"),
        ("3 *", "a name is missing after '*'"),
        ("3 * c", "no 'c'"),
        ("a-b", "no 'a-b'"),
        ("2a", "no '2a'"),
        ("inf", "no 'inf'"),
        ("1e999", "no '1e999'"),
    ],
)
def test_what_cannot_be_read_is_told_by_its_word(text: str, wrong: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        parse(text)
    assert str(raised.value) == wrong


@pytest.mark.parametrize(
    "word, number", [("1e-3", 0.001), ("-.5", -0.5), ("7", 7.0), ("nan", None), ("x", None)]
)
def test_only_a_finite_number_is_one(word: str, number: float | None) -> None:
    assert as_number(word) == number
