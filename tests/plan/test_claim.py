from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glasslab.plan.claim import Claim, parse_claim
from glasslab.plan.expression import ExpressionError, Linear
from glasslab.plan.metric import parse_metric

ACCURACY = parse_metric("test/accuracy")
VARIANTS = ("relu", "sigmoid", "tanh", "adam-0.01", "gru128", "rnn128", "0.1", "within", "a+b", "3")


def claim(holds: str, variants: tuple[str, ...] = VARIANTS) -> Claim:
    """Returns the claim that a text writes."""
    return parse_claim("In words", holds, ACCURACY, variants)


def outcome(holds: str, variants: tuple[str, ...]) -> Claim | str:
    """Returns the claim that a text writes, or why it is none."""
    try:
        return claim(holds, variants)
    except ExpressionError as error:
        return str(error)


def one(*terms: tuple[str, float], constant: float = 0.0) -> tuple[Linear, ...]:
    """Returns one difference with these terms."""
    return (Linear(terms, constant),)


@pytest.mark.parametrize(
    "holds, relation, differences, margin",
    [
        ("relu > sigmoid", ">", one(("relu", 1.0), ("sigmoid", -1.0)), None),
        ("relu < sigmoid", "<", one(("relu", 1.0), ("sigmoid", -1.0)), None),
        ("adam-0.01 < 0.2", "<", one(("adam-0.01", 1.0), constant=-0.2), None),
        ("0.2 > adam-0.01", ">", one(("adam-0.01", -1.0), constant=0.2), None),
        ("gru128 - rnn128 > 0.01", ">", one(("gru128", 1.0), ("rnn128", -1.0), constant=-0.01), None),
        ("gru128 > rnn128 + 0.01", ">", one(("gru128", 1.0), ("rnn128", -1.0), constant=-0.01), None),
        (
            "relu - tanh > gru128 - rnn128",
            ">",
            one(("relu", 1.0), ("tanh", -1.0), ("gru128", -1.0), ("rnn128", 1.0)),
            None,
        ),
        (
            "0.5 * relu + 0.5 * tanh > sigmoid",
            ">",
            one(("relu", 0.5), ("tanh", 0.5), ("sigmoid", -1.0)),
            None,
        ),
        ("relu ~ tanh within 0.002", "~", one(("relu", 1.0), ("tanh", -1.0)), 0.002),
        ("relu - tanh ~ 0 within 1e-3", "~", one(("relu", 1.0), ("tanh", -1.0)), 0.001),
        ("relu ~ within within 0.1", "~", one(("relu", 1.0), ("within", -1.0)), 0.1),
        ("relu > within", ">", one(("relu", 1.0), ("within", -1.0)), None),
        ("relu > 0.1", ">", one(("relu", 1.0), ("0.1", -1.0)), None),
        ("a+b > 3", ">", one(("a+b", 1.0), ("3", -1.0)), None),
        ("relu > 0.5 * 3", ">", one(("relu", 1.0), ("3", -0.5)), None),
        ("relu + tanh > tanh + 0.5", ">", one(("relu", 1.0), constant=-0.5), None),
    ],
)
def test_every_form_of_a_claim_is_read(
    holds: str, relation: str, differences: tuple[Linear, ...], margin: float | None
) -> None:
    read = claim(holds)
    assert (read.relation, read.differences, read.margin) == (relation, differences, margin)
    assert (read.says, read.holds, read.metric) == ("In words", holds, ACCURACY)


@pytest.mark.parametrize(
    "holds, differences",
    [
        ("a > *", [{"a": 1, "b": -1}, {"a": 1, "c": -1}]),
        ("a + b < *", [{"a": 1, "b": 1, "c": -1}]),
        ("0.5 > *", [{"a": -1}, {"b": -1}, {"c": -1}]),
        ("a ~ * within 0.1", [{"a": 1, "b": -1}, {"a": 1, "c": -1}]),
    ],
)
def test_a_star_is_every_other_variant(holds: str, differences: list[dict[str, float]]) -> None:
    assert [dict(each.terms) for each in claim(holds, ("a", "b", "c")).differences] == differences


def test_a_claim_names_its_variants_once_each() -> None:
    assert claim("a > *", ("a", "b", "c")).variants == ("a", "b", "c")
    assert claim("relu - tanh > tanh").variants == ("relu", "tanh")


