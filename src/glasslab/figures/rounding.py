"""Rounding what is drawn: more digits than a screen can show only make a report larger."""

from typing import overload

DIGITS = 5  # significant ones


@overload
def rounded(number: float) -> float: ...
@overload
def rounded(number: None) -> None: ...
def rounded(number: float | None) -> float | None:
    """Returns a number with five significant digits; None stays."""
    return None if number is None else float(f"{number:.{DIGITS}g}")
