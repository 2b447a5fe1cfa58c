"""Palindromes of digits, whose last digit a network with memory can know from the first."""

import numpy as np

from glasslab.data.dataset import Dataset, Split
from glasslab.data.places import Places
from glasslab.errors import DataError
from glasslab.plan.data import Palindromes

MOST_DIGITS = 10**9  # 4 GB as float32
DIGITS = tuple(str(digit) for digit in range(10))


def load(settings: Palindromes, rng: np.random.Generator, places: Places) -> Dataset:
    """Returns palindromes of length T: sequences (N, T - 1, 1) of all digits but the last, the class.

    The free half of the digits is drawn uniformly; what is trained on is drawn before what is tested on.

    Raises:
        DataError: when they are too many for a computer's memory.
    """
    count = settings.train + settings.test
    if count * (settings.length - 1) > MOST_DIGITS:
        raise DataError(
            f"[data] train, test: {count:,} palindromes of length {settings.length} are more than "
            f"{MOST_DIGITS:,} digits to read; ask for fewer"
        )
    train, test = (drawn(count, settings.length, rng) for count in (settings.train, settings.test))
    return Dataset(train, None, test, DIGITS, "palindromes (made)")


def drawn(count: int, length: int, rng: np.random.Generator) -> Split:
    """Returns so many palindromes."""
    half = rng.integers(0, 10, size=(count, (length + 1) // 2))
    digits = np.concatenate([half, half[:, : length // 2][:, ::-1]], axis=1)
    return Split.whole(digits[:, :-1, None].astype(np.float32), digits[:, -1].copy())
