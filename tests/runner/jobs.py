"""Small jobs for tests: a few steps on made points, done in milliseconds."""

from pathlib import Path
from typing import Any

from glasslab.data.dataset import Dataset
from glasslab.data.load import load
from glasslab.data.places import Places
from glasslab.plan.identity import RunSettings, identity, run_hash
from glasslab.plan.probe import probe_table
from glasslab.plan.study import Study
from glasslab.plan.study_file import Options, make_study
from glasslab.runner.job import Job
from glasslab.training import streams

TWENTY_STEPS: dict[str, Any] = {
    "question": "Does it come to the same bytes?",
    "seeds": 1,
    "data": {"name": "moons", "samples": 50, "validation": 10},
    "net": {"name": "mlp", "widths": [8], "dropout": 0.2},
    "recipe": {
        "lr": 0.01,
        "epochs": 5,
        "batch_size": 8,
        "schedule": "cosine",
        "keep": "best",
        "clip_norm": 1.0,
    },
}


def small_study(**changes: Any) -> Study:
    """Returns the twenty-step study with some tables replaced."""
    return make_study(TWENTY_STEPS | changes, "small", Options())


def data_of(study: Study, seed: int = 0) -> Dataset:
    """Returns the data of a study's first variant."""
    return load(study.variants[0].data, streams.generator(seed, "data"), Places.here())


def job_of(study: Study, folder: Path, seed: int = 0) -> Job:
    """Returns the job of a study's first variant, with its run folder at `folder`."""
    settings = RunSettings.of(study.variants[0], seed)
    known_by = identity(settings, data_of(study, seed).fingerprint)
    return Job(
        variant=study.variants[0].name,
        seed=seed,
        hash=run_hash(known_by),
        identity=known_by,
        settings=settings.table(),
        folder=str(folder),
        study_folder=".",
        probes=tuple(map(probe_table, study.probes)),
    )
