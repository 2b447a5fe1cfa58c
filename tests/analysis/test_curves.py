import pytest

from glasslab.analysis.curves import curve
from tests.analysis.made_runs import Ending, made

TEST_LOSS = "test/loss"


def measured(*losses: float | None, status: str = "finished") -> Ending:
    """Returns a run measured at steps 10, 20, ... with these test losses."""
    rows = [{"epoch": n / 2, "step": 10 * n, TEST_LOSS: loss} for n, loss in enumerate(losses, start=1)]
    return Ending({}, status=status, rows=rows)  # type: ignore[arg-type]


def test_a_curve_has_mean_and_interval_at_each_measurement() -> None:
    found = curve(made({"a": [measured(2.0, 1.0), measured(4.0, 1.5)]}).named("a"), TEST_LOSS)
    assert (found.variant, found.metric) == ("a", TEST_LOSS)
    assert [(p.epoch, p.step, p.mean) for p in found.points] == [(0.5, 10, 3.0), (1.0, 20, 1.25)]
    first = found.points[0]
    assert first.by_seed == {0: 2.0, 1: 4.0}
    # Student's 97.5 % quantile for 1 degree of freedom is 12.706; sd sqrt(2); half width 12.706
    assert first.high == pytest.approx(3.0 + 12.706, abs=1e-3)


def test_one_seed_has_no_interval() -> None:
    (point,) = curve(made({"a": [measured(2.0)]}).named("a"), TEST_LOSS).points
    assert (point.mean, point.low, point.high) == (2.0, None, None)


def test_runs_that_stopped_or_diverged_count_as_far_as_they_came() -> None:
    runs = [measured(3.0, 2.0, 1.0), measured(3.0, None, status="diverged"), None]
    found = curve(made({"a": runs}).named("a"), TEST_LOSS)
    assert [sorted(point.by_seed) for point in found.points] == [[0, 1], [0], [0]]


def test_what_was_not_measured_has_no_points() -> None:
    assert curve(made({"a": [measured(1.0)]}).named("a"), "val/loss").points == ()
