"""How it was done: settings, networks, data, machine, code, and what may be unfair."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from glasslab.analysis.datasets import DataSet, datasets
from glasslab.analysis.fairness import fairness
from glasslab.analysis.names import setting_value
from glasslab.analysis.numbers import count, duration, value
from glasslab.analysis.results import Results, VariantResults
from glasslab.figures import points
from glasslab.figures.figure import Figure
from glasslab.figures.pixels import ClassRow, class_rows
from glasslab.records.manifest import Manifest, NetFacts
from glasslab.report.drawing import Drawn
from glasslab.report.material import Material
from glasslab.report.section import Section

PARTS = {"data": "Data", "net": "Network", "recipe": "Recipe"}
MOST_SCATTERS = 6  # data sets whose points are drawn
MOST_NETWORKS = 6  # layer by layer; networks alike in every layer are shown once
SPLITS = {"train": "training", "val": "validation", "test": "test"}
ABSENT = "–"


@dataclass(frozen=True, slots=True)
class Network:
    """A network, and the variants that use it.

    Attributes:
        variants: their names.
        facts: its layers.
    """

    variants: tuple[str, ...]
    facts: NetFacts


@dataclass(frozen=True, slots=True)
class DataShown:
    """One data set.

    Attributes:
        title: its name, where the study has several; else empty.
        facts: what its runs were trained on.
        samples: rows of pictures by class; empty where the examples are no images.
        points: the points of one seed, None where the examples are none in the plane.
    """

    title: str
    facts: list[tuple[str, str]]
    samples: list[ClassRow]
    points: Drawn | None


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run, for the table that leads to the run folders.

    Attributes:
        variant: its name.
        seed: the run's.
        status: how it ended.
        value: of the study's metric.
        seconds: of training, in words.
        address: of its folder, relative to the report.
    """

    variant: str
    seed: int
    status: str
    value: str
    seconds: str
    address: str


def method_section(material: Material) -> Section:
    """Returns how the study was done."""
    results = material.results
    manifests = [run.manifest for run in results.runs]
    content = {
        "warnings": fairness(results),
        "differing": differing(results),
        "shared": shared(results),
        "networks": networks(results),
        "data": data_shown(material),
        "made_by": made_by(manifests),
        "runs": run_rows(material),
        "heading": material.metric.text,
        "count": count,
    }
    return Section("method", "How it was done", "Everything that the numbers depend on.", content)


def differing(results: Results) -> tuple[tuple[str, ...], list[tuple[str, list[str]]]]:
    """Returns the settings that differ, and each variant's values of them."""
    names = results.study.differing()
    tables = {variant.name: variant.settings() for variant in results.study.variants}
    rows = [(name, [cell(table.get(each)) for each in names]) for name, table in tables.items()]
    return names, rows


def cell(setting: object) -> str:
    """Returns a setting's value, a dash for a variant that does not have the setting."""
    return ABSENT if setting is None else setting_value(setting)


def shared(results: Results) -> list[tuple[str, list[tuple[str, str]]]]:
    """Returns the settings that all variants share, part by part."""
    differ = set(results.study.differing())
    common = {k: v for k, v in results.study.variants[0].settings().items() if k not in differ}
    found = []
    for part, title in PARTS.items():
        own = [(k.partition(".")[2], setting_value(v)) for k, v in common.items() if k.startswith(part + ".")]
        if own:
            found.append((title, own))
    return found


def networks(results: Results) -> list[Network]:
    """Returns the networks of the study, each once, with the variants that use it."""
    users: dict[NetFacts, list[str]] = {}
    for each in results.variants:
        facts = next((run.manifest.net for run in each.runs.values() if run.manifest.net), None)
        if facts is not None:
            users.setdefault(facts, []).append(each.name)
    return [Network(tuple(names), facts) for facts, names in list(users.items())[:MOST_NETWORKS]]


def data_shown(material: Material) -> list[DataShown]:
    """Returns each data set of the study once, those that a run has read."""
    found = [each for each in datasets(material.results) if any(run.manifest.data for run in each.runs)]
    figures = point_figures(material, found)
    return [
        DataShown(
            each.title if len(found) > 1 else "",
            data_facts([run.manifest for run in each.runs]),
            samples(material, each),
            figure,
        )
        for each, figure in zip(found, figures, strict=True)
    ]


