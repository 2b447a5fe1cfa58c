"""Decision boundaries: the class that each network gives every point of the plane."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from glasslab.analysis.datasets import datasets
from glasslab.analysis.phrases import names
from glasslab.analysis.results import VariantResults
from glasslab.figures.boundary import SIDE, SMALL, Boundary, boundary, draw
from glasslab.figures.classes import ClassStyle, class_styles
from glasslab.figures.pixels import Picture
from glasslab.records.run import Run
from glasslab.report.inside.blocks import Own, Part
from glasslab.report.material import LOOKED_INTO, Material

MOST_SEEDS = 8  # pictures of one variant
MOST_VARIANTS = 36  # pictures of a study in which each variant has one
ACROSS = (6, 7, 8)  # small pictures that may stand side by side

Look = tuple[Run, Boundary]


@dataclass(frozen=True, slots=True)
class Plane:
    """One run's decision boundary.

    Attributes:
        variant: whose run it is.
        seed: the run's.
        right: its test accuracy, per cent; empty where it has none.
        address: of the run's folder, relative to the report.
        picture: the plane.
    """

    variant: str
    seed: int
    right: str
    address: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class Planes:
    """Decision boundaries that belong together: one variant's seeds, or one data set's variants.

    Attributes:
        title: the variant or the data set; empty where there is only one data set.
        planes: what is shown.
        classes: how the points are drawn, where it is not as in the row above; else empty.
        left_out: how many more seeds a variant has.
    """

    title: str
    planes: tuple[Plane, ...]
    classes: tuple[ClassStyle, ...]
    left_out: int = 0


def boundary_part(material: Material) -> Part | None:
    """Returns the boundaries, None where no run has one.

    A few variants are shown seed by seed; of many, every one with the first seed that it has.
    """
    own = [each for each in material.results.variants if each.same_as is None]
    first = {each.name: seen for each in own if (seen := next(looks(material, each), None))}
    if not first:
        return None
    if len(first) > LOOKED_INTO:
        return many(material, first)
    rows = [by_seed(material, each) for each in own if each.name in first]
    seeds = ", seed by seed" if any(len(row.planes) > 1 for row in rows) else ""
    opening = f"The class that each network gives every point of the plane{seeds}."
    return of_planes(opening, rows, small=False)


def looks(material: Material, results: VariantResults) -> Iterator[Look]:
    """Yields a variant's runs with the decision boundaries that they kept."""
    for run in results.runs.values():
        if run.finished and (arrays := material.seen(run, "boundary")):
            yield run, boundary(arrays)


def many(material: Material, first: Mapping[str, Look]) -> Part:
    """Returns one picture a variant, by data set."""
    shown = dict(list(first.items())[:MOST_VARIANTS])
    groups = datasets(material.results)
    rows = []
    for group in groups:
        own = {each.name: shown[each.name] for each in group.variants if each.name in shown}
        if own:
            planes = tuple(plane(material, name, look, SMALL) for name, look in own.items())
            title = group.title if len(groups) > 1 else ""
            rows.append(Planes(title, planes, classes(next(iter(own.values()))[0])))
    alone = [each.name for group in groups for each in group.variants if each.name not in shown]
    opening = "The class that each network gives every point of the plane: each variant with its first seed."
    return of_planes(opening, rows, small=True, left_out=f"Not shown: {names(alone)}." if alone else "")


def of_planes(opening: str, rows: Iterable[Planes], *, small: bool, left_out: str = "") -> Part:
    """Returns the part; a key of the classes stands where they are others than in the row above."""
    keyed: list[Planes] = []
    above: tuple[ClassStyle, ...] = ()
    for row in rows:
        keyed.append(Planes(row.title, row.planes, () if row.classes == above else row.classes, row.left_out))
        above = row.classes
    largest = max(len(row.planes) for row in keyed)
    content = {"rows": keyed, "small": small, "across": across(largest), "left_out": left_out}
    return Part("boundary", "Decision boundaries", opening, [Own("boundary.html", content)])


def across(count: int) -> int:
    """Returns how many small pictures stand side by side: so many that the last row is fullest."""
    return min(ACROSS, key=lambda columns: -count % columns)


def by_seed(material: Material, results: VariantResults) -> Planes:
    """Returns a variant's decision boundaries."""
    known = list(looks(material, results))
    planes = tuple(plane(material, results.name, look, SIDE) for look in known[:MOST_SEEDS])
    return Planes(results.name, planes, classes(known[0][0]), len(known) - len(planes))


def plane(material: Material, variant: str, look: Look, side: int) -> Plane:
    """Returns a run's decision boundary, so many pixels wide."""
    run, numbers = look
    picture = draw(numbers, classes(run), side)
    return Plane(variant, run.manifest.seed, accuracy(run), material.address(run), picture)


def classes(run: Run) -> tuple[ClassStyle, ...]:
    """Returns how the classes of a run's data are drawn."""
    return class_styles(run.manifest.data.classes if run.manifest.data else ())


def accuracy(run: Run) -> str:
    """Returns a run's test accuracy in per cent, empty where it has none."""
    found = run.metric("test/accuracy")
    return "" if found is None else f"{100 * found:.3g} % right"
