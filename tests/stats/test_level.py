import pytest

from glasslab.stats.level import require_level, require_probability


@pytest.mark.parametrize("value", [0.0, 1.0, 95, -0.1, float("nan")])
def test_a_level_that_is_no_proper_share_is_refused(value: float) -> None:
    with pytest.raises(
        ValueError, match=r"^alpha: must be strictly between 0 and 1, got .*write 95 % as 0.95$"
    ):
        require_level("alpha", value)


@pytest.mark.parametrize("value", [-1e-9, 1.0000001, float("nan")])
def test_a_p_value_outside_zero_to_one_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r"^p: must be a p-value from 0 to 1, got .*leave out what was not"):
        require_probability("p", value)


def test_the_edges_are_p_values_though_no_levels() -> None:
    require_probability("p", 0.0)
    require_probability("p", 1.0)
    require_level("alpha", 0.05)
