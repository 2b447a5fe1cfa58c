"""The order of work: which runs of a study are missing, and having them made."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from glasslab.data.dataset import Dataset
from glasslab.data.places import Places
from glasslab.errors import DataError, RecordError, StudyError, UsageError, nearest
from glasslab.nets.mkl import choose_kernels
from glasslab.nets.user import source_hash
from glasslab.plan.data import drawn_per_seed
from glasslab.plan.identity import RunSettings, identity, run_hash
from glasslab.plan.net import NumpyMlp, UserNet, net_table
from glasslab.plan.probe import probe_name, probe_table
from glasslab.plan.settings import Settings, plain
from glasslab.plan.study import Study, Variant
from glasslab.plan.study_file import study_toml
from glasslab.probes.look import check_probes
from glasslab.probes.prospect import Prospect
from glasslab.records.durable import write_file
from glasslab.records.machine import usable_cores
from glasslab.records.manifest import Manifest, read_manifest
from glasslab.records.run_folder import COHORTS, RunFolder, cohort_checkpoint, run_name
from glasslab.runner.carry_out import fresh_manifest, gone_on_with, manifest_in
from glasslab.runner.cohorts import check_engine, engine_of, units_of
from glasslab.runner.crew import Crew
from glasslab.runner.device import choose_device
from glasslab.runner.executors import Executor, Tell, in_processes, in_this_process
from glasslab.runner.fingerprints import Fingerprints
from glasslab.runner.job import Job
from glasslab.runner.looks import to_look_into
from glasslab.training.pace import Pace
from glasslab.training.rehearsal import rehearse

DONE = ("finished", "diverged")  # a diverged run would diverge again


@dataclass(frozen=True, slots=True)
class Order:
    """How a study is to be run.

    Attributes:
        out: where study folders are made.
        jobs: processes that train at the same time; None for one a core, but no more than there are runs.
        device: "auto", "cpu", "cuda", "mps".
        engine: "auto", "solo", "stacked".
        data_dir: the user's data folder; None for the usual places.
        download: whether missing data may be fetched.
        only: names of the variants to train; empty for all. The others keep what they have.
    """

    out: Path = Path("runs")
    jobs: int | None = None
    device: str = "auto"
    engine: str = "auto"
    data_dir: Path | None = None
    download: bool = False
    only: tuple[str, ...] = ()

    def places(self, study: Study) -> Places:
        """Returns where the study's data is looked for."""
        return Places.here(data_dir=self.data_dir, study_folder=study.folder, download=self.download)

    def variants(self, study: Study) -> tuple[Variant, ...]:
        """Returns the variants to train.

        Raises:
            UsageError: when `only` names one that the study does not have.
        """
        known = [variant.name for variant in study.variants]
        for name in self.only:
            if name not in known:
                raise UsageError(f"--only {name}: {study.name} has no such variant{nearest(name, known)}")
        return tuple(v for v in study.variants if not self.only or v.name in self.only)


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to do for a study.

    Attributes:
        folder: the study's.
        jobs: runs to make or to go on with, in order.
        done: runs that are there already.
        looks: those of them that lack looks inside, each with the probes that are to look.
        unfit: a sentence for each probe and variant that do not go together.
    """

    folder: Path
    jobs: tuple[Job, ...]
    done: int
    looks: tuple[Job, ...] = ()
    unfit: tuple[str, ...] = ()


def survey(study: Study, order: Order) -> Work:
    """Returns what there is to do; everything that is wrong with it is found here, before the first run.

    Raises:
        StudyError: when a net cannot be built on the data, or a recipe does not fit.
        DataError: when data is missing or damaged.
        UsageError: when there is no such device, engine or variant.
    """
    check_engine(order.engine)
    choose_kernels()
    variants = order.variants(study)
    site = Site(order.out / study.name, order.places(study), choose_device(order.device))
    fingerprints = Fingerprints(site.places)
    sight = Sight(study.probes)
    for variant in variants:
        site.device_of(variant, order.device)
        dataset = fingerprints.first(variant, study.seeds[0])
        sight.of(variant.name, try_variant(study, variant, dataset))
    if not order.only:
        sight.require_some(study.name)
    jobs: dict[str, Job] = {}
    for seed in study.seeds:
        for variant in variants:
            job = site.job(study, variant, seed, fingerprints.of(variant, seed), order.device)
            form = form_of(variant, fingerprints.first(variant, study.seeds[0]))
            probes = tuple(map(probe_table, sight.fitting[variant.name]))
            jobs.setdefault(job.hash, msgspec.structs.replace(job, form=form, probes=probes))
    waiting = missing(jobs, order.engine)
    coming = {job.hash for job in waiting}
    looks = to_look_into(job for job in jobs.values() if job.hash not in coming)
    return Work(site.folder, waiting, len(jobs) - len(waiting), looks, sight.unfit)


class Sight:
    """Which of a study's probes can look at which of its variants.

    Attributes:
        fitting: the probes that can, by the variant's name.
        refusals: variant, probe, and why it cannot, for each that cannot.
    """

    def __init__(self, probes: Sequence[Settings]) -> None:
        """Begins with the probes that a study asks for."""
        self.probes = probes
        self.fitting: dict[str, tuple[Settings, ...]] = {}
        self.refusals: list[tuple[str, str, str]] = []

    def of(self, variant: str, prospect: Prospect) -> None:
        """Asks each probe whether it can look at a variant."""
        found = []
        for probe in self.probes:
            try:
                check_probes([probe], prospect)
                found.append(probe)
            except StudyError as error:
                self.refusals.append((variant, probe_name(probe), str(error)))
        self.fitting[variant] = tuple(found)

    def require_some(self, study: str) -> None:
        """Raises StudyError for the probes that can look at no variant at all, which is a mistake."""
        seen = {probe_name(probe) for found in self.fitting.values() for probe in found}
        blind = [name for name in map(probe_name, self.probes) if name not in seen]
        wrong = [each for each in self.refusals if each[1] in blind]
        if wrong:
            raise StudyError([f"{study}, variant {variant}: {why}" for variant, _, why in wrong])

    @property
    def unfit(self) -> tuple[str, ...]:
        """A sentence for each probe that cannot look at a variant."""
        return tuple(
            f"{variant} is not looked into with {name}: " + why.removeprefix(f"probes: '{name}' ")
            for variant, name, why in self.refusals
        )


def form_of(variant: Variant, dataset: Dataset) -> str:
    """Returns what generated sets of one form have in common; empty for a set that all seeds share."""
    if not drawn_per_seed(variant.data):
        return ""
    splits = (dataset.train, dataset.val, dataset.test)
    sizes = [0 if split is None else len(split) for split in splits]
    return repr((dataset.input_shape, len(dataset.classes), sizes))


def missing(jobs: Mapping[str, Job], engine: str) -> tuple[Job, ...]:
    """Returns the runs that there are to make, each with its engine.

    A run that was interrupted goes on with the engine, and in the cohort, that it began with, as long as
    their checkpoint is there; those of its cohort that have ended since the checkpoint come along. Without
    a checkpoint it begins anew, by the same engine with what is left of its cohort.

    Args:
        jobs: all runs of the study by hash.
        engine: as it was asked for.
    """
    found: dict[str, Job] = {}
    for job in jobs.values():
        folder = RunFolder(Path(job.folder))
        if has_ended(folder):
            continue
        before = manifest_in(folder)
        if before is not None and engine in ("auto", before.engine) and can_go_on(before, folder, jobs):
            found |= {name: as_before(jobs[name], before) for name in before.cohort or (job.hash,)}
        elif before is not None and engine in ("auto", before.engine) and before.cohort:
            left = tuple(
                name
                for name in before.cohort
                if name in jobs and not has_ended(RunFolder(Path(jobs[name].folder)))
            )
            found[job.hash] = msgspec.structs.replace(job, engine=before.engine, cohort=left)
        elif job.hash not in found:
            found[job.hash] = msgspec.structs.replace(job, engine=engine_of(job, engine))
    return tuple(found[name] for name in jobs if name in found)


def as_before(job: Job, manifest: Manifest) -> Job:
    """Returns a job with the engine and in the cohort that a manifest names."""
    return msgspec.structs.replace(job, engine=manifest.engine, cohort=manifest.cohort)


def can_go_on(manifest: Manifest, folder: RunFolder, jobs: Mapping[str, Job]) -> bool:
    """Returns whether a run's checkpoint is there, and every run of its cohort can go on from it.

    A run that was trained anew since, in other company or by other code, is left alone, and its cohort too.
    """
    if not manifest.cohort:
        return folder.checkpoint.is_file()
    if not cohort_checkpoint(folder.path.parent, manifest.cohort).is_file():
        return False
    for name in manifest.cohort:
        if name not in jobs:
            return False
        own = manifest_in(RunFolder(Path(jobs[name].folder)))
        fresh = fresh_manifest(as_before(jobs[name], manifest))
        if own is None or own.cohort != manifest.cohort or gone_on_with(own, fresh) is None:
            return False
    return True


@dataclass(frozen=True, slots=True)
class Site:
    """Where a study's runs are made.

    Attributes:
        folder: the study's.
        places: where its data is looked for.
        device: what trains.
    """

    folder: Path
    places: Places
    device: str

    def device_of(self, variant: Variant, asked: str) -> str:
        """Returns what trains a variant: the CPU where its net is computed in NumPy.

        Raises:
            StudyError: when such a net was asked to train on another device, or the device does not have the
                precision.
        """
        if not isinstance(variant.net, NumpyMlp):
            if variant.recipe.course.precision == "tf32" and self.device != "cuda":
                why = "'tf32' is for NVIDIA GPUs"
                where = f"variant {variant.name}: [recipe] precision:"
                raise StudyError([f"{where} {why}, and this trains on {self.device}; set 'float32'"])
            return self.device
        if asked not in ("auto", "cpu"):
            why = f"[net] name: 'numpy-mlp' trains on the CPU only, not on {asked}; set --device auto"
            raise StudyError([f"variant {variant.name}: {why}"])
        return "cpu"

    def job(self, study: Study, variant: Variant, seed: int, fingerprint: str, asked: str) -> Job:
        """Returns the job of one run; its folder is the one it has already, under whatever variant's name."""
        settings = RunSettings.of(variant, seed)
        source = source_hash(variant.net.name, study.folder) if isinstance(variant.net, UserNet) else None
        known_by = identity(settings, fingerprint, source)
        name = run_hash(known_by)
        there = next(iter(sorted(self.folder.glob(f"*-{name}"))), None)
        return Job(
            variant=variant.name,
            seed=seed,
            hash=name,
            identity=known_by,
            settings=settings.table(),
            folder=str(there or self.folder / run_name(variant.name, seed, name)),
            study_folder=str(study.folder),
            data_dir=None if self.places.data_dir is None else str(self.places.data_dir),
            device=self.device_of(variant, asked),
        )


