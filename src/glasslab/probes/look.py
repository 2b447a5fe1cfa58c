"""Looking with every probe that a run asks for, and keeping what is seen in the run's folder."""

import io
from importlib import import_module

import numpy as np

from glasslab.plan.probe import PROBES
from glasslab.probes import mistakes, samples
from glasslab.probes.subject import Arrays, Subject
from glasslab.records.durable import write_file
from glasslab.records.run_folder import RunFolder

ALWAYS = {"samples": samples.look, "mistakes": mistakes.look}  # every report shows these


def look_inside(subject: Subject, probes: tuple[str, ...], folder: RunFolder) -> None:
    """Writes probes/<name>.npz for each probe; one that sees nothing in this kind of data writes nothing.

    Args:
        subject: the trained network and its data.
        probes: names from the table of probes.
        folder: the run's.
    """
    for name, look in ALWAYS.items():
        keep(folder, name, look(subject))
    for name in probes:
        keep(folder, name, PROBES[name].load()(subject))


def check_probes(probes: tuple[str, ...], input_shape: tuple[int, ...]) -> None:
    """Raises StudyError when a probe cannot look at inputs of this shape; before anything is trained."""
    for name in probes:
        import_module(PROBES[name].builder.partition(":")[0]).check(input_shape)


def keep(folder: RunFolder, name: str, arrays: Arrays) -> None:
    """Writes a probe's arrays, if it has any."""
    if not arrays:
        return
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)  # type: ignore[arg-type]
    write_file(folder.probe(name), content.getvalue())
