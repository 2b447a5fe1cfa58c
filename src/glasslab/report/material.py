"""What every section of a report draws on, worked out once."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from numpy.typing import NDArray

from glasslab.analysis.best import Best, best
from glasslab.analysis.factors import Design, design
from glasslab.analysis.mistakes import Confusion, confusion
from glasslab.analysis.pairs import Pair, pairs
from glasslab.analysis.results import Results, VariantResults
from glasslab.analysis.scores import Score, ranked, scores
from glasslab.analysis.verdicts import Judged, judge
from glasslab.errors import RecordError
from glasslab.figures.colours import Colours, colours
from glasslab.figures.heatmap import two_settings
from glasslab.plan.metric import Metric
from glasslab.records.run import PROBE_SETTINGS, Run
from glasslab.report.drawing import Drawings

T = TypeVar("T")

SHOWN = 12  # so many variants at most stand in a figure at once; the rest are shown on demand
LOOKED_INTO = 4  # so many variants at most have pictures of their own


@dataclass(frozen=True, slots=True)
class Look:
    """What a probe saw in one run.

    Attributes:
        variant: whose run it is.
        run: that run.
        arrays: by name, as the probe kept them.
    """

    variant: str
    run: Run
    arrays: Mapping[str, NDArray[Any]]

    @property
    def settings(self) -> Mapping[str, Any]:
        """The probe's settings; none in a look of a version that did not keep them."""
        found: dict[str, Any] = json.loads(str(self.arrays.get(PROBE_SETTINGS, "{}")))
        return found

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes of the run's data."""
        return self.run.manifest.data.classes if self.run.manifest.data else ()


@dataclass(frozen=True)
class Material:
    """A study's results with the answers that several sections need.

    Attributes:
        results: the study and its runs.
        folder: where the report is written; addresses are relative to it.
        drawings: gathers the figures.
        command: the command line that makes the study again.
        unreadable: a sentence for each file of a run that could not be read; the rest is shown all the same.
    """

    results: Results
    folder: Path
    drawings: Drawings
    command: str
    unreadable: list[str] = field(default_factory=list)

    def seen(self, run: Run, probe: str) -> dict[str, NDArray[Any]] | None:
        """Returns the arrays that a run's probe kept, None where there are none that can be read."""
        return self.read(lambda: run.probe(probe))

    def looks(self, probe: str) -> list[Look]:
        """Returns what a probe saw in the first finished run of each variant that is looked into."""
        found = []
        for results in self.looked_into:
            run = next((each for each in results.runs.values() if each.finished), None)
            arrays = self.seen(run, probe) if run else None
            if run is not None and arrays:
                found.append(Look(results.name, run, arrays))
        return found

    def confusion(self, results: VariantResults) -> Confusion | None:
        """Returns a variant's confusion matrix, None where its predictions are missing or cannot be read."""
        return self.read(lambda: confusion(results))

    def read(self, reading: Callable[[], T]) -> T | None:
        """Returns what is read from run folders; notes what is wrong with them instead of raising it."""
        try:
            return reading()
        except RecordError as error:
            if str(error) not in self.unreadable:
                self.unreadable.append(str(error))
            return None

    @property
    def metric(self) -> Metric:
        """The study's metric."""
        return self.results.study.metric

    @cached_property
    def colours(self) -> Colours:
        """The variants' colours."""
        return colours(self.results.study)

    @cached_property
    def design(self) -> Design:
        """The factors whose product the variants are."""
        return design(self.results.study)

    @cached_property
    def best(self) -> Best | None:
        """Which variant is best, and what is told from it."""
        return best(self.results, self.metric)

    @cached_property
    def pairs(self) -> list[Pair]:
        """The pairs to show."""
        return pairs(self.results, self.metric)

    @cached_property
    def judged(self) -> list[Judged]:
        """The verdicts on the study's claims."""
        return judge(self.results)

    @cached_property
    def scores(self) -> list[Score]:
        """Every variant's score, best first, twins left out."""
        twins = self.results.study.twins()
        return [
            each
            for each in ranked(scores(self.results, self.metric), self.metric)
            if each.variant not in twins
        ]

    @cached_property
    def shown(self) -> list[Score]:
        """The scores to show at once: all of up to twelve, of more the best and the baseline."""
        if len(self.scores) <= SHOWN:
            return self.scores
        top = self.scores[: SHOWN - 2]
        baseline = [each for each in self.scores[SHOWN - 2 :] if each.variant == self.results.study.baseline]
        return top + baseline

    @cached_property
    def is_grid(self) -> bool:
        """Whether the variants are a full grid over two numeric settings."""
        return two_settings(self.results.study) is not None

    @cached_property
    def looked_into(self) -> list[VariantResults]:
        """The variants that have pictures of their own: the best ones, with the baseline among them."""
        names = [each.variant for each in self.scores]
        chosen = names[:LOOKED_INTO]
        baseline = self.results.study.baseline
        if baseline in names and baseline not in chosen:
            chosen = [*chosen[: LOOKED_INTO - 1], str(baseline)]
        order = [variant.name for variant in self.results.study.variants]
        return [self.results.named(name) for name in sorted(chosen, key=order.index)]

    def address(self, run: Run) -> str:
        """Returns a run folder's address relative to the report, as a link writes it."""
        return quote(Path(os.path.relpath(run.folder.path, self.folder)).as_posix())
