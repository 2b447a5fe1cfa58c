"""Where it goes wrong: confusion matrices, how far confidence can be trusted, and the worst mistakes."""

from dataclasses import dataclass
from functools import partial

from glasslab.analysis.calibration import calibration, sentence
from glasslab.analysis.numbers import share
from glasslab.analysis.results import VariantResults
from glasslab.figures import calibration as calibration_figure
from glasslab.figures import confusion as confusion_figure
from glasslab.figures.pixels import Mistake, mistakes
from glasslab.records.run import Run
from glasslab.report.drawing import Drawn
from glasslab.report.material import Material
from glasslab.report.section import Section

FEWEST_CLASSES, MOST_CLASSES = 3, 40  # with two, accuracy says it all; with more, cells are too small


@dataclass(frozen=True, slots=True)
class Gallery:
    """One run's worst mistakes.

    Attributes:
        variant: its name.
        seed: of the run that is shown, the variant's first finished one.
        address: of the run's folder, relative to the report.
        mistakes: most confident first.
    """

    variant: str
    seed: int
    address: str
    mistakes: tuple[Mistake, ...]


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far the networks' confidence can be trusted.

    Attributes:
        drawn: accuracy against confidence.
        sentences: the finding, one a variant.
    """

    drawn: Drawn
    sentences: tuple[str, ...]


def mistakes_section(material: Material) -> Section | None:
    """Returns where the networks go wrong, None where there is nothing to show of it."""
    found = [each for each in map(material.confusion, material.looked_into) if each is not None]
    fit = [each for each in found if FEWEST_CLASSES <= len(each.classes) <= MOST_CLASSES]
    galleries = [each for each in (gallery(material, v) for v in material.looked_into) if each is not None]
    trust = reliability(material)
    if not fit and not galleries and trust is None:
        return None
    figure = material.drawings.draw(confusion_figure.draw(fit)) if fit else None
    opening = "Which test examples the networks take for something else."
    if trust is not None:
        opening = f"{opening.removesuffix('.')}, and how far their confidence can be trusted."
    content = {"figure": figure, "trust": trust, "galleries": galleries, "share": share}
    return Section("mistakes", "Where it goes wrong", opening, content)


def reliability(material: Material) -> Reliability | None:
    """Returns how far confidence can be trusted, None where too few predictions tell."""
    read = (material.read(partial(calibration, each)) for each in material.looked_into)
    found = [each for each in read if each is not None]
    if not found:
        return None
    drawn = material.drawings.draw(calibration_figure.draw(found, material.colours))
    return Reliability(drawn, tuple(map(sentence, found)))


def gallery(material: Material, results: VariantResults) -> Gallery | None:
    """Returns the worst mistakes of a variant's first finished run, None where it kept none."""
    run = first_finished(results)
    arrays = material.seen(run, "mistakes") if run else None
    if run is None or not arrays or run.manifest.data is None or len(arrays["labels"]) == 0:
        return None
    shown = mistakes(arrays, run.manifest.data.classes)
    return Gallery(results.name, run.manifest.seed, material.address(run), shown)


def first_finished(results: VariantResults) -> Run | None:
    """Returns a variant's first run that finished."""
    return next((run for run in results.runs.values() if run.finished), None)
