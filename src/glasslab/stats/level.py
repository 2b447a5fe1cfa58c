"""Levels: the probabilities one chooses (confidence, error, power) and the ones one finds (p-values)."""

ALPHA = 0.05  # the error level of every verdict


def require_level(name: str, value: float) -> None:
    """Passes a level and refuses everything else, percentages among it.

    Raises:
        ValueError: the value is not strictly between 0 and 1.
    """
    if not 0.0 < value < 1.0:
        raise ValueError(f"{name}: must be strictly between 0 and 1, got {value}; write 95 % as 0.95")


def require_probability(name: str, value: float) -> None:
    """Passes a p-value, 0 and 1 included.

    Raises:
        ValueError: the value is not between 0 and 1.
    """
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name}: must be a p-value from 0 to 1, got {value}; leave out what was not tested")
