"""Carrying out a unit of work: data, nets, training, looking inside, and manifests that say how it went."""

import shutil
import traceback
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec

from glasslab.data.dataset import Dataset
from glasslab.errors import GlasslabError, RecordError
from glasslab.nets.summary import summarize
from glasslab.probes.evolution import wanted_by
from glasslab.probes.subject import Subject
from glasslab.records.machine import this_code, this_machine
from glasslab.records.manifest import (
    DataFacts,
    LayerFacts,
    Manifest,
    NetFacts,
    Status,
    read_manifest,
    write_manifest,
)
from glasslab.records.run_folder import COHORTS, RunFolder, cohort_checkpoint
from glasslab.runner.examples import examples
from glasslab.runner.job import Event, Job, Unit
from glasslab.runner.looks import take_looks, take_what_every_run_keeps
from glasslab.runner.reopen import subject_of
from glasslab.training.checkpoint import Checkpoint, read_checkpoint, save_checkpoint
from glasslab.training.finish import final_row, save_predictions, save_weights
from glasslab.training.journal import Journal, Page
from glasslab.training.loop import Engine, train
from glasslab.training.progress import Progress, Row, Trainee
from glasslab.training.setup import Setup, make_setup
from glasslab.training.solo import Solo
from glasslab.training.stacked import Cohort

Tell = Callable[[Event], None]


@dataclass(slots=True)
class Doing:
    """A run that is being carried out.

    Attributes:
        job: what is asked.
        folder: where it is written.
        manifest: as it stands in the folder now.
        subject: what there is to look into, when it has finished.
    """

    job: Job
    folder: RunFolder
    manifest: Manifest
    subject: Subject | None = None

    def note(self, **changes: object) -> None:
        """Changes the manifest, in the folder too."""
        self.manifest = msgspec.structs.replace(self.manifest, **changes)
        write_manifest(self.folder.manifest, self.manifest)

    def end(self, status: Status, sentence: str) -> None:
        """Writes that the run has ended."""
        self.note(status=status, sentence=sentence, ended=now())
        if status != "failed":
            (self.folder.path / "error.txt").unlink(missing_ok=True)  # of an earlier attempt

    def fail(self, error: Exception) -> None:
        """Writes why the run has failed: a sentence, and the whole traceback in error.txt."""
        (self.folder.path / "error.txt").write_text(traceback.format_exc(), encoding="utf-8")
        sentence = str(error) if isinstance(error, GlasslabError) else f"{type(error).__name__}: {error}"
        self.end("failed", sentence)


def carry_out(unit: Unit, tell: Tell, patience: float = 1.0) -> list[Manifest]:
    """Trains the runs of a unit to their ends, from its checkpoint where it has one; returns their manifests.

    Whatever goes wrong inside a run is its result: status "failed" with a sentence, and the whole traceback
    in error.txt. The probes look when the run has finished on the disk too, so that whatever goes wrong with
    them, a trained run is kept.

    Args:
        unit: the runs, which one engine trains.
        tell: is told how they go.
        patience: multiplies the seconds between checkpoints.

    Raises:
        RecordError: when another process is writing one of the runs.
    """
    with ExitStack() as locks:
        folders = [RunFolder(Path(job.folder)) for job in unit]
        for folder in folders:
            locks.enter_context(folder.lock())
        place = checkpoint_of(unit, folders[0])
        doing = begin(unit, folders, place)
        try:
            attempt(doing, place, (tell, patience))
        except Exception as error:
            for run in doing:
                if run.manifest.status == "running":
                    run.fail(error)
        if all(run.manifest.status != "failed" for run in doing):
            drop_checkpoints(place, folders)
        for run in doing:
            if run.subject is not None:
                take_looks(run.subject, run.job, tell)
        for run in doing:  # last of all: whoever hears of the last end may stop this process
            ended = run.manifest
            tell(Event(hash=run.job.hash, kind="ended", status=ended.status, sentence=ended.sentence))
        return [run.manifest for run in doing]


