"""Looking into a run that was trained before, with any probes; what they see is kept in its folder."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from glasslab.errors import StudyError, UsageError
from glasslab.plan.asked import Asked
from glasslab.plan.identity import RunSettings
from glasslab.plan.net import NumpyMlp
from glasslab.plan.probe import PROBES, probe_name
from glasslab.plan.settings import Settings
from glasslab.plan.study import Study
from glasslab.probes.look import check_probes, look_with
from glasslab.probes.subject import Arrays, Subject
from glasslab.records.manifest import Manifest
from glasslab.records.run import Run
from glasslab.records.run_folder import RunFolder
from glasslab.runner.device import choose_device
from glasslab.runner.job import Job
from glasslab.runner.process import ready_to_train
from glasslab.runner.reopen import reopen

Showing = Callable[[str], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class Site:
    """Where a run is looked into.

    Attributes:
        device: "auto", "cpu", "cuda", "mps".
        data_dir: the user's data folder; None for the usual places.
    """

    device: str = "auto"
    data_dir: Path | None = None


@dataclass(frozen=True, slots=True)
class Inspection:
    """What came of looking into a run.

    Attributes:
        arrays: what each probe saw, by its name, in the order in which they looked.
        unfit: why a probe that was not asked for by name cannot look at this run, by its name.
        troubles: what a probe failed with, by its name.
    """

    arrays: dict[str, Arrays] = field(default_factory=dict)
    unfit: dict[str, str] = field(default_factory=dict)
    troubles: dict[str, Exception] = field(default_factory=dict)


def inspect(
    run: Run, study: Study, asked: Asked, site: Site | None = None, showing: Showing = nullcontext
) -> Inspection:
    """Looks into a finished run, and keeps what each probe sees as probes/<name>.npz in the run's folder.

    A look of the same probe that is there already is replaced. With the settings and the device that a study
    would look with, the bytes are the same.

    Args:
        run: the run.
        study: its own, see `glasslab.records.origin.own_study`.
        asked: what to look with.
        site: the device, and where data is looked for.
        showing: `with showing("occlusion"):` stands around each probe's look, and around "the network".

    Raises:
        UsageError: when the run has not finished, there is no such device, or a probe that was asked for by
            name cannot look at this run.
        StudyError, DataError, RecordError: when data, module or weights are missing, damaged or changed.
    """
    require_finished(run)
    job = job_of(run.folder, run.manifest, study, site or Site())
    with ready_to_train(job.threads, job.device, job.settings["recipe"]["precision"]), run.folder.lock():
        with showing("the network"):
            subject = reopen(job)
        fitting, unfit = sorted_out(asked, subject)
        found = Inspection(unfit=unfit)
        for probe in fitting:
            with showing(probe_name(probe)):
                look(subject, probe, run.folder, asked, found)
    return found


def require_finished(run: Run) -> None:
    """Raises UsageError for a run that has no final weights."""
    manifest = run.manifest
    if not run.finished:
        how = "has not finished; run its study again, which goes on with it"
        if manifest.status != "running":
            how = f"has {manifest.status} ({manifest.sentence}), so there is no trained network to look into"
        raise UsageError(f"{run.folder.path}: the run {how}")


def job_of(folder: RunFolder, manifest: Manifest, study: Study, site: Site) -> Job:
    """Returns the job that made a run, as it would be asked for here."""
    settings = RunSettings.of(study.variants[0], manifest.seed)
    device = "cpu" if isinstance(settings.net, NumpyMlp) else choose_device(site.device)
    return Job(
        variant=manifest.variant,
        seed=manifest.seed,
        hash=manifest.hash,
        identity=manifest.identity,
        settings=settings.table(),
        folder=str(folder.path),
        study_folder=str(study.folder),
        data_dir=None if site.data_dir is None else str(site.data_dir),
        device=device,
        threads=manifest.threads,
        trained=True,
    )


def sorted_out(asked: Asked, subject: Subject) -> tuple[list[Settings], dict[str, str]]:
    """Returns the probes that can look at a network, and why the others cannot.

    Raises:
        UsageError: when one of the latter was asked for by name.
    """
    fitting, unfit = [], {}
    for probe in asked.probes:
        try:
            check_probes([probe], subject.prospect)
            fitting.append(probe)
        except StudyError as error:
            unfit[probe_name(probe)] = str(error)
    wrong = {name: reason for name, reason in unfit.items() if name in asked.named}
    if wrong:
        said = list(wrong.values())
        if not all(fits(name, subject) for name in wrong):  # else only its settings are to be changed
            others = ", ".join(name for name in PROBES if fits(name, subject)) or "none"
            said.append(f"probes that can look at this run as they are: {others}")
        raise UsageError("\n".join(said))
    return fitting, unfit


def fits(name: str, subject: Subject) -> bool:
    """Returns whether a probe with its defaults can look at a network."""
    try:
        check_probes([PROBES[name].settings()], subject.prospect)
    except StudyError:
        return False
    return True


def look(subject: Subject, probe: Settings, folder: RunFolder, asked: Asked, found: Inspection) -> None:
    """Looks with one probe, and notes what comes of it.

    Raises:
        UsageError: when its settings, which were asked for, do not go with this run.
    """
    name = probe_name(probe)
    try:
        found.arrays[name] = look_with(subject, probe, folder)
    except StudyError as error:
        if name in asked.named:
            raise UsageError(str(error)) from error
        found.unfit[name] = str(error)
    except Exception as error:  # a probe's own fault is not the others'
        found.troubles[name] = error
