"""Training what is missing of a study and writing its report: what the commands that train share."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from glasslab.analysis.results import Results
from glasslab.cli.command import again
from glasslab.cli.progress import names_of, watching
from glasslab.lab import Making, make_runs
from glasslab.plan.study import Study
from glasslab.runner.crew import getting_ready, likely_size


@dataclass(frozen=True, slots=True)
class Training:
    """How to train, as the options say it.

    Attributes:
        jobs: processes that train at the same time; None for one a core.
        device: "auto", "cpu", "cuda", "mps".
        engine: "auto", "solo", "stacked".
        data_dir: the user's data folder; None for the usual places.
        download: whether public data may be fetched.
        quiet: whether to show no progress.
        tensorboard: whether to write event files too.
        only: names of the variants to train; empty for all.
    """

    jobs: int | None = None
    device: str = "auto"
    engine: str = "auto"
    data_dir: Path | None = None
    download: bool = False
    quiet: bool = False
    tensorboard: bool = False
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of it.

    Attributes:
        results: of the study, with the runs that were there before.
        report: the file that was written.
        failed: a line for each run, and each look into one, that failed now.
        only: names of the variants that were asked for; empty for all.
    """

    results: Results
    report: Path
    failed: tuple[str, ...]
    only: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every run that was asked for has ended and can be read, and none failed now."""
        asked = tuple(v for v in self.results.variants if not self.only or v.name in self.only)
        complete = replace(self.results, variants=asked).complete
        return not self.failed and complete and not self.results.troubles


def train(study: Study, out: Path, how: Training) -> Trained:
    """Makes what is missing of a study, showing progress, and writes its report.

    Args:
        study: what is asked.
        out: where its folder stands or will stand.
        how: the options.

    Raises:
        StudyError, DataError, UsageError: as `carry_out_study`, before the first run.
    """
    failed: list[str] = []
    size = likely_size(study, out / study.name, how.jobs, how.device)
    with watching(how.quiet) as watch, getting_ready(size) as crew:
        # torch is loaded here, when the study is known to be right, and by the workers at the same time
        from glasslab.runner.job import Event
        from glasslab.runner.order import Order, survey

        order = Order(out, how.jobs, how.device, how.engine, how.data_dir, how.download, how.only)
        work = survey(study, order)
        names = names_of(work)
        watch.begin(work)

        def tell(event: Event) -> None:
            watch.tell(event)
            if event.status == "failed":
                failed.append(f"failed: {names[event.hash]}: {event.sentence}")
            if event.kind == "trouble":
                failed.append(f"{names[event.hash]}: {event.sentence}")
                if how.quiet:  # nobody else says it
                    print(f"glasslab: {failed[-1]}", file=sys.stderr)

        results = make_runs(study, Making(order, work, crew, how.tensorboard), tell)
    # SciPy and the figures are loaded here, when training is over
    from glasslab.report.html import write_report

    report = write_report(results, work.folder, command=again(study))
    return Trained(results, report, tuple(failed), how.only)