def drop_checkpoints(place: Path, folders: Sequence[RunFolder]) -> None:
    """Removes what runs that have ended went on from, torn files too, now or in an earlier attempt."""
    for folder in (place.parent, *(each.checkpoint.parent for each in folders)):
        shutil.rmtree(folder, ignore_errors=True)
    if place.parent.parent.name == COHORTS:
        with suppress(OSError):  # of other cohorts something is left
            place.parent.parent.rmdir()


def checkpoint_of(unit: Unit, folder: RunFolder) -> Path:
    """Returns where a unit's checkpoint is: a single run's in its folder, a cohort's beside the folders."""
    return cohort_checkpoint(folder.path.parent, unit[0].cohort) if unit[0].cohort else folder.checkpoint


def begin(unit: Unit, folders: Sequence[RunFolder], place: Path) -> list[Doing]:
    """Writes the manifests of runs that begin, or go on; drops a checkpoint that they cannot go on from."""
    fresh = [fresh_manifest(job) for job in unit]
    earlier = [manifest_in(folder) for folder in folders]
    going_on = [
        gone_on_with(before, new) for before, new in zip(earlier, fresh, strict=True) if before is not None
    ]
    found = [each for each in going_on if each is not None]
    if len(found) < len(unit):
        place.unlink(missing_ok=True)
        for folder in folders:
            shutil.rmtree(folder.snapshots, ignore_errors=True)
        found = fresh
    doing = [Doing(*parts) for parts in zip(unit, folders, found, strict=True)]
    for run in doing:
        write_manifest(run.folder.manifest, run.manifest)
    return doing


def fresh_manifest(job: Job) -> Manifest:
    """Returns the manifest of a run that begins."""
    return Manifest(
        hash=job.hash,
        identity=job.identity,
        variant=job.variant,
        seed=job.seed,
        engine=job.engine,
        cohort=job.cohort,
        device=job.device,
        threads=job.threads,
        at_once=job.at_once,
        started=now(),
        code=this_code(),
        machine=this_machine(),
    )


def gone_on_with(earlier: Manifest, fresh: Manifest) -> Manifest | None:
    """Returns the manifest of a run that goes on to the bits that it would have had; None where it cannot.

    It can with the same code, machine, device and engine, and in the same cohort.
    """
    if earlier.code.source != fresh.code.source or maker(earlier) != maker(fresh):
        return None
    return msgspec.structs.replace(
        fresh,
        started=earlier.started,
        at_once=max(earlier.at_once, fresh.at_once),
        interruptions=earlier.interruptions + 1,
    )


def maker(manifest: Manifest) -> tuple[object, ...]:
    """Returns what the last bits of a run depend on besides the code."""
    return manifest.machine, manifest.engine, manifest.cohort, manifest.device, manifest.threads


def manifest_in(folder: RunFolder) -> Manifest | None:
    """Returns the manifest of a run that was begun before, None where there is none that can be read."""
    try:
        return read_manifest(folder.manifest) if folder.manifest.is_file() else None
    except RecordError:
        return None


def attempt(doing: Sequence[Doing], place: Path, watching: tuple[Tell, float]) -> None:
    """Trains, then finishes each run: a trouble in the end of one is not another's."""
    tell, patience = watching
    there = read_checkpoint(place, len(doing))
    progress = there.progress if there else [Progress() for _ in doing]
    trainees = [trainee(run, each) for run, each in zip(doing, progress, strict=True)]
    jobs = {id(each): run.job for each, run in zip(trainees, doing, strict=True)}

    def watch(each: Trainee, row: Row | None) -> None:
        kind = "row" if row else "step"
        step, steps = each.progress.step, each.setup.pace.steps
        tell(Event(hash=jobs[id(each)].hash, kind=kind, step=step, steps=steps, row=row))

    for each in trainees:
        step, steps = each.progress.step, each.setup.pace.steps
        tell(Event(hash=jobs[id(each)].hash, kind="begun", step=step, steps=steps))
    with ExitStack() as logs:
        lengths = there.lengths if there else [(0, 0)] * len(doing)
        parts = zip(doing, trainees, lengths, strict=True)
        pages = [logs.enter_context(closing(open_page(*each))) for each in parts]
        engine = make_engine(trainees, doing[0].job.engine, there)
        save = partial(save_checkpoint, place, engine, trainees)
        train(engine, Journal(pages, save, watch, patience))
        for run, page in zip(doing, pages, strict=True):
            try:
                finish(run, page, tell)
            except Exception as error:
                run.fail(error)


