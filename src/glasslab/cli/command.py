"""The command that makes a study's results again."""

import shlex

from glasslab.plan.shipped import shipped_studies
from glasslab.plan.study import Study
from glasslab.plan.study_file import Options, read_study


def again(study: Study) -> str:
    """Returns the command line that makes the study again, from what it was made of."""
    name = study.shipped if study.shipped in shipped_studies() else f"{study.shipped}.toml"
    words = ["glasslab", "run", name]
    if study.quick:
        words.append("--quick")
    for each in study.overrides:
        words += ["--set", each]
    return shlex.join(words) + seeds_option(study)


def seeds_option(study: Study) -> str:
    """Returns " --seeds N" when a shipped study was run with other seeds than its file says."""
    path = shipped_studies().get(study.shipped)
    if path is None or study.seeds != tuple(range(len(study.seeds))):
        return ""
    written = read_study(path, Options(quick=study.quick, overrides=study.overrides)).seeds
    return "" if written == study.seeds else f" --seeds {len(study.seeds)}"
