"""The order of work: which runs of a study are missing, and having them made."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import torch

from glasslab.data.dataset import Dataset
from glasslab.data.load import load, seeded
from glasslab.data.places import Places
from glasslab.errors import DataError, RecordError, StudyError, UsageError
from glasslab.nets.user import source_hash
from glasslab.plan.identity import RunSettings, identity, run_hash
from glasslab.plan.net import UserNet
from glasslab.plan.settings import plain
from glasslab.plan.study import Study, Variant
from glasslab.plan.study_file import study_toml
from glasslab.records.durable import write_file
from glasslab.records.machine import usable_cores
from glasslab.records.manifest import read_manifest
from glasslab.records.run_folder import RunFolder, run_name
from glasslab.runner.executors import Executor, Tell, in_processes, in_this_process
from glasslab.runner.job import Job
from glasslab.training import streams
from glasslab.training.rehearsal import rehearse

DONE = ("finished", "diverged")  # a diverged run would diverge again


@dataclass(frozen=True, slots=True)
class Order:
    """How a study is to be run.

    Attributes:
        out: where study folders are made.
        jobs: processes that train at the same time; None for one a core, but no more than there are runs.
        device: "auto", "cpu", "cuda", "mps".
        data_dir: the user's data folder; None for the usual places.
        download: whether missing data may be fetched.
    """

    out: Path = Path("runs")
    jobs: int | None = None
    device: str = "auto"
    data_dir: Path | None = None
    download: bool = False

    def places(self, study: Study) -> Places:
        """Returns where the study's data is looked for."""
        return Places.here(data_dir=self.data_dir, study_folder=study.folder, download=self.download)


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to do for a study.

    Attributes:
        folder: the study's.
        jobs: runs to make or to go on with, in order.
        done: runs that are there already.
    """

    folder: Path
    jobs: tuple[Job, ...]
    done: int


def survey(study: Study, order: Order) -> Work:
    """Returns what there is to do; everything that is wrong with it is found here, before the first run.

    Raises:
        StudyError: when a net cannot be built on the data, or a recipe does not fit.
        DataError: when data is missing or damaged.
        UsageError: when there is no such device.
    """
    device = choose_device(order.device)
    folder = order.out / study.name
    places = order.places(study)
    fingerprints = Fingerprints(places)
    for variant in study.variants:
        try_variant(study, variant, fingerprints.first(variant, study.seeds[0]))
    jobs: dict[str, Job] = {}
    done: set[str] = set()
    for seed in study.seeds:
        for variant in study.variants:
            settings = RunSettings.of(variant, seed)
            source = source_hash(variant.net.name, study.folder) if isinstance(variant.net, UserNet) else None
            known_by = identity(settings, fingerprints.of(variant, seed), source)
            name = run_hash(known_by)
            where = existing(folder, name) or folder / run_name(variant.name, seed, name)
            if has_ended(where):
                done.add(name)
                continue
            jobs.setdefault(
                name,
                Job(
                    variant=variant.name,
                    seed=seed,
                    hash=name,
                    identity=known_by,
                    settings=settings.table(),
                    folder=str(where),
                    study_folder=str(study.folder),
                    data_dir=None if places.data_dir is None else str(places.data_dir),
                    probes=study.probes,
                    device=device,
                ),
            )
    return Work(folder, tuple(jobs.values()), len(done))


def carry_out_study(study: Study, order: Order, tell: Tell, work: Work | None = None) -> Work:
    """Makes every run that is missing, failed or was interrupted; returns what there was to do.

    Args:
        study: what is asked.
        order: how to run it.
        tell: is told how each run goes.
        work: what `survey` found; surveyed here when None.

    Raises:
        StudyError, DataError, UsageError: see `survey`.
    """
    work = work or survey(study, order)
    write_file(work.folder / "study.toml", study_toml(study).encode())
    if not work.jobs:
        return work
    workers = worker_count(order, work.jobs)
    executor: Executor = in_this_process if workers == 1 else in_processes(workers)
    executor([msgspec.structs.replace(job, at_once=workers) for job in work.jobs], tell)
    return work


def worker_count(order: Order, jobs: Sequence[Job]) -> int:
    """Returns how many runs are trained at the same time: one a core on the CPU, one on an accelerator."""
    most = order.jobs or (usable_cores() if jobs[0].device == "cpu" else 1)
    return min(most, len(jobs))


def choose_device(name: str) -> str:
    """Returns the device that "auto" means here, or the one that was asked for.

    Raises:
        UsageError: when this machine does not have it.
    """
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return next(device for device, available in there.items() if available)
    if name not in there:
        raise UsageError(f"--device: must be one of auto, {', '.join(there)}, got '{name}'")
    if not there[name]:
        have = ", ".join(device for device, available in there.items() if available)
        raise UsageError(f"--device: this machine has no {name}; it has {have}")
    return name


class Fingerprints:
    """The data sets that a study needs, each loaded once for its fingerprint and its shapes."""

    def __init__(self, places: Places) -> None:
        """Nothing is loaded yet."""
        self.places = places
        self.known: dict[str, str] = {}
        self.sets: dict[str, Dataset] = {}

    def of(self, variant: Variant, seed: int) -> str:
        """Returns the fingerprint of the examples of one run."""
        key = self.key(variant, seed)
        if key not in self.known:
            self.known[key] = self.load(variant, seed).fingerprint
        return self.known[key]

    def first(self, variant: Variant, seed: int) -> Dataset:
        """Returns a variant's data for one seed, kept for other variants with the same."""
        key = self.key(variant, seed)
        if key not in self.sets:
            self.sets[key] = self.load(variant, seed)
            self.known[key] = self.sets[key].fingerprint
        return self.sets[key]

    def load(self, variant: Variant, seed: int) -> Dataset:
        """Returns a variant's data for one seed."""
        return load(variant.data, streams.generator(seed, "data"), self.places)

    def key(self, variant: Variant, seed: int) -> str:
        """Returns what tells data sets apart: their settings, and the seed where they are made from it."""
        return repr((plain(variant.data), seed if seeded(variant.data) else None))


def try_variant(study: Study, variant: Variant, dataset: Dataset) -> None:
    """Builds a variant's network and loss on its data once.

    Raises:
        StudyError: when they do not go together; names the variant.
    """
    try:
        rehearse(RunSettings.of(variant, study.seeds[0]), dataset, study.folder)
    except (StudyError, DataError) as error:
        where = f"{study.name}" if len(study.variants) == 1 else f"{study.name}, variant {variant.name}:"
        raise StudyError([f"{where} {problem}" for problem in str(error).splitlines()]) from error


def existing(folder: Path, name: str) -> Path | None:
    """Returns the folder of a run of this hash, under whatever variant's name it was made."""
    return next(iter(sorted(folder.glob(f"*-{name}"))), None)


def has_ended(path: Path) -> bool:
    """Returns whether a run is there that need not be made again.

    Raises:
        RecordError: when its manifest is damaged.
    """
    manifest = RunFolder(path).manifest
    if not manifest.is_file():
        return False
    try:
        return read_manifest(manifest).status in DONE
    except RecordError:
        return False
