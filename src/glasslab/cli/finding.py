"""Finding what STUDY means, and the results that were made for it."""

import sys
from pathlib import Path

from glasslab.analysis.results import Results, load_results
from glasslab.errors import UsageError
from glasslab.plan.shipped import find_study
from glasslab.plan.study import Study
from glasslab.plan.study_file import Options


def home_of(text: str, out: Path) -> Path:
    """Returns where a study's folder stands: beside the folder that STUDY is, else --out."""
    return Path(text).resolve().parent if (Path(text) / "study.toml").is_file() else out


def find(text: str, out: Path, options: Options) -> tuple[Study, Path]:
    """Returns the study that STUDY means and where its folder stands or will stand."""
    return find_study(text, options, out), home_of(text, out)


def find_results(text: str, out: Path) -> Results:
    """Returns the results of a study that was run.

    Where the study has a folder, the study.toml in it counts: it says what was run.

    Raises:
        UsageError: when nothing was run.
    """
    study, home = find(text, out, Options())
    folder = home / study.name
    if not (folder / "study.toml").is_file():
        raise UsageError(f"{folder}: nothing was run yet; `glasslab run {text}` first")
    run = find_study(str(folder))
    if (run.metric, run.variants, run.claims) != (study.metric, study.variants, study.claims):
        print(f"glasslab: {text} has changed since it was run; this is what was run", file=sys.stderr)
    return load_results(run, folder)
