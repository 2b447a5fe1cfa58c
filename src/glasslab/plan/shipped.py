"""The shipped studies, and finding the study that a name, a file or a folder means."""

from collections.abc import Callable
from pathlib import Path

from glasslab.errors import UsageError, nearest
from glasslab.plan.study import Study
from glasslab.plan.study_file import Options, read_study

SHIPPED = Path(__file__).parent.parent / "studies"


def shipped_studies() -> dict[str, Path]:
    """Returns the shipped studies' files by name."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.toml"))}


def find_study(text: str, options: Options | None = None, out: Path = Path("runs")) -> Study:
    """Returns the study that STUDY on the command line means.

    Args:
        text: a study file, a study folder, a shipped study's name, or the name of a folder below `out`.
        options: what to change about it.
        out: where study folders are.

    Raises:
        UsageError: when nothing of this name is there.
        StudyError: when it is there and wrong.
    """
    return read_study(study_path(text, out), options)


def study_path(text: str, out: Path = Path("runs")) -> Path:
    """Returns the file of the study that `text` means; see `find_study`."""
    shipped = shipped_studies()
    for path in (Path(text) / "study.toml", Path(text), shipped.get(text), out / text / "study.toml"):
        if path is not None and is_there(path.is_file):
            return path
    if text and is_there(Path(text).is_dir):
        raise UsageError(f"{text}: is a folder without a study.toml, so it is not a study's folder")
    made = [folder.parent.name for folder in out.glob("*/study.toml")]
    raise UsageError(f"no study '{text}' (shipped, as a file, or in {out}){nearest(text, [*shipped, *made])}")


def is_there(look: Callable[[], bool]) -> bool:
    """Returns what a look at a path says, and no where the system refuses to look."""
    try:
        return look()
    except OSError:
        return False
