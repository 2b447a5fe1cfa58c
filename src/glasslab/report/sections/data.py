"""The data: what they are, where they came from, and a few of them to look at."""

from dataclasses import dataclass

import numpy as np

from glasslab.analysis.names import setting_value
from glasslab.analysis.numbers import TIMES, count
from glasslab.analysis.results import VariantResults
from glasslab.figures import points
from glasslab.figures.pixels import ClassRow, class_rows
from glasslab.records.manifest import DataFacts
from glasslab.records.run import Run
from glasslab.report.drawing import Drawn
from glasslab.report.material import Material

MOST = 3  # data sets with pictures of their own


@dataclass(frozen=True, slots=True)
class DataSet:
    """One data set as the report shows it.

    Attributes:
        name: as the settings have it.
        variants: those that used it.
        facts: what is known of it.
        rows: samples by class, for images.
        figure: the points, for points in the plane.
    """

    name: str
    variants: tuple[str, ...]
    facts: list[tuple[str, str]]
    rows: tuple[ClassRow, ...]
    figure: Drawn | None


def data_sets(material: Material) -> list[DataSet]:
    """Returns the distinct data sets of a study, by their settings."""
    groups: dict[str, list[VariantResults]] = {}
    for each in material.results.variants:
        groups.setdefault(repr(each.variant.table()["data"]), []).append(each)
    return [data_set(material, group, number) for number, group in enumerate(groups.values(), start=1)]


def data_set(material: Material, group: list[VariantResults], number: int) -> DataSet:
    """Returns what is known of the data that some variants share."""
    runs = [run for each in group for run in each.runs.values() if run.manifest.data is not None]
    name = str(group[0].variant.settings()["data.name"])
    rows: tuple[ClassRow, ...] = ()
    figure = None
    pictured = next((run for run in runs if material.arrays(run, "samples")), None)
    if pictured is not None and number <= MOST:
        rows, figure = samples(material, pictured, number)
    facts = facts_of([run.manifest.data for run in runs if run.manifest.data is not None])
    return DataSet(name, tuple(each.name for each in group), facts, rows, figure)


def samples(material: Material, run: Run, number: int) -> tuple[tuple[ClassRow, ...], Drawn | None]:
    """Returns a few examples of each class, or all points in the plane."""
    arrays, data = material.arrays(run, "samples"), run.manifest.data
    if arrays is None or data is None:
        return (), None
    if "pixels" in arrays:
        pixels = np.asarray(arrays["pixels"], dtype=np.uint8)
        return class_rows(pixels, np.asarray(arrays["labels"], dtype=np.int64), data.classes), None
    figure = points.draw(points.point_panels(arrays), data.classes, f"points-{number}", run.manifest.seed)
    return (), material.drawings.draw(figure)


def facts_of(found: list[DataFacts]) -> list[tuple[str, str]]:
    """Returns what is known of a data set."""
    if not found:
        return []
    first = found[0]
    prints = sorted({data.fingerprint for data in found})
    splits = {"train": "training", "val": "validation", "test": "test"}
    sizes = [f"{count(size)} {splits.get(split, split)}" for split, size in first.examples.items() if size]
    shown = (
        prints[0] if len(prints) == 1 else f"{count(len(prints))} different ones, drawn anew for each seed"
    )
    return [
        ("examples", ", ".join(sizes)),
        ("shape of one", f" {TIMES} ".join(map(count, first.input_shape))),
        ("classes", f"{count(len(first.classes))}: {setting_value(first.classes)}"),
        ("origin", first.origin),
        ("fingerprint", shown),
    ]
