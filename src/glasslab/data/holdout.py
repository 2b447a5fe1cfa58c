"""Choosing which examples to keep: balanced by class, and the same ones whatever the seed."""

import hashlib

import numpy as np

from glasslab.data.dataset import Dataset, Labels, Positions, Split
from glasslab.errors import DataError
from glasslab.plan.data import DataSettings


def limited(dataset: Dataset, settings: DataSettings) -> Dataset:
    """Returns the data set with validation held out of its training examples and its limits applied.

    Validation is taken first, so that another train_limit leaves the validation examples as they are;
    what a smaller limit keeps, a larger one keeps too.

    Args:
        dataset: the whole set.
        settings: its validation, train_limit and test_limit.

    Raises:
        DataError: when a limit is more than there is or fewer than the classes; names the setting.
    """
    classes, train, val = len(dataset.classes), dataset.train, dataset.val
    if settings.validation:
        within("validation", settings.validation, classes, len(train) - 1, "leaving one to train on")
        held = balanced(train.y, settings.validation, "validation")
        rest = np.setdiff1d(np.arange(len(train)), held)
        train, val = train.take(rest), train.take(held)
    left = "all that validation leaves" if settings.validation else "all there are"
    return Dataset(
        train=shortened(train, settings.train_limit, "train", classes, left),
        val=val,
        test=shortened(dataset.test, settings.test_limit, "test", classes, "all there are"),
        classes=dataset.classes,
        origin=dataset.origin,
    )


def shortened(split: Split, limit: int | None, name: str, classes: int, most: str) -> Split:
    """Returns `limit` balanced examples of a split, or the split itself when there is no limit."""
    if limit is None:
        return split
    within(f"{name}_limit", limit, classes, len(split), most)
    return split if limit == len(split) else split.take(balanced(split.y, limit, name))


def within(setting: str, asked: int, least: int, most: int, why_most: str) -> None:
    """Raises DataError when a [data] setting asks for fewer examples than classes, or for too many."""
    if not least <= asked <= most:
        raise DataError(
            f"[data] {setting}: must be from {least} (one a class) to {most} ({why_most}), got {asked}"
        )


def balanced(y: Labels, count: int, purpose: str) -> Positions:
    """Returns `count` positions of `y`, as evenly spread over the classes as they allow, in rising order.

    Each class is shuffled once; then one example is dealt from every class in turn (lowest class first)
    until there are enough. So counts differ by at most one, except where a class runs out.

    Args:
        y: class of each example (N,).
        count: how many to choose, at most N.
        purpose: names the draw; two purposes choose independently.
    """
    # Raw Philox words are specified for good; numpy's shuffling methods may change between versions.
    key = int.from_bytes(hashlib.sha256(f"glasslab {purpose}".encode()).digest()[:16], "little")
    shuffled = np.argsort(np.random.Philox(key=key).random_raw(len(y)), kind="stable")
    by_class = shuffled[np.argsort(y[shuffled], kind="stable")]
    per_class = np.bincount(y)
    turn = np.arange(len(y)) - np.repeat(np.cumsum(per_class) - per_class, per_class)
    return np.sort(by_class[np.argsort(turn, kind="stable")[:count]])
