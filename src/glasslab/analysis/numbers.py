"""How numbers are said: digits that follow the interval, thin separators, durations as people say them."""

import math

from glasslab.plan.metric import Metric

THIN = "\u2009"  # thin space between groups of three digits
MINUS = "\u2212"
TIMES = "\u00d7"
PLAIN_UNTIL = 6  # decimals; what needs more is written with a power of ten
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def with_interval(mean: float, low: float | None, high: float | None, share: bool) -> str:
    """Returns a mean with half its interval, "97.86 ± 0.12"; the mean alone where there is no interval.

    Args:
        mean: in the metric's unit; a share between 0 and 1 where `share` is set.
        low: lower end of an interval that lies evenly around the mean, or None.
        high: upper end, or None.
        share: whether to say it in per cent; the sign "%" is left to the heading.
    """
    factor = 100 if share else 1
    mean = factor * mean
    if low is None or high is None:
        return alone(mean, share)
    half = factor * (high - low) / 2
    decimals = decimals_of(half)
    if decimals is None:
        return f"{alone(mean, share)} ± 0"
    if decimals > PLAIN_UNTIL:
        power = math.floor(math.log10(max(abs(mean), half)))
        digits = decimals + power
        return (
            f"({fixed(mean / 10**power, digits)} ± {fixed(half / 10**power, digits)}) {TIMES} {ten_to(power)}"
        )
    return f"{fixed(mean, decimals)} ± {fixed(half, decimals)}"


def decimals_of(half: float) -> int | None:
    """Returns how many decimals go with half an interval's width; None for a width of 0.

    They show two digits of a half-width that begins with 10 to 35, and one of those beyond, where a second
    would be less than a tenth of it: ± 0.12, ± 0.5, and 0.098 as ± 0.10. From 10 on there are no decimals.

    Source: the rounding rule of the Particle Data Group (Review of Particle Physics, Introduction).
    """
    if not half > 0 or math.isinf(half):
        return None
    power = math.floor(math.log10(half))
    two_digits = half / 10.0 ** (power - 1) < 35.5
    return max(0, 1 - power if two_digits else -power)


def fixed(number: float, decimals: int) -> str:
    """Returns a number with so many decimals, thin separators from five digits on, and a true minus sign."""
    text = f"{abs(number):.{decimals}f}"
    whole, dot, rest = text.partition(".")
    sign = MINUS if number < 0 and float(text) != 0 else ""
    return sign + grouped(whole) + dot + rest


def grouped(digits: str) -> str:
    """Returns digits in groups of three from the right, where there are five or more."""
    if len(digits) < 5:
        return digits
    first = len(digits) % 3
    groups = [digits[:first]] if first else []
    return THIN.join(groups + [digits[i : i + 3] for i in range(first, len(digits), 3)])


def ten_to(power: int) -> str:
    """Returns a power of ten with a raised exponent: 10⁻⁵."""
    return "10" + str(power).translate(SUPERSCRIPTS)


def alone(number: float, share: bool) -> str:
    """Returns a number that has no interval: per cent with two decimals, others with three digits."""
    return fixed(number, 2) if share else significant(number, 3)


def significant(number: float, digits: int) -> str:
    """Returns a number with so many significant digits; whole numbers of that length or more stay whole."""
    if number == 0 or not math.isfinite(number):
        return "0" if number == 0 else str(number).replace("-", MINUS)
    power = math.floor(math.log10(abs(number)))
    if round(abs(number), digits - 1 - power) >= 10 ** (power + 1):
        power += 1
    decimals = digits - 1 - power
    if decimals > PLAIN_UNTIL:
        return f"{fixed(number / 10**power, digits - 1)} {TIMES} {ten_to(power)}"
    return fixed(number, max(0, decimals))


def count(number: float) -> str:
    """Returns a whole number with thin separators: 109 386."""
    return fixed(round(number), 0)


def loss(nats: float) -> str:
    """Returns a loss with three significant digits: 0.0721."""
    return significant(nats, 3)


def duration(seconds: float) -> str:
    """Returns a time as people say it: "0.42 s", "7.3 s", "1 min 12 s", "2 h 5 min", "3 d 4 h"."""
    if seconds < 9.95:
        return f"{significant(seconds, 2)} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return two_units(whole, (60, "min"), (1, "s"))
    minutes = round(whole / 60)
    if minutes < 24 * 60:
        return two_units(minutes, (60, "h"), (1, "min"))
    return two_units(round(whole / 3600), (24, "d"), (1, "h"))