def carry_out_study(
    study: Study, order: Order, tell: Tell, work: Work | None = None, crew: Crew | None = None
) -> Work:
    """Makes every run that is missing, failed or was interrupted; returns what there was to do.

    A finished run that lacks a look inside, or has it with other settings, is looked into, not trained again.

    Args:
        study: what is asked.
        order: how to run it.
        tell: is told how each run goes.
        work: what `survey` found; surveyed here when None.
        crew: processes that are ready to train, or nearly; started here when None.

    Raises:
        StudyError, DataError, UsageError: see `survey`; UsageError too where `out` cannot be written.
    """
    work = work or survey(study, order)
    try:
        write_file(work.folder / "study.toml", study_toml(study).encode())
    except OSError as error:
        raise UsageError(
            f"--out {order.out}: cannot be written ({error.strerror}); choose another folder"
        ) from error
    if not (work.jobs or work.looks):
        return work
    most = worker_count(order, [*work.jobs, *work.looks])
    units = [*units_of(work.jobs, most, order.engine), *((job,) for job in work.looks)]
    workers = min(most, len(units))
    at_once = sum(len(unit) for unit in units[:workers])
    ready = [tuple(msgspec.structs.replace(job, at_once=at_once) for job in unit) for unit in units]
    executor: Executor = in_this_process if workers == 1 else in_processes(workers, crew)
    executor(ready, tell)
    if not order.only and all(has_ended(RunFolder(Path(job.folder))) for job in work.jobs):
        shutil.rmtree(work.folder / COHORTS, ignore_errors=True)  # whatever an interruption left
    return work