def open_page(run: Doing, trainee: Trainee, lengths: tuple[int, int]) -> Page:
    """Returns the logs of a run that begins or goes on; keeps the weights that it begins with, if wanted."""
    wanted = wanted_by(run.job.probe_settings(), trainee.setup.pace.measurements)
    page = Page(run.folder, trainee, lengths, wanted)
    if trainee.progress.step == 0:
        page.keep(trainee.setup.net.state_dict)
    return page


def trainee(run: Doing, progress: Progress) -> Trainee:
    """Returns a run as it is trained: its data and its network; notes what they are in its manifest."""
    job = run.job
    settings = job.run_settings()
    dataset, tensors = examples(settings, job)
    setup = make_setup(settings, tensors, Path(job.study_folder))
    run.note(data=data_facts(dataset), net=net_facts(setup))
    return Trainee(setup, progress)


def make_engine(trainees: Sequence[Trainee], kind: str, there: Checkpoint | None) -> Engine:
    """Returns the engine that trains the runs that have not ended, from where the checkpoint stands."""
    active = [each for each in trainees if not each.ended]
    engine: Engine = Cohort(active or trainees) if kind == "stacked" else Solo(trainees[0])
    if not active:
        engine.go_on_with([])
    elif there is not None:
        engine.restore(there.engine)
    return engine


def finish(run: Doing, page: Page, tell: Tell) -> None:
    """Writes what a trained run leaves: final row, weights, predictions, how it ended."""
    setup, progress = page.trainee.setup, page.trainee.progress
    epochs = setup.pace.epochs_after(progress.step)
    seconds, kept = round(progress.seconds, 4), run.folder.snapshots_kept()
    run.manifest = msgspec.structs.replace(run.manifest, seconds=seconds, snapshots=kept)
    if progress.diverged:
        sentence = f"the training loss was NaN or infinite by epoch {epochs:g} (step {progress.step})"
        run.end("diverged", sentence)
        return
    setup.net.load_state_dict(progress.weights)
    page.end(final_row(setup, progress))
    save_weights(run.folder.weights, setup.net.state_dict())
    subject = subject_of(setup, run.folder, run.manifest)
    save_predictions(run.folder, setup, subject.logits)
    take_what_every_run_keeps(subject, run.job, tell)
    how = "stopped early" if progress.stopped else "finished"
    sentence = f"{how} after {epochs:g} epoch{'' if epochs == 1 else 's'} ({progress.step} steps)"
    run.end("finished", sentence)
    run.subject = subject


def data_facts(dataset: Dataset) -> DataFacts:
    """Returns what a manifest says of the data."""
    splits = {"train": dataset.train, "val": dataset.val, "test": dataset.test}
    return DataFacts(
        fingerprint=dataset.fingerprint,
        origin=dataset.origin,
        classes=dataset.classes,
        input_shape=dataset.input_shape,
        examples={name: len(split) for name, split in splits.items() if split is not None},
    )


def net_facts(setup: Setup) -> NetFacts:
    """Returns what a manifest says of the network."""
    summary = summarize(setup.net, tuple(setup.tensors.train.x.shape[1:]))
    layers = tuple(msgspec.convert(msgspec.structs.asdict(layer), LayerFacts) for layer in summary.layers)
    return NetFacts(parameters=summary.parameters, flops=summary.flops, layers=layers, formula=summary.line())


def now() -> str:
    """Returns the time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