def data_facts(manifests: Sequence[Manifest]) -> list[tuple[str, str]]:
    """Returns what the runs were trained on; sets drawn anew for each seed have a fingerprint each."""
    known = [m.data for m in manifests if m.data]
    first = known[0]
    sizes = dict.fromkeys(
        ", ".join(f"{count(n)} {SPLITS.get(name, name)}" for name, n in each.examples.items())
        for each in known
    )
    prints = list(dict.fromkeys(each.fingerprint for each in known))
    told = prints[0] if len(prints) == 1 else f"{len(prints)} different ones; see each run.json"
    return [
        ("read from", "; ".join(dict.fromkeys(each.origin for each in known))),
        ("examples", "; ".join(sizes)),
        ("one example", " × ".join(map(str, first.input_shape))),
        ("classes", ", ".join(first.classes)),
        ("fingerprint", told),
    ]


def samples(material: Material, data: DataSet) -> list[ClassRow]:
    """Returns a row of pictures for each class, from the first run on a data set that kept some."""
    for run in data.runs:
        arrays = material.seen(run, "samples")
        if arrays and "pixels" in arrays and run.manifest.data:
            pixels = np.asarray(arrays["pixels"], dtype=np.uint8)
            return list(class_rows(pixels, arrays["labels"].astype(np.int64), run.manifest.data.classes))
    return []


def point_figures(material: Material, found: Sequence[DataSet]) -> list[Drawn | None]:
    """Returns a figure of each data set's points; of several, only the last says how to read them."""
    figures: list[Figure | None] = []
    for number, each in enumerate(found, start=1):
        name, title = ("points", "") if len(found) == 1 else (f"points-{number}", each.title)
        figures.append(point_figure(material, each, name, title) if number <= MOST_SCATTERS else None)
    last = max((place for place, figure in enumerate(figures) if figure), default=0)
    return [
        None
        if figure is None
        else material.drawings.draw(figure if place == last else replace(figure, caption=""))
        for place, figure in enumerate(figures)
    ]


def point_figure(material: Material, data: DataSet, name: str, title: str) -> Figure | None:
    """Returns the points of the first run on a data set, None where the examples are no points."""
    for run in data.runs:
        arrays = material.seen(run, "samples")
        if arrays and "points" in arrays and run.manifest.data:
            panels = points.point_panels(arrays)
            return points.draw(panels, run.manifest.data.classes, name, run.manifest.seed, title)
    return None


def made_by(manifests: Sequence[Manifest]) -> list[tuple[str, str]]:
    """Returns what machine and what code made the runs."""
    if not manifests:
        return []

    def every(texts: Sequence[str]) -> str:
        return "; ".join(dict.fromkeys(texts))

    libraries = [", ".join(f"{k} {v}" for k, v in m.machine.libraries.items()) for m in manifests]
    commits = [
        f"{m.code.commit or 'no checkout'}{' with changes' if m.code.changed else ''}" for m in manifests
    ]
    return [
        ("processor", every([m.machine.processor for m in manifests])),
        (
            "trained on",
            every([f"{m.device}, {m.threads} thread{'s' if m.threads > 1 else ''} a run" for m in manifests]),
        ),
        (
            "side by side",
            every([f"{m.at_once} run{'s' if m.at_once > 1 else ''} at a time" for m in manifests]),
        ),
        ("system", every([f"{m.machine.system}, Python {m.machine.python}" for m in manifests])),
        ("libraries", every(libraries)),
        ("glasslab", every([m.code.version for m in manifests])),
        ("source", every([m.code.source for m in manifests])),
        ("commit", every(commits)),
    ]


def run_rows(material: Material) -> list[RunRow]:
    """Returns every run with the address of its folder."""
    return [
        row for each in material.results.variants if each.same_as is None for row in rows_of(material, each)
    ]


def rows_of(material: Material, results: VariantResults) -> list[RunRow]:
    """Returns a variant's runs by seed."""
    values = results.values(material.metric)
    return [
        RunRow(
            variant=results.name,
            seed=seed,
            status=run.manifest.status,
            value=value(values[seed], material.metric) if seed in values else ABSENT,
            seconds=duration(run.manifest.seconds) if run.finished else ABSENT,
            address=material.address(run),
        )
        for seed, run in results.runs.items()
    ]
