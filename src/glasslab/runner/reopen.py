"""Opening a run that was trained: its data and its network as they were, with the weights it ended with."""

from contextlib import suppress
from functools import partial
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from glasslab.data.dataset import Dataset
from glasslab.errors import DataError, RecordError, StudyError
from glasslab.nets.user import source_hash
from glasslab.plan.net import UserNet
from glasslab.probes.subject import Snapshot, Subject
from glasslab.records.log import read_log
from glasslab.records.manifest import Manifest, read_manifest
from glasslab.records.run import damaged
from glasslab.records.run_folder import RunFolder
from glasslab.runner.examples import examples
from glasslab.runner.job import Job
from glasslab.training.scoring import logits_of
from glasslab.training.setup import Setup, make_setup

OTHERS = 0.01  # so many of its predictions another device or version may turn, and one in any case


def reopen(job: Job) -> Subject:
    """Returns a finished run's network and data, ready to be looked into.

    Raises:
        StudyError: when a user's own module is missing, or is another than the run was trained with.
        DataError: when the data is missing, damaged, or another than the run was trained with.
        RecordError: when the weights are missing or damaged, or do not give what the run kept.
    """
    settings = job.run_settings()
    if isinstance(settings.net, UserNet):
        require_source(settings.net, job)
    dataset, tensors = examples(settings, job)
    require_data(dataset, job)
    setup = make_setup(settings, tensors, Path(job.study_folder))
    folder = RunFolder(Path(job.folder))
    setup.net.load_state_dict(read_weights(folder.weights, setup))
    subject = subject_of(setup, folder, read_manifest(folder.manifest))
    require_predictions(subject, folder)
    return subject


def subject_of(setup: Setup, folder: RunFolder, manifest: Manifest) -> Subject:
    """Returns a trained network with its data, in evaluation mode, ready to be looked into.

    Args:
        setup: what the run was trained with; its net with the final weights.
        folder: the run's, with its final row.
        manifest: the run's.
    """
    pace, rows = setup.pace, read_log(folder.metrics)
    last = int(rows[-1]["step"]) if rows else pace.steps
    steps = {number: min(number * pace.period, pace.steps) for number in manifest.snapshots}
    before = {number: step for number, step in steps.items() if step < last}
    snapshots = tuple(
        Snapshot(number, pace.epochs_after(step), partial(read_weights, folder.snapshot(number), setup))
        for number, step in before.items()
    )
    end = Snapshot(pace.measurements_until(last), pace.epochs_after(last), setup.net.state_dict)
    return Subject(
        net=setup.net,
        tensors=setup.tensors,
        logits=logits_of(setup, setup.tensors.test),
        probabilities=setup.loss.probabilities,
        seed=manifest.seed,
        measurements=pace.measurements,
        snapshots=snapshots,
        end=end,
    )


def require_source(net: UserNet, job: Job) -> None:
    """Raises StudyError when a user's module is not there, or has changed since the run was trained."""
    if source_hash(net.name, Path(job.study_folder)) != job.identity["net"].get("source"):
        module = net.name.partition(":")[0]
        raise StudyError(
            [
                f"{job.folder}: the module '{module}' in {job.study_folder} has changed since this run was"
                " trained; put it back, or run the study again and look into the new run"
            ]
        )


def require_data(dataset: Dataset, job: Job) -> None:
    """Raises DataError when the examples are not those that the run was trained with."""
    if dataset.fingerprint != job.identity["data"]["fingerprint"]:
        raise DataError(
            f"{job.folder}: {dataset.origin} holds other examples than this run was trained with; put them"
            " back, or run the study again and look into the new run"
        )


def read_weights(path: Path, setup: Setup) -> dict[str, Tensor]:
    """Returns weights that a run kept.

    Raises:
        RecordError: when they are missing, damaged, or of another network.
    """
    again = "delete the run's folder and run its study to make it again"
    if not path.is_file():
        raise RecordError(f"{path}: is missing; {again}")
    try:
        found = load_file(path)
    except (OSError, SafetensorError) as error:
        raise damaged(path, error) from error
    shapes, wanted = (
        {name: tuple(value.shape) for name, value in each.items()} for each in (found, setup.net.state_dict())
    )
    if shapes != wanted:
        names = dict.fromkeys((*wanted, *shapes))
        first = next(name for name in names if shapes.get(name) != wanted.get(name))
        raise RecordError(
            f"{path}: does not fit the network of its settings ({first} is {shapes.get(first, 'missing')} "
            f"there and {wanted.get(first, 'missing')} here); {again}"
        )
    return found


def require_predictions(subject: Subject, folder: RunFolder) -> None:
    """Raises RecordError when the network does not predict what its run kept, and so is not the same one.

    A setting has no say in what a user's module imports, nor in another version of this code.
    """
    kept = None
    with suppress(OSError, SafetensorError, KeyError):  # without them there is nothing to compare with
        kept = load_file(folder.predictions)["logits"]
    if kept is None or kept.shape != subject.logits.shape:
        return
    was, now = (subject.probabilities(each.to(torch.float32)).argmax(1) for each in (kept, subject.logits))
    others = int((was != now).sum())
    if others > max(1, OTHERS * len(now)):
        raise RecordError(
            f"{folder.path}: the network built again gives {others} of {len(now)} test examples another class"
            " than this run did, so its code or its weights have changed; run the study again and look into"
            " the new run"
        )
