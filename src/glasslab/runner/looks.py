"""Looks inside trained runs: which of them are missing, and taking them without training again.

A look that fails is no failure of its run. What was trained is kept, the trouble is told, and it is tried
again when the study is run again.
"""

import json
import traceback
import zipfile
import zlib
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from glasslab.errors import GlasslabError, RecordError
from glasslab.plan.probe import probe_name
from glasslab.probes.look import ALWAYS, look_always, look_with
from glasslab.probes.subject import Subject
from glasslab.records.manifest import read_manifest
from glasslab.records.run import PROBE_SETTINGS
from glasslab.records.run_folder import RunFolder
from glasslab.runner.job import Event, Job
from glasslab.runner.reopen import reopen

Tell = Callable[[Event], None]


def to_look_into(jobs: Iterable[Job]) -> tuple[Job, ...]:
    """Returns, of these runs, the finished ones that lack looks inside, each with only those to take."""
    found = []
    for job in jobs:
        lacks = lacking(job)
        if lacks and has_finished(RunFolder(Path(job.folder))):
            found.append(msgspec.structs.replace(job, probes=lacks, trained=True))
    return tuple(found)


def has_finished(folder: RunFolder) -> bool:
    """Returns whether a run went to its end, so that there are weights to look at."""
    try:
        return read_manifest(folder.manifest).status == "finished"
    except RecordError:
        return False


def lacking(job: Job) -> tuple[dict[str, Any], ...]:
    """Returns the looks that a run has not, or has with other settings."""
    folder = RunFolder(Path(job.folder))
    return tuple(
        table
        for table in job.probes
        if settings_kept(folder.probe(table["name"])) != json.loads(json.dumps(table))
    )


def settings_kept(path: Path) -> dict[str, Any] | None:
    """Returns the settings that a look was taken with, None where there is no look that can be read."""
    try:
        # numpy leaves a file open when it fails on it
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            kept: dict[str, Any] = json.loads(str(arrays[PROBE_SETTINGS]))
            return kept
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error):
        return None


def look_again(job: Job, tell: Tell) -> None:
    """Takes the looks that a trained run lacks; whatever goes wrong is told, and the run stays as it is."""
    folder = RunFolder(Path(job.folder))
    names = ", ".join(table["name"] for table in job.probes)
    failed: list[str] = []
    try:
        with folder.lock():
            failed = take_looks(reopen(job), job, tell)
        seen = [table["name"] for table in job.probes if table["name"] not in failed]
    except Exception as error:
        tell(trouble(job, f"not looked into with {names}", error))
        seen = []
    said = f"looked into with {', '.join(seen)}" if seen else f"not looked into with {names}"
    tell(Event(hash=job.hash, kind="looked", sentence=said))


def take_looks(subject: Subject, job: Job, tell: Tell) -> list[str]:
    """Looks with every probe that a job asks for; returns the names of those that failed."""
    folder = RunFolder(Path(job.folder))
    names = {probe_name(probe): probe for probe in job.probe_settings()}
    return [
        name
        for name, probe in names.items()
        if not attempt(partial(look_with, subject, probe, folder), name, job, tell)
    ]


def take_what_every_run_keeps(subject: Subject, job: Job, tell: Tell) -> None:
    """Looks at what every report shows."""
    folder = RunFolder(Path(job.folder))
    for name in ALWAYS:
        attempt(partial(look_always, subject, name, folder), name, job, tell)


def attempt(look: Callable[[], object], name: str, job: Job, tell: Tell) -> bool:
    """Takes one look; when it fails, tells so, and leaves the whole traceback in probes/<name>.error.txt."""
    notes = notes_on(RunFolder(Path(job.folder)), name)
    try:
        look()
        notes.unlink(missing_ok=True)  # of an earlier attempt
        return True
    except Exception as error:
        notes.parent.mkdir(exist_ok=True)
        notes.write_text(traceback.format_exc(), encoding="utf-8")
        tell(trouble(job, f"probe '{name}' failed", error))
        return False


def notes_on(folder: RunFolder, name: str) -> Path:
    """Returns where it is kept how a look failed."""
    return folder.probe(name).with_suffix(".error.txt")


def trouble(job: Job, what: str, error: Exception) -> Event:
    """Returns the event that tells of a look that failed."""
    return Event(hash=job.hash, kind="trouble", sentence=f"{what}, the run is kept: {in_words(error)}")


def in_words(error: Exception) -> str:
    """Returns an exception in one line; one that was not raised on purpose with its type."""
    said = "; ".join(str(error).splitlines())
    return said if isinstance(error, GlasslabError) else f"{type(error).__name__}: {said}"
