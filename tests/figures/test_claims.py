from pathlib import Path

from glasslab.analysis.verdicts import judge
from glasslab.figures.claims import WIDTH, strip
from tests.report import made_study


def test_a_claim_that_holds_lies_beyond_its_limit(tmp_path: Path) -> None:
    found = strip(judge(made_study.activations(tmp_path))[0])
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.limit < found.low < found.mean < found.high < WIDTH
    assert found.margin is None


def test_an_equivalence_shows_its_margin(tmp_path: Path) -> None:
    found = strip(judge(made_study.activations(tmp_path))[3])
    assert found is not None
    assert found.margin is not None
    assert found.margin[0] < found.limit < found.margin[1]


def test_a_claim_without_values_has_no_strip(tmp_path: Path) -> None:
    lost = made_study.make(
        tmp_path,
        made_study.BASE,
        lambda *_: made_study.Outcome(status="diverged"),
        made_study.Made(made_study.MNIST),
        name="lost",
    )
    assert strip(judge(lost)[0]) is None
