"""glasslab new: a study file of one's own, begun from a shipped one."""

from pathlib import Path
from typing import Annotated

import typer

from glasslab.errors import UsageError


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new study's name.")],
    origin: Annotated[
        str, typer.Option("--from", metavar="STUDY", help="What to begin with.")
    ] = "quickstart",
) -> None:
    """Start a study of your own from a copy of another."""
    from glasslab.plan.shipped import study_path

    path = Path(name if name.endswith(".toml") else f"{name}.toml")
    text = study_path(origin).read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"{path}: is there already; choose another name, or delete it first") from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror})") from error
    print(f"{path} is a copy of {origin}. Edit it, then: glasslab plan {path}   and   glasslab run {path}")
