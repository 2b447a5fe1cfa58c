"""The table as LaTeX, for the booktabs package."""

from glasslab.analysis.names import metric_name
from glasslab.report.table import Cell, Table

# What LaTeX reads as commands, and the signs that its default fonts lack.
SIGNS = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "±": r"$\pm$",
    "−": "$-$",
    "×": r"$\times$",
    "–": "--",
    "\u2009": r"\,",
    "“": "``",
    "”": "''",
}
RAISED = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"
LOWERED = "-0123456789"


def latex(table: Table) -> str:
    """Returns a table environment: booktabs rules, numbers to the right, notes in the caption."""
    form = "".join("r" if column.numeric else "l" for column in table.columns)
    rows = [" & ".join(marked(cell) for cell in row.cells) for row in table.rows]
    caption = f"{metric_name(table.metric).capitalize()} by variant. {' '.join(table.notes)}".strip()
    lines = [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{escaped(caption)}}}",
        rf"\begin{{tabular}}{{{form}}}",
        r"\toprule",
        " & ".join(escaped(column.title) for column in table.columns) + r" \\",
        r"\midrule",
        *(row + r" \\" for row in rows),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def marked(cell: Cell) -> str:
    """Returns a cell, the best in bold."""
    return rf"\textbf{{{escaped(cell.text)}}}" if cell.best else escaped(cell.text)


def escaped(text: str) -> str:
    """Returns text that LaTeX prints as it is."""
    return "".join(raised(sign) if sign in RAISED else SIGNS.get(sign, sign) for sign in text)


def raised(sign: str) -> str:
    """Returns a raised digit or minus sign as LaTeX writes it."""
    return f"$^{{{LOWERED[RAISED.index(sign)]}}}$"
