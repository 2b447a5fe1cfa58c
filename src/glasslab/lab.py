"""The lab in Python: build or read a study, run it, and ask what came of it.

import glasslab

study = glasslab.Study(
    question="Does width help?",
    data={"name": "mnist5k"},
    net={"name": "mlp"},
    recipe={"lr": 1e-3, "epochs": 5},
    variants={"narrow": {"net": {"widths": [16]}}, "wide": {"net": {"widths": [256]}}},
    seeds=5,
)
results = glasslab.run(study)
print(glasslab.compare(results))
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from glasslab.analysis.results import Results, load_results
from glasslab.errors import UsageError
from glasslab.plan import study as plan
from glasslab.plan.asked import read_asked
from glasslab.plan.shipped import find_study, shipped_studies
from glasslab.plan.study_file import Options, make_study
from glasslab.records.event_files import event_files
from glasslab.records.origin import own_study
from glasslab.records.run import Run, read_run
from glasslab.records.run_folder import find_run
from glasslab.runner.crew import Crew, getting_ready, likely_size

__all__ = [
    "Results",
    "Study",
    "compare",
    "inspect",
    "open_study",
    "results",
    "run",
    "shipped_studies",
    "write_inside_page",
    "write_report",
]

Arrays = dict[str, NDArray[Any]]


def Study(question: str, *, name: str = "study", folder: Path | str = ".", **tables: Any) -> plan.Study:
    """Returns a study built from plain values, in the form of a study file.

    Args:
        question: the sentence that the study answers.
        name: names the study's folder.
        folder: paths and modules in the study are relative to it.
        tables: the rest of what a study file holds: data, net, recipe, variants, seeds, claims, ...

    Raises:
        StudyError: with every problem found.
    """
    return make_study({"question": question, **tables}, name, Options(), folder=Path(folder))


def open_study(
    study: str | Path,
    *,
    quick: bool = False,
    overrides: Mapping[str, Any] | Sequence[str] | str = (),
    seeds: int | None = None,
    out: Path | str = "runs",
) -> plan.Study:
    """Returns the study that a shipped name, a study file or a study folder means.

    Args:
        study: the name, file or folder.
        quick: apply the study's [quick].
        overrides: settings that override everything else, {"recipe.lr": 0.1} or ["recipe.lr=0.1"].
        seeds: so many seeds instead of the study's.
        out: where study folders are looked for by name.

    Raises:
        UsageError: when there is no such study.
        StudyError: with every problem found in it.
    """
    if isinstance(overrides, str):
        overrides = [overrides]
    elif isinstance(overrides, Mapping):
        overrides = [f"{key}={as_toml(value)}" for key, value in overrides.items()]
    options = Options(quick=quick, overrides=tuple(overrides), seeds=seeds)
    return find_study(str(study), options, Path(out))


def as_toml(value: Any) -> str:
    """Returns a plain value as TOML writes it."""
    import tomli_w  # noqa: PLC0415 only here

    return tomli_w.dumps({"v": value}).partition("=")[2].strip()


def run(  # noqa: PLR0913 the options of the command line, by the same names
    study: plan.Study | str | Path,
    *,
    out: Path | str = "runs",
    jobs: int | None = None,
    device: str = "auto",
    engine: str = "auto",
    data_dir: Path | str | None = None,
    download: bool = False,
    tensorboard: bool = False,
    only: Sequence[str] = (),
    watch: Callable[[Any], None] | None = None,
) -> Results:
    """Makes the runs of a study that are missing, failed or were interrupted; returns all results.

    Args:
        study: what is asked; a name, file or folder is opened first.
        out: where study folders are made.
        jobs: processes that train at the same time; by default one a core.
        device: "auto", "cpu", "cuda", "mps".
        engine: "solo" trains one run at a time, "stacked" all runs of one structure at once; "auto" chooses
            by what was measured to be faster.
        data_dir: your data folder; by default GLASSLAB_DATA, ./data and the cache are looked in.
        download: whether a missing public set may be fetched.
        tensorboard: whether to write event files for TensorBoard too, a folder a run, below the study's.
        only: names of the variants to train; empty for all.
        watch: called with each `glasslab.runner.job.Event`.

    Raises:
        StudyError, DataError, UsageError: when something is wrong; before the first run.
    """
    if isinstance(study, str | Path):
        study = open_study(study, out=out)
    with getting_ready(likely_size(study, Path(out) / study.name, jobs, device)) as crew:
        from glasslab.runner.order import Order, survey  # noqa: PLC0415 torch only when asked to train

        order = Order(
            out=Path(out),
            jobs=jobs,
            device=device,
            engine=engine,
            data_dir=None if data_dir is None else Path(data_dir),
            download=download,
            only=tuple(only),
        )
        making = Making(order, survey(study, order), crew, tensorboard)
        return make_runs(study, making, watch or (lambda event: None))


@dataclass(frozen=True, slots=True)
class Making:
    """How the runs of a study that was surveyed are to be made.

    Attributes:
        order: a `glasslab.runner.order.Order`.
        work: what `glasslab.runner.order.survey` found there is to do.
        crew: the processes that train.
        tensorboard: whether to write event files too.
    """

    order: Any
    work: Any
    crew: Crew
    tensorboard: bool


def make_runs(study: plan.Study, making: Making, tell: Callable[[Any], None]) -> Results:
    """Makes the runs of a surveyed study, and returns all results; `tell` is called with each event."""
    from glasslab.runner.order import carry_out_study  # noqa: PLC0415 torch only when asked to train

    folder = making.work.folder
    with ExitStack() as stack:
        if making.tensorboard:
            tell = stack.enter_context(event_files(folder, distinct(study, folder), tell))
        carry_out_study(study, making.order, tell, making.work, making.crew)
    return load_results(study, folder)


def distinct(study: plan.Study, folder: Path) -> list[tuple[str, Run]]:
    """Returns the runs that are there already, each once, with the name that it was run under."""
    runs = load_results(study, folder).runs if folder.is_dir() else []
    return [(run.manifest.variant, run) for run in runs]


def results(study: plan.Study, *, out: Path | str = "runs") -> Results:
    """Returns what the runs made so far gave, without making any.

    Raises:
        UsageError: when the study has no folder yet.
    """
    folder = Path(out) / study.name
    if not folder.is_dir():
        raise UsageError(f"{folder}: nothing has been run yet; run the study first")
    return load_results(study, folder)


def compare(found: Results) -> str:
    """Returns the answer, the table with intervals, and the verdict on each claim, as Markdown."""
    # half a second of imports, of which training needs none
    from glasslab.analysis.answer import answer, claim_sentence  # noqa: PLC0415
    from glasslab.analysis.verdicts import judge  # noqa: PLC0415
    from glasslab.report.markdown import markdown  # noqa: PLC0415
    from glasslab.report.table import table  # noqa: PLC0415

    verdicts = "\n".join(f"- {claim_sentence(judged)}" for judged in judge(found))
    shown = markdown(table(found, found.study.metric))
    return "\n\n".join(part for part in (answer(found), shown, verdicts) if part)


def write_report(found: Results, folder: Path | str | None = None, *, command: str = "") -> Path:
    """Writes the report and its tables, and returns the path of the HTML file.

    Args:
        found: a study's results.
        folder: where to write; by default the study's folder.
        command: the command that makes it again, shown in the report.
    """
    from glasslab.report import html  # noqa: PLC0415 half a second of imports, of which training needs none

    where = found.folder if folder is None else Path(folder)
    return html.write_report(found, where, command=command or f"glasslab run {found.study.shipped}")


def inspect(
    run: str | Path,
    probes: Sequence[str] = (),
    *,
    out: Path | str = "runs",
    device: str = "auto",
    data_dir: Path | str | None = None,
    **settings: Mapping[str, Any],
) -> dict[str, Arrays]:
    """Looks into a trained run and returns what each probe saw, as arrays by their names.

    The arrays are kept in the run's folder too, as probes/<name>.npz, in place of an earlier look.

    Args:
        run: the run's folder, its name, or its hash.
        probes: names of probes, or one name; by default all that can look at this run.
        out: where study folders are looked for by name.
        device: "auto", "cpu", "cuda", "mps".
        data_dir: your data folder; by default GLASSLAB_DATA, ./data and the cache are looked in.
        settings: of probes, by their names: boundary={"side": 61}.

    Raises:
        UsageError: when there is no such run or probe, the run has not finished, a setting is wrong, or a
            probe that was named cannot look at this run.
        StudyError, DataError, RecordError: when data, module or weights are missing, damaged or changed.
        Exception: of the first probe that failed for another reason, when all others have looked.
    """
    found = read_run(find_run(str(run), Path(out)))
    study = own_study(found.folder.path, found.manifest)
    asked = read_asked([probes] if isinstance(probes, str) else probes, settings, study.probes)
    from glasslab.runner import inspect as runner  # noqa: PLC0415 torch only when asked to look

    site = runner.Site(device, None if data_dir is None else Path(data_dir))
    seen = runner.inspect(found, study, asked, site)
    for error in seen.troubles.values():
        raise error
    return seen.arrays


def write_inside_page(run: str | Path, *, out: Path | str = "runs") -> Path:
    """Writes what probes saw in a run as a page and PNG files, and returns the path of the page.

    Args:
        run: the run's folder, its name, or its hash.
        out: where study folders are looked for by name.

    Raises:
        UsageError: when there is no such run.
    """
    from glasslab.report import inside_page  # noqa: PLC0415 half a second of imports

    found = read_run(find_run(str(run), Path(out)))
    return inside_page.write_inside_page(found, own_study(found.folder.path, found.manifest)).path
