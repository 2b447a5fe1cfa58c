"""Setups for tests of training: small nets on made points."""

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
from glasslab.training.checkpoint import Lengths
from glasslab.training.journal import Journal
from glasslab.training.progress import Progress
from glasslab.training.setup import DTYPES, Setup, make_setup
from glasslab.training.solo import train


def settings_of(
    data: dict[str, Any], net: dict[str, Any], recipe: dict[str, Any], seed: int = 0
) -> RunSettings:
    """Returns run settings from plain tables."""
    tables = {"question": "a test", "data": data, "net": net, "recipe": recipe}
    return RunSettings.of(make_study(tables, "test", Options()).variants[0], seed)


def setup_of(settings: RunSettings) -> Setup:
    """Returns what a run with these settings trains with."""
    dataset = load(settings.data, streams.generator(settings.seed, "data"), Places.here())
    dtype = DTYPES[settings.recipe.course.precision]
    return make_setup(settings, to_tensors(dataset, settings.data, torch.device("cpu"), dtype))


def trained(settings: RunSettings, folder: Path) -> tuple[Setup, Progress, list[dict[str, Any]]]:
    """Trains a run to its end; returns its setup, its progress, and the rows that its journal was told."""
    setup, progress = setup_of(settings), Progress()
    rows: list[dict[str, Any]] = []
    journal = Journal(RunFolder(folder), Lengths(), lambda step, row: rows.append(row) if row else None)
    train(setup, progress, journal)
    journal.close()
    return setup, progress, rows
