"""The table of a study's scores: the same rows for the page, the terminal, and every file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glasslab.analysis.best import best
from glasslab.analysis.fairness import alone, unfair_seconds
from glasslab.analysis.names import metric_heading, metric_name, setting_value
from glasslab.analysis.numbers import count, counted, duration, value, with_interval
from glasslab.analysis.results import Results, VariantResults
from glasslab.analysis.scores import Score, ranked, scores
from glasslab.plan.metric import Metric

MOST_SETTINGS = 4  # columns for settings that differ; more are told apart from the table

Raw = str | float | int | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        title: what stands over it.
        numeric: whether it is set to the right.
    """

    title: str
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes:
        text: as people read it.
        best: whether to mark it: the best mean and what cannot be told from it.
    """

    text: str
    best: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One variant.

    Attributes:
        variant: its name.
        cells: one a column.
        raw: the numbers behind them in full precision, in the metric's own unit (shares as shares).
    """

    variant: str
    cells: tuple[Cell, ...]
    raw: Mapping[str, Raw]


@dataclass(frozen=True, slots=True)
class Table:
    """The scores of a study, best mean first.

    Attributes:
        metric: what was compared.
        columns: from left to right; the first names the variant.
        rows: one a variant.
        notes: sentences that the numbers must not be read without.
    """

    metric: Metric
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """What one row is made from.

    Attributes:
        found: the variant's runs.
        score: its values of the metric.
        metric: which one.
        best: whether it is best as far as can be told.
        reported: a published value, if there is one.
        also: its values of the metrics that are shown beside it, by the metric's text.
    """

    found: VariantResults
    score: Score
    metric: Metric
    best: bool
    reported: float | None
    also: Mapping[str, Score]


def table(results: Results, metric: Metric) -> Table:
    """Returns the study's variants with their scores of a metric, best mean first."""
    leading = best(results, metric)
    bold = leading.shown_bold if leading else frozenset[str]()
    published = results.study.reported.values.get(metric.text, {}) if results.study.reported else {}
    beside = {also.text: by_variant(results, also) for also in also_shown(results, metric)}
    entries = []
    for score in ranked(scores(results, metric), metric):
        name = score.variant
        found = results.named(name)
        also = {text: own[name] for text, own in beside.items()}
        entries.append(
            Entry(found, score, metric, (found.same_as or name) in bold, published.get(name), also)
        )
    settings = setting_columns(results)
    parts = [(column, each) for column, each in columns(results, entries, settings) if each is not None]
    rows = tuple(
        Row(entry.score.variant, tuple(each(entry) for _, each in parts), raw(entry, settings))
        for entry in entries
    )
    return Table(metric, tuple(column for column, _ in parts), rows, notes(results, entries))


def also_shown(results: Results, metric: Metric) -> list[Metric]:
    """Returns the metrics that have a column beside this one's; the parameters have theirs already."""
    return [also for also in results.study.also if also.text not in (metric.text, "parameters")]


def by_variant(results: Results, metric: Metric) -> dict[str, Score]:
    """Returns each variant's score of a metric."""
    return {score.variant: score for score in scores(results, metric)}


def columns(results: Results, entries: Sequence[Entry], settings: Sequence[str]) -> list[tuple[Column, Any]]:
    """Returns each column with what makes its cells; None makes none."""
    parts: list[tuple[Column, Any]] = [(Column("variant"), lambda e: Cell(e.score.variant))]
    parts += [(Column(short(name, settings)), setting_cell(name)) for name in settings]
    several = any(len(entry.score.values) > 1 for entry in entries)
    reported = any(entry.reported is not None for entry in entries)
    metric = results_metric(entries, results)
    also = also_shown(results, metric)
    timed = any(each.text == "seconds" for each in also)
    troubled = any(remark(entry) for entry in entries)
    return [
        *parts,
        (Column("n", numeric=True), lambda e: Cell(str(len(e.score.values)))),
        (Column(metric_heading(metric), numeric=True), mean_cell),
        (Column("lowest to highest", numeric=True), range_cell if several else None),
        (Column("reported", numeric=True), reported_cell if reported else None),
        *((Column(also_heading(each, results), numeric=True), also_cell(each)) for each in also),
        (Column("parameters", numeric=True), None if metric.exact else parameters_cell),
        (Column(time_title(results), numeric=True), None if timed else time_cell),
        (Column("remarks"), (lambda e: Cell(remark(e))) if troubled else None),
    ]


