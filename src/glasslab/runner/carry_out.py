"""Carrying out one job: data, net, training, looking inside, and a manifest that says how it went."""

import shutil
import traceback
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import torch

from glasslab.data.dataset import Dataset
from glasslab.data.load import load
from glasslab.data.tensors import Tensors, to_tensors
from glasslab.errors import GlasslabError, RecordError
from glasslab.nets.summary import summarize
from glasslab.plan.identity import RunSettings
from glasslab.probes.look import look_inside
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
from glasslab.records.run_folder import RunFolder
from glasslab.runner.job import Event, Job
from glasslab.training import streams
from glasslab.training.checkpoint import Lengths, load_checkpoint
from glasslab.training.finish import final_row, save_predictions, save_weights
from glasslab.training.journal import Journal
from glasslab.training.progress import Progress, Row
from glasslab.training.scoring import logits_of
from glasslab.training.setup import DTYPES, Setup, make_setup
from glasslab.training.solo import train

Tell = Callable[[Event], None]


def carry_out(job: Job, tell: Tell, patience: float = 1.0) -> Manifest:
    """Trains a run to its end, from its checkpoint where it has one, and returns its manifest.

    Whatever goes wrong inside the run is its result: status "failed" with a sentence, and the whole
    traceback in error.txt.

    Args:
        job: the run.
        tell: is told how it goes.
        patience: multiplies the seconds between checkpoints.

    Raises:
        RecordError: when another process is writing this run.
    """
    folder = RunFolder(Path(job.folder))
    with folder.lock():
        manifest = begin(job, folder)
        try:
            return attempt(job, manifest, folder, (tell, patience))
        except Exception as error:
            (folder.path / "error.txt").write_text(traceback.format_exc(), encoding="utf-8")
            sentence = str(error) if isinstance(error, GlasslabError) else f"{type(error).__name__}: {error}"
            return end(manifest, folder, tell, status="failed", sentence=sentence)


def begin(job: Job, folder: RunFolder) -> Manifest:
    """Writes and returns the manifest of a run that begins, or goes on."""
    fresh = Manifest(
        hash=job.hash,
        identity=job.identity,
        variant=job.variant,
        seed=job.seed,
        device=job.device,
        threads=job.threads,
        at_once=job.at_once,
        started=now(),
        code=this_code(),
        machine=this_machine(),
    )
    earlier = manifest_in(folder)
    if earlier is not None and same_maker(earlier, fresh):
        fresh = msgspec.structs.replace(
            fresh,
            started=earlier.started,
            at_once=max(earlier.at_once, job.at_once),
            interruptions=earlier.interruptions + 1,
        )
    else:
        folder.checkpoint.unlink(missing_ok=True)
    write_manifest(folder.manifest, fresh)
    return fresh


def manifest_in(folder: RunFolder) -> Manifest | None:
    """Returns the manifest of a run that was begun before, None where there is none that can be read."""
    try:
        return read_manifest(folder.manifest) if folder.manifest.is_file() else None
    except RecordError:
        return None


def same_maker(earlier: Manifest, fresh: Manifest) -> bool:
    """Returns whether a run can go on to the bits that it would have had: same code, machine and device."""
    return (
        earlier.code.source == fresh.code.source
        and earlier.machine == fresh.machine
        and (earlier.engine, earlier.device, earlier.threads) == (fresh.engine, fresh.device, fresh.threads)
    )


def attempt(job: Job, manifest: Manifest, folder: RunFolder, watching: tuple[Tell, float]) -> Manifest:
    """Trains, scores, looks inside, and returns the manifest of a finished or diverged run."""
    tell, patience = watching
    settings = job.run_settings()
    dataset, tensors = examples(settings, job)
    setup = make_setup(settings, tensors, Path(job.study_folder))
    manifest = msgspec.structs.replace(manifest, data=data_facts(dataset), net=net_facts(setup))
    progress, lengths = load_checkpoint(folder.checkpoint, setup.net, setup.optimizer) or (
        Progress(),
        Lengths(),
    )
    progress.on(tensors.train.x.device)
    write_manifest(folder.manifest, manifest)
    steps = setup.pace.steps
    tell(Event(hash=job.hash, kind="begun", step=progress.step, steps=steps))

    def watch(step: int, row: Row | None) -> None:
        tell(Event(hash=job.hash, kind="row" if row else "step", step=step, steps=steps, row=row))

    with closing(Journal(folder, lengths, watch, patience)) as journal:
        train(setup, progress, journal)
        if not progress.diverged:
            journal.end(final_row(setup, progress))
    manifest = msgspec.structs.replace(manifest, seconds=round(progress.seconds, 4))
    if progress.diverged:
        at = setup.pace.epochs_after(progress.step)
        sentence = f"the training loss was NaN or infinite by epoch {at:g} (step {progress.step})"
        return end(manifest, folder, tell, status="diverged", sentence=sentence)
    keep(job, setup, folder)
    how = "stopped early" if progress.stopped else "finished"
    epochs = setup.pace.epochs_after(progress.step)
    sentence = f"{how} after {epochs:g} epoch{'' if epochs == 1 else 's'} ({progress.step} steps)"
    return end(manifest, folder, tell, status="finished", sentence=sentence)


def keep(job: Job, setup: Setup, folder: RunFolder) -> None:
    """Writes weights, predictions and what the probes see."""
    save_weights(folder, setup)
    logits = logits_of(setup.net, setup.tensors.test)
    save_predictions(folder, setup, logits)
    subject = Subject(setup.net, setup.tensors, logits, setup.loss.probabilities)
    look_inside(subject, job.probes, folder)


def end(manifest: Manifest, folder: RunFolder, tell: Tell, *, status: Status, sentence: str) -> Manifest:
    """Writes the manifest of a run that has ended, drops its checkpoint, and tells so."""
    ended = msgspec.structs.replace(manifest, status=status, sentence=sentence, ended=now())
    write_manifest(folder.manifest, ended)
    if status != "failed":
        (folder.path / "error.txt").unlink(missing_ok=True)  # of an earlier attempt
        shutil.rmtree(folder.checkpoint.parent, ignore_errors=True)  # a torn one may lie in it too
    tell(Event(hash=manifest.hash, kind="ended", status=status, sentence=sentence))
    return ended


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