@pytest.mark.parametrize(
    "holds, threshold",
    [
        ("relu > 0.5", True),
        ("2 * relu < 1", True),
        ("relu > tanh", False),
        ("relu + tanh > tanh + 0.5", True),
    ],
)
def test_a_claim_about_one_variant_alone_is_a_threshold(holds: str, threshold: bool) -> None:
    assert claim(holds).is_threshold is threshold


def test_a_claim_over_every_other_is_no_threshold() -> None:
    assert not claim("0.5 > *", ("a", "b")).is_threshold


@pytest.mark.parametrize(
    "holds, wrong",
    [
        ("relu > sigmod", "no variant 'sigmod'; did you mean 'sigmoid'?"),
        ("adam > relu", "no variant 'adam'; did you mean 'adam-0.01'?"),
        ("xyz > relu", f"no variant 'xyz'; known: {', '.join(sorted(VARIANTS))}"),
        ("relu>sigmoid", "needs exactly one of >, < and ~, with spaces around it"),
        ("relu sigmoid", "needs exactly one of >, < and ~, with spaces around it"),
        ("relu > tanh > sigmoid", "needs exactly one of >, < and ~, with spaces around it"),
        ("relu >= tanh", "'>=' is not a comparison here; use >, <, or ~ ... within a margin"),
        ("relu = tanh", "'=' is not a comparison here; use >, <, or ~ ... within a margin"),
        ("relu ≈ tanh", "'≈' is not a comparison here; use >, <, or ~ ... within a margin"),
        ("> relu", "something is missing where a name or a number should stand"),
        ("relu >", "something is missing where a name or a number should stand"),
        ("relu > relu", "compares nothing: no variant is left when both sides are put together"),
        ("0.5 > 0.2", "compares nothing: no variant is left when both sides are put together"),
        ("0 * relu > 0.2", "compares nothing: no variant is left when both sides are put together"),
        ("relu ~ tanh", "equivalence needs a margin: 'a ~ b within 0.002'"),
        ("relu ~ tanh within", "equivalence needs a margin: 'a ~ b within 0.002'"),
        ("relu ~ tanh within 0", "the margin after 'within' must be a number above 0, got '0'"),
        ("relu ~ tanh within -1", "the margin after 'within' must be a number above 0, got '-1'"),
        ("relu ~ tanh within x", "the margin after 'within' must be a number above 0, got 'x'"),
        ("relu ~ tanh within nan", "the margin after 'within' must be a number above 0, got 'nan'"),
        ("relu ~ tanh within inf", "the margin after 'within' must be a number above 0, got 'inf'"),
        ("relu > tanh within 0.1", "'within' goes with ~: 'a ~ b within 0.002'"),
        ("* < relu", "'*' stands for every other variant, alone on the right side: 'a > *'"),
        ("relu > * - 0.1", "'*' stands for every other variant, alone on the right side: 'a > *'"),
        ("relu - tanh 0.1 > 3", "expected + or - with spaces around it, got '0.1'"),
    ],
)
def test_what_is_no_claim_is_told_by_its_word(holds: str, wrong: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        claim(holds)
    assert str(raised.value) == wrong


def test_a_star_needs_another_variant() -> None:
    with pytest.raises(ExpressionError, match=r"^'\*' stands for every other variant, and there is none$"):
        claim("a > *", ("a",))


@given(st.text("ab>~<*+-0.5 within", max_size=25))
def test_any_text_is_a_claim_or_an_expression_error(holds: str) -> None:
    read = outcome(holds, ("a", "b", "0.5"))
    assert read
    assert isinstance(read, str) or (read.variants and set(read.variants) <= {"a", "b", "0.5"})


sides = st.lists(st.tuples(st.sampled_from(["+", "-"]), st.sampled_from(["a", "b", "c", "0.25"])), min_size=1)


@given(sides, sides, st.sampled_from([">", "<"]))
def test_a_claim_is_true_where_python_says_so(
    left: list[tuple[str, str]], right: list[tuple[str, str]], relation: str
) -> None:
    sums = [" ".join(f"{sign} {word}" for sign, word in side) for side in (left, right)]
    holds = f"{sums[0]} {relation} {sums[1]}"
    read = outcome(holds, ("a", "b", "c"))
    if isinstance(read, str):
        assert read.startswith("compares nothing")
        return
    (difference,) = read.differences
    for a, b, c in product((0.0, 0.5, 1.0), repeat=3):
        above = difference.value({"a": a, "b": b, "c": c})
        said = above > 0 if relation == ">" else above < 0
        assert said == eval(holds, {}, {"a": a, "b": b, "c": c})