def two_units(total: int, larger: tuple[int, str], smaller: tuple[int, str]) -> str:
    """Returns a whole number of the smaller unit in both: 72 s as "1 min 12 s", 60 s as "1 min"."""
    many, rest = divmod(total, larger[0])
    return f"{many} {larger[1]}" + (f" {rest} {smaller[1]}" if rest else "")


def size(byte_count: int) -> str:
    """Returns a file's size: "640 kB", "1.2 MB" (powers of ten)."""
    if byte_count < 1_000_000:
        return f"{max(1, round(byte_count / 1000))} kB"
    return f"{byte_count / 1e6:.1f} MB"


def p_value(p: float) -> str:
    """Returns a p-value: "p = 0.012", "p < 0.001"; exactly 0 or 1 only for what is without randomness."""
    if p < 0.001:
        return "p < 0.001"
    if p > 0.995:
        return "p = 1"
    return f"p = {fixed(p, 3 if p < 0.0995 else 2)}"


def share(part: float, decimals: int = 1) -> str:
    """Returns a share in per cent: "1.2 %", and "< 0.1 %" for what would round to nothing."""
    least = 10.0**-decimals
    if 0 < 100 * part < least / 2:
        return f"< {fixed(least, decimals)} %"
    return f"{fixed(100 * part, decimals)} %"


def value(number: float, metric: Metric) -> str:
    """Returns one run's value of a metric, without its unit."""
    if metric.exact:
        return count(number)
    return alone(100 * number if metric.is_share else number, metric.is_share)


def measured(mean: float, low: float | None, high: float | None, metric: Metric) -> str:
    """Returns a metric's mean with half its interval and its unit: "97.86 ± 0.12 %"."""
    if metric.exact:
        return count(mean)
    return joined(with_interval(mean, low, high, metric.is_share), unit(metric))


def unit(metric: Metric) -> str:
    """Returns the unit that a metric's values are said in; empty where they have none."""
    if metric.is_share:
        return "%" if len(metric.names) == 1 else "points"
    if set(metric.names) == {"seconds"}:
        return "s"
    return "parameters" if metric.exact else ""


def difference_unit(metric: Metric) -> str:
    """Returns the unit of a difference between two values: per cent less per cent are points."""
    return "points" if metric.is_share else unit(metric)


def joined(number: str, its_unit: str) -> str:
    """Returns a number with its unit after it, "1 point" too."""
    if its_unit == "points" and number.lstrip("−") == "1":
        return f"{number} point"
    return f"{number} {its_unit}" if its_unit else number


def difference(mean: float, low: float | None, high: float | None, metric: Metric) -> str:
    """Returns a difference and its interval: "0.21 points, 95 % interval −0.05 to 0.47".

    Args:
        mean: mean difference in the metric's unit, shares as shares.
        low: lower end of the interval; None where there is none.
        high: upper end.
        metric: what differs.
    """
    return with_ends(
        joined(difference_alone(mean, low, high, metric), difference_unit(metric)), low, high, metric
    )


def with_ends(said: str, low: float | None, high: float | None, metric: Metric) -> str:
    """Returns what was said of a mean with its interval after it, where it has one."""
    if metric.exact or low is None or high is None:
        return said
    if low == high:
        return f"{said} with every seed"
    return f"{said}, 95 % interval {ends(low, high, metric)}"


def difference_alone(mean: float, low: float | None, high: float | None, metric: Metric) -> str:
    """Returns a difference's mean, with the digits that its interval allows and without unit."""
    factor = 100 if metric.is_share else 1
    if metric.exact:
        return count(mean)
    decimals = decimals_of(factor * (high - low) / 2) if low is not None and high is not None else None
    if decimals is None:
        return alone(factor * mean, metric.is_share)
    return fixed(factor * mean, decimals) if decimals <= PLAIN_UNTIL else significant(factor * mean, 2)


def ends(low: float, high: float, metric: Metric) -> str:
    """Returns an interval's two ends: "−0.05 to 0.47", without unit."""
    factor = 100 if metric.is_share else 1
    decimals = decimals_of(factor * (high - low) / 2)
    if decimals is None or decimals > PLAIN_UNTIL:
        return f"{alone(factor * low, metric.is_share)} to {alone(factor * high, metric.is_share)}"
    return f"{fixed(factor * low, decimals)} to {fixed(factor * high, decimals)}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """Returns a count with its noun: "1 seed", "5 seeds"."""
    return f"{count(number)} {noun if number == 1 else plural or noun + 's'}"
