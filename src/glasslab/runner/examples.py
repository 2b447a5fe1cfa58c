"""The examples of a run, on the device that it is trained or looked into on."""

import torch

from glasslab.data.dataset import Dataset
from glasslab.data.load import load
from glasslab.data.tensors import Tensors, to_tensors
from glasslab.plan.identity import RunSettings
from glasslab.runner.job import Job
from glasslab.training import streams
from glasslab.training.setup import DTYPES

_last: dict[str, tuple[Dataset, Tensors]] = {}  # the data of the run before: most runs of a study share it


def examples(settings: RunSettings, job: Job) -> tuple[Dataset, Tensors]:
    """Returns a run's data, on its device; kept for the next run of this process that needs the same."""
    precision = settings.recipe.course.precision
    key = repr((job.identity["data"], precision, job.device))
    if key not in _last:
        _last.clear()
        dataset = load(settings.data, streams.generator(settings.seed, "data"), job.places)
        tensors = to_tensors(dataset, settings.data, torch.device(job.device), DTYPES[precision])
        _last[key] = dataset, tensors
    return _last[key]
