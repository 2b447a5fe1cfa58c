"""A rehearsal: building what a run would train with, so that mistakes show before any run starts."""

from pathlib import Path

from torch import nn

from glasslab.data.augment import check_augment
from glasslab.data.dataset import Dataset
from glasslab.nets.network import make
from glasslab.nets.trial import trial
from glasslab.plan.identity import RunSettings
from glasslab.recipes.losses import make_loss
from glasslab.training import streams


def rehearse(settings: RunSettings, dataset: Dataset, folder: Path = Path()) -> nn.Module:
    """Returns a run's network, built on its data with its loss, after passing one example through.

    Args:
        settings: the run's.
        dataset: its data.
        folder: where a user's own module is looked for.

    Raises:
        StudyError: when net, data and recipe do not go together.
    """
    check_augment(settings.recipe.course.augment, dataset.input_shape)
    outputs = make_loss(settings.recipe.loss).outputs(len(dataset.classes))
    net = make(
        settings.net, dataset.input_shape, outputs, streams.generator(settings.seed, "init"), folder=folder
    )
    trial(net, dataset.input_shape)
    return net
