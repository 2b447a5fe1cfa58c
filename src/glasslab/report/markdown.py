"""The table as Markdown."""

import re

from glasslab.report.table import Cell, Table

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def markdown(table: Table) -> str:
    """Returns the table in the pipe form that GitHub and Pandoc read, its notes below."""
    heads = [escaped(column.title) for column in table.columns]
    rules = ["---:" if column.numeric else "---" for column in table.columns]
    rows = [[marked(cell) for cell in row.cells] for row in table.rows]
    lines = [f"| {' | '.join(cells)} |" for cells in (heads, rules, *rows)]
    notes = [escaped(note) for note in table.notes]
    return "\n".join([*lines, "", *notes]).rstrip("\n") + "\n"


def marked(cell: Cell) -> str:
    """Returns a cell, the best in bold."""
    return f"**{escaped(cell.text)}**" if cell.best else escaped(cell.text)


def escaped(text: str) -> str:
    """Returns text that Markdown shows as it is, on one line."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split("\n")))
