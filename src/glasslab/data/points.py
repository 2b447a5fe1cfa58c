"""Made points in the plane, drawn anew for each run's seed, and exclusive or.

The shapes are scikit-learn's make_blobs, make_moons and make_circles.
"""

import numpy as np
from numpy.typing import ArrayLike

from glasslab.data.dataset import Dataset, Split
from glasslab.data.places import Places
from glasslab.errors import DataError
from glasslab.plan.data import Blobs, Circles, Moons, PointSettings, Xor


def blobs(settings: Blobs, rng: np.random.Generator, places: Places) -> Dataset:
    """Returns Gaussian clouds around centers drawn uniformly from the square of -10 to 10.

    Raises:
        DataError: when there are fewer points than clouds.
    """
    if settings.samples < settings.centers:
        raise DataError(
            f"[data] samples: {settings.samples} points are fewer than the {settings.centers} clouds "
            f"of [data] centers; ask for {settings.centers} or more"
        )
    from sklearn.datasets import make_blobs  # noqa: PLC0415 takes as long to load as PyTorch

    x, y = make_blobs(
        n_samples=settings.samples,
        centers=settings.centers,
        cluster_std=settings.deviation,
        random_state=random_state(rng),
    )
    return parted(x, y, settings, "blobs", tuple(str(cloud) for cloud in range(settings.centers)))


def moons(settings: Moons, rng: np.random.Generator, places: Places) -> Dataset:
    """Returns two half circles that interleave, with Gaussian noise."""
    from sklearn.datasets import make_moons  # noqa: PLC0415 takes as long to load as PyTorch

    x, y = make_moons(n_samples=settings.samples, noise=settings.noise, random_state=random_state(rng))
    return parted(x, y, settings, "moons", ("upper", "lower"))


def circles(settings: Circles, rng: np.random.Generator, places: Places) -> Dataset:
    """Returns a circle of radius `factor` inside one of radius 1, with Gaussian noise."""
    from sklearn.datasets import make_circles  # noqa: PLC0415 takes as long to load as PyTorch

    x, y = make_circles(
        n_samples=settings.samples,
        noise=settings.noise,
        factor=settings.factor,
        random_state=random_state(rng),
    )
    return parted(x, y, settings, "circles", ("outer", "inner"))


def xor(settings: Xor, rng: np.random.Generator, places: Places) -> Dataset:
    """Returns the corners of the unit square labelled by exclusive or; the same four train and test."""
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
    corners = Split.whole(x, np.array([0, 1, 1, 0], dtype=np.int64))
    return Dataset(corners, None, corners, ("0", "1"), "xor (made)")


def random_state(rng: np.random.Generator) -> np.random.RandomState:
    """Returns the older kind of generator that scikit-learn takes, seeded by the next draw of `rng`."""
    return np.random.RandomState(int(rng.integers(2**32)))  # scikit-learn takes no other


def parted(
    x: ArrayLike, y: ArrayLike, settings: PointSettings, name: str, classes: tuple[str, ...]
) -> Dataset:
    """Returns shuffled points with the settings' share of them, at least one, held out as the test set."""
    points = Split.whole(np.asarray(x, dtype=np.float32), np.asarray(y, dtype=np.int64))
    held = min(max(round(settings.samples * settings.test), 1), settings.samples - 1)
    rows = np.arange(len(points))
    return Dataset(points.take(rows[held:]), None, points.take(rows[:held]), classes, f"{name} (made)")
