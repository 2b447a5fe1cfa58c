"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

StudyName = Annotated[
    str, typer.Argument(metavar="STUDY", help="A shipped study's name, a study file, or a study folder.")
]
Out = Annotated[Path, typer.Option("--out", help="Where study folders are.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Quick = Annotated[bool, typer.Option("--quick", help="Apply the study's [quick]: small and fast.")]
Set = Annotated[
    list[str] | None, typer.Option("--set", metavar="A.B=C", help="Override a setting; repeatable.")
]
Seeds = Annotated[int | None, typer.Option("--seeds", min=1, help="So many seeds instead of the study's.")]
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Your data folder.")]
RUNS = Path("runs")
JSON_VERSION = 1  # raised when a field changes its meaning or goes
