"""The one door to every data set: settings in, checked examples out."""

import numpy as np

from glasslab.data.dataset import Dataset
from glasslab.data.holdout import limited
from glasslab.data.pixels import repainted
from glasslab.data.places import Places
from glasslab.plan.data import DATASETS, Cifar10, Data, DataSettings
from glasslab.plan.settings import builder


def load(settings: Data, rng: np.random.Generator, places: Places) -> Dataset:
    """Returns the data set that the settings describe, split, limited and checked.

    Args:
        settings: which set, and how much of it.
        rng: draws the points of a made set; real sets do not use it, so their splits never change.
        places: where to look, and whether to download.

    Raises:
        DataError: when the set is missing or damaged, or a setting asks for what it does not have.
    """
    dataset: Dataset = builder(DATASETS, settings)(settings, rng, places)
    if isinstance(settings, DataSettings):
        dataset = limited(dataset, settings)
    if isinstance(settings, Cifar10):
        # After the limits, so that only the photographs that are kept are resized.
        dataset = repainted(dataset, settings.grey, settings.size)
    return dataset
