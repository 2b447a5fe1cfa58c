import math

import pytest

from glasslab.analysis.numbers import (
    count,
    decimals_of,
    difference,
    duration,
    joined,
    loss,
    measured,
    p_value,
    share,
    significant,
    unit,
    value,
    with_interval,
)
from glasslab.plan.metric import parse_metric

ACCURACY, LOSS, SECONDS, PARAMETERS = map(
    parse_metric, ("test/accuracy", "test/loss", "seconds", "parameters")
)


@pytest.mark.parametrize(
    "mean, half, text",
    [
        (0.978634, 0.00123, "97.86 ± 0.12"),  # two digits of a half-width that begins with 10 to 35
        (0.978634, 0.0050, "97.9 ± 0.5"),  # one beyond
        (0.971080, 0.00098, "97.11 ± 0.10"),  # 0.098 rounds up to 0.10
        (0.6234, 0.14, "62 ± 14"),
        (1.0, 0.0, "100.00 ± 0"),
    ],
)
def test_digits_of_a_share_follow_its_interval(mean: float, half: float, text: str) -> None:
    assert with_interval(mean, mean - half, mean + half, share=True) == text


def test_a_mean_without_interval_stands_alone() -> None:
    assert with_interval(0.5, None, None, share=True) == "50.00"
    assert with_interval(0.0721345, None, None, share=False) == "0.0721"


def test_numbers_too_small_for_decimals_are_written_with_a_power_of_ten() -> None:
    assert with_interval(3.21e-8, 3.1e-8, 3.32e-8, share=False) == "(3.21 ± 0.11) × 10⁻⁸"
    assert loss(1e-9) == "1.00 × 10⁻⁹"


@pytest.mark.parametrize(
    "half, decimals",
    [(0.12, 2), (0.35, 2), (0.36, 1), (0.94, 1), (0.96, 1), (3.5, 1), (3.6, 0), (12.0, 0), (123.0, 0)],
)
def test_decimals_change_at_a_third_and_never_go_left_of_the_point(half: float, decimals: int) -> None:
    assert decimals_of(half) == decimals


@pytest.mark.parametrize("half", [0.0, math.inf])
def test_a_half_width_of_nothing_or_everything_asks_for_no_decimals(half: float) -> None:
    assert decimals_of(half) is None


@pytest.mark.parametrize(
    "number, text",
    [
        (109386, "109\u2009386"),
        (1234, "1234"),
        (12345, "12\u2009345"),
        (-12345, "−12\u2009345"),
        (1e6, "1\u2009000\u2009000"),
    ],
)
def test_counts_of_five_digits_or_more_have_thin_spaces(number: float, text: str) -> None:
    assert count(number) == text


@pytest.mark.parametrize(
    "seconds, text",
    [
        (0.0, "0 s"),
        (0.42, "0.42 s"),
        (7.3, "7.3 s"),
        (58.6, "59 s"),
        (59.7, "1 min"),
        (72.3, "1 min 12 s"),
        (3599.6, "1 h"),
        (3700, "1 h 2 min"),
        (86399.9, "1 d"),
        (90061, "1 d 1 h"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    "p, text",
    [
        (0.0, "p < 0.001"),
        (0.00099, "p < 0.001"),
        (0.0123, "p = 0.012"),
        (0.0996, "p = 0.10"),
        (0.5, "p = 0.50"),
        (1.0, "p = 1"),
    ],
)
def test_p_values_are_never_said_to_be_zero(p: float, text: str) -> None:
    assert p_value(p) == text


@pytest.mark.parametrize(
    "nats, text", [(0.0721345, "0.0721"), (2.3026, "2.30"), (0.99996, "1.00"), (123.456, "123"), (0.0, "0")]
)
def test_losses_have_three_significant_digits(nats: float, text: str) -> None:
    assert loss(nats) == text


def test_what_rounds_to_nothing_is_not_said_to_be_zero() -> None:
    assert share(0.0001) == "< 0.1 %"
    assert share(0.0) == "0.0 %"
    assert share(0.012) == "1.2 %"


def test_a_negative_number_has_a_true_minus_sign_and_zero_has_none() -> None:
    assert significant(-0.05, 2) == "−0.050"
    assert difference(-0.00001, -0.01, 0.00998, ACCURACY).startswith("0.0 points")


def test_differences_of_shares_are_points_with_their_interval() -> None:
    assert difference(0.0021, -0.0005, 0.0047, ACCURACY) == "0.21 points, 95 % interval −0.05 to 0.47"


def test_a_difference_that_every_seed_repeats_has_no_interval_to_say() -> None:
    assert difference(0.01, 0.01, 0.01, ACCURACY) == "1.00 points with every seed"


def test_counts_of_parameters_are_exact_and_have_no_interval() -> None:
    assert difference(-12345, -12345, -12345, PARAMETERS) == "−12\u2009345 parameters"


def test_a_measured_value_has_its_unit_once() -> None:
    assert measured(0.9786, 0.9774, 0.9798, ACCURACY) == "97.86 ± 0.12 %"
    assert measured(0.25, 0.23, 0.27, LOSS) == "0.250 ± 0.020"
    assert value(0.9778, ACCURACY) == "97.78"


def test_units_belong_to_metrics() -> None:
    gap = parse_metric("train/accuracy:clean - test/accuracy")
    assert [unit(each) for each in (ACCURACY, gap, LOSS, SECONDS)] == ["%", "points", "", "s"]


def test_one_point_is_no_plural() -> None:
    assert joined("1", "points") == "1 point"
    assert joined("−1", "points") == "−1 point"
    assert joined("1.0", "points") == "1.0 points"
