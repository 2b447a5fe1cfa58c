"""How to make it again."""

from glasslab.report.material import Material
from glasslab.report.section import Section

FILES = (
    ("study.toml", "the study as it was run; a folder with it is a study itself"),
    ("tables/scores.csv", "the table of scores in full precision"),
    ("tables/runs.csv", "every metric of every run"),
    ("tables/pairs.csv", "every difference by pairs"),
    ("tables/scores.md", "the table as Markdown"),
    ("tables/scores.tex", "the table as LaTeX (booktabs)"),
)


def again_section(material: Material) -> Section:
    """Returns the command that makes the study again, and the files that hold its numbers."""
    opening = "One command makes every number of this page again; runs that are there already are kept."
    return Section("again", "How to make it again", opening, {"command": material.command, "files": FILES})
