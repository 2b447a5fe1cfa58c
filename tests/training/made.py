"""Setups for tests of training: small nets on made points."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from glasslab.data.load import load
from glasslab.data.places import Places
from glasslab.data.tensors import to_tensors
from glasslab.plan.identity import RunSettings
from glasslab.plan.study_file import Options, make_study
from glasslab.records.run_folder import RunFolder
from glasslab.training import streams
from glasslab.training.journal import Journal, Page
from glasslab.training.loop import Engine, train
from glasslab.training.progress import Progress, Trainee
from glasslab.training.setup import DTYPES, Setup, make_setup
from glasslab.training.solo import Solo


def settings_of(
    data: dict[str, Any], net: dict[str, Any], recipe: dict[str, Any], seed: int = 0
) -> RunSettings:
    """Returns run settings from plain tables."""
    tables = {"question": "a test", "data": data, "net": net, "recipe": recipe}
    return RunSettings.of(make_study(tables, "test", Options()).variants[0], seed)


def setup_of(settings: RunSettings, device: torch.device | str = "cpu") -> Setup:
    """Returns what a run with these settings trains with."""
    dataset = load(settings.data, streams.generator(settings.seed, "data"), Places.here())
    dtype = DTYPES[settings.recipe.course.precision]
    return make_setup(settings, to_tensors(dataset, settings.data, torch.device(device), dtype))


def trained(settings: RunSettings, folder: Path) -> tuple[Setup, Progress, list[dict[str, Any]]]:
    """Trains a run to its end; returns its setup with its final weights, its progress, and its rows."""
    trainee = Trainee(setup_of(settings))
    (rows,) = train_all(Solo(trainee), [trainee], folder)
    trainee.setup.net.load_state_dict(trainee.progress.weights)
    return trainee.setup, trainee.progress, rows


def train_all(engine: Engine, trainees: Sequence[Trainee], folder: Path) -> list[list[dict[str, Any]]]:
    """Trains an engine's runs to their ends; returns the rows that were told of each."""
    rows: list[list[dict[str, Any]]] = [[] for _ in trainees]
    places = {id(trainee): place for place, trainee in enumerate(trainees)}

    def watch(trainee: Trainee, row: dict[str, Any] | None) -> None:
        if row:
            rows[places[id(trainee)]].append(row)

    several = len(trainees) > 1
    folders = [folder / str(place) if several else folder for place in range(len(trainees))]
    pages = [Page(RunFolder(own), trainee) for own, trainee in zip(folders, trainees, strict=True)]
    train(engine, Journal(pages, lambda lengths: None, watch))
    for page in pages:
        page.close()
    return rows
