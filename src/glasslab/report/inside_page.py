"""The page about one run: what the probes saw in it, and every picture of it as a PNG file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glasslab.analysis.names import setting_value
from glasslab.analysis.numbers import count, counted, share
from glasslab.analysis.results import Results, VariantResults
from glasslab.figures.theme import unchecked
from glasslab.plan.probe import PROBES
from glasslab.plan.study import Study
from glasslab.records.durable import write_file
from glasslab.records.run import Run
from glasslab.report.drawing import Drawings
from glasslab.report.html import Document, document
from glasslab.report.inside.blocks import Part
from glasslab.report.inside.parts import PARTS, part
from glasslab.report.inside.pictures import write_pictures
from glasslab.report.material import Material
from glasslab.report.section import Section
from glasslab.report.sections.gradients import dynamics


@dataclass(frozen=True, slots=True)
class InsidePage:
    """What was written about one run.

    Attributes:
        path: of the page.
        parts: what each probe saw, by its name.
        pictures: the files that were written for a probe, by its name.
        unreadable: a sentence for each file that could not be read.
    """

    path: Path
    parts: dict[str, Part]
    pictures: dict[str, list[Path]]
    unreadable: tuple[str, ...] = ()


def write_inside_page(run: Run, study: Study, pictures: Sequence[str] | None = None) -> InsidePage:
    """Writes inside.html into a run's folder, with all that any probe saw in it; pictures as PNG files too.

    Args:
        run: a finished run.
        study: its own, see `glasslab.records.origin.own_study`.
        pictures: the probes whose pictures are written to probes/<name>/ as well; None for all.
    """
    material = material_of(run, study)
    seen = [name for name in PROBES if name in PARTS and run.folder.probe(name).is_file()]
    path = run.folder.inside_page
    with unchecked():
        parts = {name: found for name in seen if (found := part_of(material, name, pictures)) is not None}
        write_file(path, page(run, material, list(parts.values())).encode())
        wanted = parts if pictures is None else [name for name in pictures if name in parts]
        files = {name: write_pictures(parts[name], run.folder.pictures(name)) for name in wanted}
    return InsidePage(path, parts, files, tuple(material.unreadable))


def part_of(material: Material, name: str, fresh: Sequence[str] | None) -> Part | None:
    """Returns what a probe saw; of an old look that another version took, only that it cannot be shown."""
    if fresh is None or name in fresh:
        return part(material, name)
    try:
        return part(material, name)
    except Exception as error:  # whatever the arrays lack
        why = f"{type(error).__name__}: {error}"
        material.unreadable.append(f"probes/{name}.npz: cannot be shown ({why}); look with {name} again")
        return None


def material_of(run: Run, study: Study) -> Material:
    """Returns what parts are made from: results that hold this run only."""
    variant = study.variants[0]
    alone = VariantResults(variant, {run.manifest.seed: run}, ())
    folder = run.folder.path
    command = f"glasslab inspect {folder.name}"
    return Material(Results(study, folder.parent, (alone,)), folder, Drawings(), command)


def page(run: Run, material: Material, parts: Sequence[Part]) -> str:
    """Returns the whole document."""
    manifest = run.manifest
    title = f"Inside {manifest.variant}, seed {manifest.seed}"
    contents: list[tuple[str, str]] = []
    sections = []
    if parts:
        opening = "What the trained network responds to, and how far each picture of it can be trusted."
        contents = [("inside", "Inside the network")]
        if len(parts) == 1:
            opening = parts[0].opening
        else:
            contents += [(f"inside-{each.name}", each.title) for each in parts]
        sections = [Section("inside", "Inside the network", opening, {"parts": parts, "whose": ""})]
    training = dynamics(material)
    if training is not None:
        contents.append((training.name, training.title))
        sections.append(training)
    head: dict[str, Any] = {
        "answer": how_it_went(run),
        "conditions": conditions(run),
        "command": material.command,
        "warnings": material.unreadable,
    }
    rests = "Every picture rests on the arrays in the folder probes beside this file."
    whole = Document(title, tuple(contents), tuple(sections), rests)
    return document("inspect.html", whole, material, head)


def how_it_went(run: Run) -> str:
    """Returns how a run ended, and how much of its test set it gets right."""
    right, data = run.metric("test/accuracy"), run.manifest.data
    said = run.manifest.sentence[:1].upper() + run.manifest.sentence[1:]
    if right is None or data is None or "test" not in data.examples:
        return f"{said}."
    examples = counted(data.examples["test"], "test example")
    return f"{said}; it gets {share(right)} of {examples} right."


def conditions(run: Run) -> str:
    """Returns what was trained on what and how, in a line."""
    manifest, known_by = run.manifest, run.manifest.identity
    said = []
    if manifest.data is not None:
        said.append(f"Data: {manifest.data.origin}.")
    if manifest.net is not None:
        formula = manifest.net.formula or str(known_by["net"]["name"])
        said.append(f"Network: {formula}, {count(manifest.net.parameters)} parameters.")
    recipe = known_by["recipe"]
    how = [str(recipe["optimizer"])] + [
        f"{name.replace('_', ' ')} {setting_value(recipe[name])}"
        for name in ("lr", "epochs", "steps", "batch_size")
        if recipe.get(name) is not None
    ]
    return " ".join([*said, f"Trained with {', '.join(how)}."])
