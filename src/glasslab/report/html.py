"""The report: one HTML file that needs nothing but itself, and its tables beside it."""

from collections.abc import Mapping
from pathlib import Path

from markupsafe import Markup

from glasslab.analysis.answer import answer, conditions, warnings
from glasslab.analysis.results import Results
from glasslab.figures.classes import COLOURS as CLASS_COLOURS
from glasslab.figures.colours import steps
from glasslab.records.durable import write_file
from glasslab.report.csv import pairs_csv, runs_csv, scores_csv
from glasslab.report.drawing import inside_script, live_script
from glasslab.report.latex import latex
from glasslab.report.markdown import markdown
from glasslab.report.material import Material
from glasslab.report.page import as_json, render, template_text
from glasslab.report.sections import sections
from glasslab.report.sections.scores import main_figure
from glasslab.report.table import table

FILES = ("scores.csv", "runs.csv", "pairs.csv", "scores.md", "scores.tex")


def write_report(results: Results, folder: Path, *, command: str) -> Path:
    """Writes a study's report and its tables, replacing earlier ones whole.

    Args:
        results: the study and its runs.
        folder: where to write: report.html, and tables/ with scores.csv, runs.csv, pairs.csv, scores.md and
            scores.tex. Links to runs are relative to it.
        command: what makes the study again, as the report shows it.

    Returns:
        The path of report.html.
    """
    material = Material(results, folder, command)
    write_tables(material, folder / "tables")
    path = folder / "report.html"
    write_file(path, page(material).encode("utf-8"))
    return path


def write_tables(material: Material, folder: Path) -> None:
    """Writes the tables in every form."""
    made = table(material.results, material.metric)
    contents = (
        scores_csv(made),
        runs_csv(material.results),
        pairs_csv(material.pairs, material.metric),
        markdown(made),
        latex(made),
    )
    for name, content in zip(FILES, contents, strict=True):
        write_file(folder / name, content.encode("utf-8"))


def page(material: Material) -> str:
    """Returns the report as the text of one HTML file."""
    study = material.results.study
    figure = main_figure(material)
    found = sections(material)
    return render(
        "report.html",
        study=study,
        warnings=warnings(material.results),
        answer=answer(material.results),
        conditions=conditions(material.results).split(" · "),
        figure=figure,
        sections=found,
        files=FILES,
        light=variables(material, dark=False),
        dark=variables(material, dark=True),
        style=template_text("style.css"),
        script=template_text("script.js"),
        vega=Markup(live_script()),
        charts=material.drawings.script(),
        runs=Markup(inside_script(as_json(material.run_names))),
    )


def variables(material: Material, dark: bool) -> Mapping[str, str]:
    """Returns the CSS variables of one ground: of variants, of classes, and of the heat maps' steps."""
    ground = "dark" if dark else "light"
    classes = {f"--c{place}": pair[dark] for place, pair in enumerate(CLASS_COLOURS, start=1)}
    return {"color-scheme": ground} | material.colours.variables(dark) | classes | steps(dark)