def results_metric(entries: Sequence[Entry], results: Results) -> Metric:
    """Returns the metric of the rows; the study's where there are none."""
    return entries[0].metric if entries else results.study.metric


def setting_columns(results: Results) -> list[str]:
    """Returns the settings to give a column: those that differ, unless they are many or repeat the names."""
    names = results.study.differing()
    if len(names) > MOST_SETTINGS:
        return []
    variants = [(variant.name, variant.settings()) for variant in results.study.variants]
    return [
        setting for setting in names if any(setting_value(own.get(setting)) != name for name, own in variants)
    ]


def short(setting: str, among: Sequence[str]) -> str:
    """Returns a setting's name without its part ("recipe."), unless another one has the same."""
    last = setting.partition(".")[2]
    return last if [each.partition(".")[2] for each in among].count(last) == 1 and last != "name" else setting


def setting_cell(setting: str) -> Any:
    """Returns what makes the cells of a setting's column."""
    return lambda entry: Cell(setting_value(entry.found.variant.settings().get(setting)))


def mean_cell(entry: Entry) -> Cell:
    """Returns the mean with half its interval, or a dash."""
    return Cell(mean_text(entry.score, entry.metric), entry.best and entry.score.estimate is not None)


def range_cell(entry: Entry) -> Cell:
    """Returns the lowest and the highest value over seeds."""
    values = entry.score.values.values()
    if len(values) < 2:
        return Cell("–")
    return Cell(" to ".join(value(end, entry.metric) for end in (min(values), max(values))))


def reported_cell(entry: Entry) -> Cell:
    """Returns the published value."""
    return Cell("–" if entry.reported is None else value(entry.reported, entry.metric))


def also_heading(metric: Metric, results: Results) -> str:
    """Returns what stands over a metric shown beside; seconds that do not compare say so."""
    why = unfair_seconds(metric, results.variants)
    if not why:
        return metric_heading(metric)
    return f"{metric_heading(metric)} ({'shared' if shared(results) else 'on different machines'})"


def also_cell(metric: Metric) -> Any:
    """Returns what makes the cells of a metric shown beside, with n where it is another than the score's."""

    def cell(entry: Entry) -> Cell:
        score = entry.also[metric.text]
        said = mean_text(score, metric)
        n = len(score.values)
        return Cell(said if n in (0, len(entry.score.values)) else f"{said} (n {n})")

    return cell


def mean_text(score: Score, metric: Metric) -> str:
    """Returns a mean with half its interval, or a dash."""
    found = score.estimate
    if found is None:
        return "–"
    return (
        count(found.mean)
        if metric.exact
        else with_interval(found.mean, found.low, found.high, metric.is_share)
    )


def parameters_cell(entry: Entry) -> Cell:
    """Returns how many numbers the network learns."""
    parameters = parameters_of(entry.found)
    return Cell("–" if parameters is None else count(parameters))


def parameters_of(found: VariantResults) -> int | None:
    """Returns a variant's number of parameters; None until a run knows it."""
    known = (run.manifest.net for run in found.runs.values())
    return next((net.parameters for net in known if net is not None), None)


def time_title(results: Results) -> str:
    """Returns what stands over the training times."""
    return "time a run (shared)" if shared(results) else "time a run"


def shared(results: Results) -> bool:
    """Returns whether runs were trained side by side, so that their times are shares of the machine."""
    return any(not alone(run) for run in results.runs)


