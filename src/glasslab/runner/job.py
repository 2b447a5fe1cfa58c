"""A job: one run to carry out, as a plain value that can be handed to another process."""

from pathlib import Path
from typing import Any

import msgspec

from glasslab.data.places import Places
from glasslab.errors import StudyError
from glasslab.plan.data import read_data
from glasslab.plan.identity import RunSettings
from glasslab.plan.net import read_net
from glasslab.plan.probe import read_probes
from glasslab.plan.recipe import read_recipe
from glasslab.plan.settings import Problems, Settings


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One run, and where and how to carry it out.

    Attributes:
        variant: the variant's name.
        seed: the run's seed.
        hash: names the run's folder.
        identity: what the hash is taken over.
        settings: the run's settings as plain tables.
        folder: the run's folder.
        study_folder: where paths and modules in the study are looked for.
        data_dir: the user's data folder; None for the usual places.
        form: what sets of generated examples must have in common for their runs to be trained together; empty
            for a set that all seeds share.
        probes: the looks inside to take at the end, as plain tables.
        engine: "solo" or "stacked".
        cohort: hashes of the runs that are trained together, in order; empty for one alone.
        device: "cpu", "cuda", "mps".
        threads: for tensor operations on the CPU.
        at_once: runs that are trained on this machine at the same time.
        trained: whether the run has finished, and only the looks inside are to be taken.
    """

    variant: str
    seed: int
    hash: str
    identity: dict[str, Any]
    settings: dict[str, Any]
    folder: str
    study_folder: str
    data_dir: str | None = None
    form: str = ""
    probes: tuple[dict[str, Any], ...] = ()
    engine: str = "solo"
    cohort: tuple[str, ...] = ()
    device: str = "cpu"
    threads: int = 1
    at_once: int = 1
    trained: bool = False

    @property
    def places(self) -> Places:
        """Where the job's data is looked for."""
        data_dir = None if self.data_dir is None else Path(self.data_dir)
        return Places.here(data_dir=data_dir, study_folder=Path(self.study_folder))

    def run_settings(self) -> RunSettings:
        """Returns the run's settings as structs.

        Raises:
            StudyError: when they are not settings; a study that was read has only right ones.
        """
        problems = Problems(self.variant)
        data = read_data(self.settings["data"], problems)
        net = read_net(self.settings["net"], problems)
        recipe = read_recipe(self.settings["recipe"], problems)
        if data is None or net is None or recipe is None:
            raise StudyError(problems.found)
        return RunSettings(data, net, recipe, self.seed)

    def probe_settings(self) -> tuple[Settings, ...]:
        """Returns the settings of the looks inside to take.

        Raises:
            StudyError: when they are not settings; a study that was read has only right ones.
        """
        problems = Problems(self.variant)
        probes = read_probes(list(self.probes), problems)
        if problems.found:
            raise StudyError(problems.found)
        return probes


Unit = tuple[Job, ...]
"""Runs that one process trains with one engine: one run, or a cohort; or one trained run to look into."""

LAST = ("ended", "looked")
"""The kinds of events after which a job says no more."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What a job tells while it is carried out.

    Attributes:
        hash: the job's.
        kind: begun, step, row, ended; "trouble", of a look inside that failed while the run is kept;
            "looked", of a trained run, when its looks are taken; or "died", of a worker, before its end is
            heard.
        step: optimizer steps so far.
        steps: optimizer steps in all.
        row: with kind "row": the new row of the metrics.
        status: with kind "ended": finished, diverged, failed.
        sentence: with the kinds "ended", "trouble" and "looked": how.
        code: with kind "died": the exit code, negative for a signal.
    """

    hash: str
    kind: str
    step: int = 0
    steps: int = 0
    row: dict[str, Any] | None = None
    status: str = ""
    sentence: str = ""
    code: int = 0
