"""Opening a run that was trained: its data and its network as they were, with the weights it ended with."""

from contextlib import suppress
from functools import partial
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from glasslab.data.dataset import Dataset
from glasslab.errors import DataError, RecordError, StudyError
from glasslab.nets.user import source_hash
from glasslab.plan.net import UserNet
from glasslab.probes.subject import Snapshot, Subject
from glasslab.records.run import damaged
from glasslab.records.run_folder import RunFolder
from glasslab.runner.examples import examples
from glasslab.runner.job import Job
from glasslab.training.pace import Pace
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
    load_weights(setup, folder)
    subject = subject_of(setup, job.seed, folder)
    require_predictions(subject, folder)
    return subject


def subject_of(setup: Setup, seed: int, folder: RunFolder) -> Subject:
    """Returns a trained network with its data, in evaluation mode, ready to be looked into.

    Args:
        setup: what the run was trained with; its net with the final weights.
        seed: the run's.
        folder: the run's, where the weights are that it kept along the way.
    """
    logits = logits_of(setup, setup.tensors.test)
    kept = folder.snapshots_kept().items()
    snapshots = tuple(snapshot(setup.pace, number, path) for number, path in kept)
    return Subject(setup.net, setup.tensors, logits, setup.loss.probabilities, seed, snapshots)


def snapshot(pace: Pace, number: int, path: Path) -> Snapshot:
    """Returns the weights in a file that were kept after so many measurements."""
    step = min(number * pace.period, pace.steps)
    return Snapshot(number, pace.epochs_after(step), step, partial(load_file, path))


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


def load_weights(setup: Setup, folder: RunFolder) -> None:
    """Gives a network the weights that its run ended with."""
    path = folder.weights
    if not path.is_file():
        raise RecordError(f"{path}: is missing; delete the run's folder and run its study to make it again")
    try:
        setup.net.load_state_dict(load_file(path))
    except (OSError, SafetensorError) as error:
        raise damaged(path, error) from error
    except RuntimeError as error:
        first = str(error).splitlines()[-1].strip()
        raise RecordError(
            f"{path}: does not fit the network of its settings ({first}); delete the run's folder and run"
            " its study to make it again"
        ) from error


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
            " than this run did, so its code has changed; run the study again and look into the new run"
        )