def seconds_of(found: VariantResults) -> float | None:
    """Returns the mean seconds of a variant's finished runs."""
    seconds = [run.manifest.seconds for run in found.with_status("finished")]
    return sum(seconds) / len(seconds) if seconds else None


def time_cell(entry: Entry) -> Cell:
    """Returns the mean training time of a run."""
    seconds = seconds_of(entry.found)
    return Cell("–" if seconds is None else duration(seconds))


def remark(entry: Entry) -> str:
    """Returns what else there is to know of a variant's runs."""
    if entry.found.same_as is not None:
        return f"same settings as {entry.found.same_as}"
    score = entry.score
    counts = ((score.diverged, "diverged"), (score.failed, "failed"), (score.missing, "missing"))
    return ", ".join(f"{many} {what}" for many, what in counts if many)


def raw(entry: Entry, settings: Sequence[str]) -> dict[str, Raw]:
    """Returns a row's numbers in full precision."""
    found, values = entry.score.estimate, list(entry.score.values.values())
    return {
        "variant": entry.score.variant,
        **{name: setting_value(entry.found.variant.settings().get(name)) for name in settings},
        "metric": entry.metric.text,
        "n": len(values),
        "mean": found.mean if found else None,
        "low": found.low if found else None,
        "high": found.high if found else None,
        "sd": found.sd if found else None,
        "lowest": min(values, default=None),
        "highest": max(values, default=None),
        "reported": entry.reported,
        **raw_also(entry),
        "parameters": parameters_of(entry.found),
        "seconds": seconds_of(entry.found),
        "diverged": entry.score.diverged,
        "failed": entry.score.failed,
        "missing": entry.score.missing,
        "same_as": entry.found.same_as,
    }


def raw_also(entry: Entry) -> dict[str, Raw]:
    """Returns the numbers of the metrics shown beside, in full precision."""
    numbers: dict[str, Raw] = {}
    for text, score in entry.also.items():
        found = score.estimate
        numbers[f"n of {text}"] = len(score.values)
        numbers[f"mean of {text}"] = found.mean if found else None
        numbers[f"low of {text}"] = found.low if found else None
        numbers[f"high of {text}"] = found.high if found else None
    return numbers


def notes(results: Results, entries: Sequence[Entry]) -> tuple[str, ...]:
    """Returns what the table must not be read without."""
    metric = results_metric(entries, results)
    said = []
    if any(len(entry.score.values) > 1 for entry in entries) and not metric.exact:
        said.append(
            "Mean ± half of its 95 % interval (Student's t over seeds, on this test set); n counts seeds."
        )
    elif entries and not metric.exact:
        said.append("One seed each: no interval, so no difference can be told.")
    if any(entry.best for entry in entries):
        said.append(
            "Bold: the best mean and every one that cannot be told from it (paired by seed, 5 % level, Holm's"
            " correction over all pairs)."
        )
    if metric.chosen_on_test:
        said.append("The metric was chosen on the test set, so it is too good to expect again.")
    said += notes_beside(results, metric)
    if shared(results):
        said.append(f"{together(results)}: times are shares and do not compare.")
    if any(entry.score.diverged for entry in entries):
        said.append("Diverged runs are counted in the remarks and left out of the means.")
    return tuple(said)


def notes_beside(results: Results, metric: Metric) -> list[str]:
    """Returns what the metrics shown beside must not be read without."""
    also = also_shown(results, metric)
    said = []
    chosen = [metric_name(each) for each in also if each.chosen_on_test]
    if chosen:
        said.append(f"Chosen on the test set, so too good to expect again: {', '.join(chosen)}.")
    apart = [why for each in also if (why := unfair_seconds(each, results.variants))]
    if apart and not shared(results):
        said.append(f"Seconds are shown and not compared: {apart[0]}.")
    return said


def together(results: Results) -> str:
    """Returns how runs shared the machine."""
    most = max(run.manifest.at_once for run in results.runs)
    if most > 1:
        return f"Up to {counted(most, 'run')} trained side by side"
    return "Runs were trained together, stacked into one network"
