"""The report: one HTML file that holds everything it shows, and its tables beside it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from glasslab.analysis.answer import answer, conditions, warnings
from glasslab.analysis.results import Results
from glasslab.figures import colours
from glasslab.figures.classes import COLOURS as CLASS_COLOURS
from glasslab.figures.theme import unchecked
from glasslab.records.durable import write_file
from glasslab.report.csv import pairs_csv, runs_csv, scores_csv
from glasslab.report.drawing import Drawings
from glasslab.report.latex import latex
from glasslab.report.live_script import live_script
from glasslab.report.markdown import markdown
from glasslab.report.material import Material
from glasslab.report.page import render, template_text
from glasslab.report.section import Section
from glasslab.report.sections import sections
from glasslab.report.sections.scores import main_figure
from glasslab.report.table import table
from glasslab.version import VERSION


def write_report(results: Results, folder: Path, *, command: str) -> Path:
    """Writes report.html and tables/ into a folder and returns the path of the former.

    Args:
        results: a study and its runs.
        folder: where to write, usually the study's folder; links to runs are relative to it.
        command: the command line that makes the study again.
    """
    made = table(results, results.study.metric)
    material = Material(results, folder, Drawings(), command)
    files = {
        "scores.csv": scores_csv(made),
        "runs.csv": runs_csv(results),
        "pairs.csv": pairs_csv(material.pairs, results.study.metric),
        "scores.md": markdown(made),
        "scores.tex": latex(made),
    }
    for name, text in files.items():
        write_file(folder / "tables" / name, text.encode())
    path = folder / "report.html"
    with unchecked():
        write_file(path, page(material).encode())
    return path


def page(material: Material) -> str:
    """Returns the whole document."""
    results = material.results
    first = main_figure(material) if any(score.estimate for score in material.scores) else None
    below = sections(material)
    head = {
        "study": results.study,
        "answer": answer(results),
        "conditions": conditions(results),
        "warnings": [*warnings(results), *material.unreadable],
        "first": first,
    }
    whole = Document(
        title=results.study.question,
        contents=tuple((section.name, section.title) for section in below),
        sections=tuple(below),
        rests="Every number rests on the run folders beside this file.",
    )
    return document("report.html", whole, material, head)


@dataclass(frozen=True, slots=True)
class Document:
    """What a page is made of below its head.

    Attributes:
        title: of the page, as a browser shows it.
        contents: places in the page with what they are called, to go to.
        sections: from top to bottom.
        rests: a sentence that says what the page's numbers rest on.
    """

    title: str
    contents: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    rests: str


def document(template: str, whole: Document, material: Material, head: dict[str, Any]) -> str:
    """Returns a page that holds everything it shows.

    Args:
        template: one that extends document.html with a head.
        whole: the rest of the page.
        material: everything of it has been drawn.
        head: what the template fills into the head.
    """
    return render(
        template,
        **head,
        title=whole.title,
        contents=whole.contents,
        sections=whole.sections,
        rests=whole.rests,
        style=template_text("style.css"),
        script=template_text("script.js"),
        palettes={"light": palette(material, dark=False), "dark": palette(material, dark=True)},
        charts=material.drawings.script(),
        live=Markup(live_script() if material.drawings.charts else ""),
        version=VERSION,
    )


def palette(material: Material, *, dark: bool) -> Markup:
    """Returns the CSS variables of variants, heat maps and classes for one of the two grounds."""
    found = material.colours.variables(dark) | colours.steps(dark)
    classes = {f"--c{place}": pair[dark] for place, pair in enumerate(CLASS_COLOURS, start=1)}
    return Markup("; ".join(f"{name}: {value}" for name, value in (found | classes).items()))
