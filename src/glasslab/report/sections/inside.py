"""Inside the networks: what their probes saw."""

from dataclasses import dataclass

from glasslab.analysis.results import VariantResults
from glasslab.figures.boundary import boundary, draw
from glasslab.figures.classes import ClassStyle, class_styles
from glasslab.figures.pixels import Picture
from glasslab.records.run import Run
from glasslab.report.material import Material
from glasslab.report.section import Section

MOST_SEEDS = 8  # pictures of one variant


@dataclass(frozen=True, slots=True)
class Plane:
    """One run's decision boundary.

    Attributes:
        seed: the run's.
        right: its test accuracy, per cent; None where it has none.
        address: of the run's folder, relative to the report.
        picture: the plane.
    """

    seed: int
    right: str
    address: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class Planes:
    """A variant's decision boundaries.

    Attributes:
        variant: its name.
        planes: of its first seeds.
        left_out: how many seeds are not shown.
    """

    variant: str
    planes: tuple[Plane, ...]
    left_out: int


def inside_section(material: Material) -> Section | None:
    """Returns what the probes saw, None where the study has none that can be shown."""
    rows = [each for each in (planes(material, v) for v in material.looked_into) if each is not None]
    if not rows:
        return None
    opening = "The class that each network gives every point of the plane, seed by seed."
    content = {"rows": rows, "classes": styles(material)}
    return Section("inside", "Inside the networks", opening, content)


def planes(material: Material, results: VariantResults) -> Planes | None:
    """Returns a variant's decision boundaries, None where no run kept one."""
    seen = [(run, material.seen(run, "boundary")) for run in results.runs.values() if run.finished]
    known = [(run, arrays) for run, arrays in seen if arrays]
    if not known:
        return None
    shown = tuple(
        Plane(run.manifest.seed, accuracy(run), material.address(run), draw(boundary(arrays), classes(run)))
        for run, arrays in known[:MOST_SEEDS]
    )
    return Planes(results.name, shown, len(known) - len(shown))


def classes(run: Run) -> tuple[ClassStyle, ...]:
    """Returns how the classes of a run's data are drawn."""
    return class_styles(run.manifest.data.classes if run.manifest.data else ())


def styles(material: Material) -> tuple[ClassStyle, ...]:
    """Returns how the classes of the first variant's data are drawn, for the key."""
    runs = [run for each in material.looked_into for run in each.runs.values()]
    return classes(runs[0]) if runs else ()


def accuracy(run: Run) -> str:
    """Returns a run's test accuracy in per cent, empty where it has none."""
    found = run.metric("test/accuracy")
    return "" if found is None else f"{100 * found:.3g} % right"
