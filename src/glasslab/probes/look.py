"""Looking with a probe, and keeping what it sees in the run's folder."""

import io
import json
import shutil
from collections.abc import Sequence
from importlib import import_module

import numpy as np

from glasslab.plan.probe import PROBES, probe_name, probe_table
from glasslab.plan.settings import Settings
from glasslab.probes import mistakes, samples
from glasslab.probes.chosen import require_examples
from glasslab.probes.prospect import Prospect
from glasslab.probes.subject import Arrays, Subject
from glasslab.records.durable import write_file
from glasslab.records.run import PROBE_SETTINGS
from glasslab.records.run_folder import RunFolder

ALWAYS = {"samples": samples.look, "mistakes": mistakes.look}  # every report shows these


def look_always(subject: Subject, name: str, folder: RunFolder) -> None:
    """Writes what every run keeps under this name; nothing where this kind of data has nothing of it."""
    keep(folder, name, ALWAYS[name](subject))


def look_with(subject: Subject, probe: Settings, folder: RunFolder) -> Arrays:
    """Returns what one probe sees, after writing it with the probe's settings."""
    name = probe_name(probe)
    arrays: Arrays = PROBES[name].load()(subject, probe)
    keep(folder, name, arrays | {PROBE_SETTINGS: np.array(json.dumps(probe_table(probe)))})
    return arrays


def check_probes(probes: Sequence[Settings], prospect: Prospect) -> None:
    """Raises StudyError when a probe cannot look at such a network; before anything is trained."""
    for probe in probes:
        images = getattr(probe, "images", ())
        if isinstance(images, tuple) and prospect.test_index is not None:
            require_examples(images, prospect.test_index, probe_name(probe))
        import_module(PROBES[probe_name(probe)].builder.partition(":")[0]).check(prospect, probe)


def keep(folder: RunFolder, name: str, arrays: Arrays) -> None:
    """Writes a probe's arrays, if it has any; removes the page and the pictures that rest on earlier ones."""
    if not arrays:
        return
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)  # type: ignore[arg-type]
    folder.inside_page.unlink(missing_ok=True)
    shutil.rmtree(folder.pictures(name), ignore_errors=True)
    write_file(folder.probe(name), content.getvalue())