def worker_count(order: Order, jobs: Sequence[Job]) -> int:
    """Returns how many processes train at the same time: one a core on the CPU, one on an accelerator."""
    most = order.jobs or (usable_cores() if jobs[0].device == "cpu" else 1)
    return min(most, len(jobs))


def try_variant(study: Study, variant: Variant, dataset: Dataset) -> Prospect:
    """Builds a variant's network and loss on its data once, and returns what a probe would look at.

    Raises:
        StudyError: when they do not go together; names the variant.
    """
    which = f"net '{net_table(variant.net)['name']}' on data '{plain(variant.data)['name']}'"
    where = f"{study.name}, variant {variant.name} ({which}):"
    try:
        net = rehearse(RunSettings.of(variant, study.seeds[0]), dataset, study.folder)
        measurements = Pace.of(variant.recipe.course, len(dataset.train)).measurements
        test = dataset.test
        return Prospect(net, dataset.input_shape, dataset.classes, len(test), test.index, measurements)
    except (StudyError, DataError) as error:
        raise StudyError([f"{where} {problem}" for problem in str(error).splitlines()]) from error
    except (RuntimeError, MemoryError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        if isinstance(error, MemoryError) or "alloc" in first:
            first = "it needs more memory than there is; make its layers smaller"
        raise StudyError([f"{where} [net] cannot be built here: {first}"]) from error


def has_ended(folder: RunFolder) -> bool:
    """Returns whether a run is there that need not be made again; a damaged one need be."""
    try:
        return folder.manifest.is_file() and read_manifest(folder.manifest).status in DONE
    except RecordError:
        return False
