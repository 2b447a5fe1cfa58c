import numpy as np

from glasslab.analysis.mistakes import Confusion
from glasslab.figures.confusion import cells, commonest, draw, row_shares, said

TWO = Confusion("a", ("cat", "dog"), np.array([[8, 2], [1, 9]]), runs=1)
SURE = Confusion("b", ("cat", "dog"), np.array([[10, 0], [0, 10]]), runs=1)
EMPTY_ROW = Confusion("c", ("cat", "dog"), np.array([[0, 0], [3, 7]]), runs=1)


def test_shares_are_of_rows_and_an_empty_class_has_none() -> None:
    assert row_shares(TWO.counts).tolist() == [[0.8, 0.2], [0.1, 0.9]]
    assert row_shares(EMPTY_ROW.counts).tolist() == [[0.0, 0.0], [0.3, 0.7]]


def test_the_commonest_mistake_takes_the_largest_share_of_its_class() -> None:
    found = commonest([SURE, TWO])
    assert found is not None
    assert (found.variant, found.true, found.predicted, found.share) == ("a", "cat", "dog", 0.2)


def test_without_mistakes_there_is_no_commonest_one() -> None:
    assert commonest([SURE]) is None
    assert draw([SURE]).title == "No test example was taken for another class"


def test_every_cell_has_its_count_and_its_share() -> None:
    rows = cells(TWO)
    assert [(r["true"], r["predicted"], r["count"], r["percent"], r["off"]) for r in rows] == [
        ("cat", "cat", 8, 80.0, False),
        ("cat", "dog", 2, 20.0, True),
        ("dog", "cat", 1, 10.0, True),
        ("dog", "dog", 9, 90.0, False),
    ]


def test_a_share_that_is_not_zero_or_whole_is_not_written_as_such() -> None:
    assert [said(part) for part in (0.0, 0.012, 0.999, 1.0)] == ["0", "1.2", "99.9", "100"]


def test_the_figure_states_its_finding_in_words() -> None:
    figure = draw([TWO, SURE])
    assert figure.title == "The commonest mistake: cat taken for dog, 20.0 % of its examples (a)"
    assert "Right in all: a 85.00 %, b 100.00 %" in figure.alternative
    assert figure.columns == 2
