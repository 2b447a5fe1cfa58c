"""Reported against measured."""

from dataclasses import dataclass

from glasslab.analysis.names import bound, metric_heading
from glasslab.analysis.numbers import count, counted, difference_unit, ends, joined, value, with_interval
from glasslab.analysis.reported import Comparison, against_reported
from glasslab.figures import reported
from glasslab.report.material import Material
from glasslab.report.section import Section


@dataclass(frozen=True, slots=True)
class ReportedEntry:
    """A published value as the report shows it.

    Attributes:
        variant: for which variant.
        metric: in words, with its unit.
        reported: the published value.
        ours: our mean with half its interval.
        n: our seeds.
        new_run: where one more run of ours would lie.
        verdict: inside, or how far outside.
    """

    variant: str
    metric: str
    reported: str
    ours: str
    n: int
    new_run: str
    verdict: str


def reported_section(material: Material) -> Section | None:
    """Returns published values beside ours, None where there are none."""
    published = material.results.study.reported
    found = against_reported(material.results)
    if published is None or not found:
        return None
    known = [each for each in found if each.inside is not None]
    inside = sum(bool(each.inside) for each in known)
    title = "Reported values beside ours"
    if known:
        title = f"{count(inside)} of {counted(len(known), 'reported value')} could be one more run of ours"
    drawn = reported.draw(reported.reported_plots(found), material.colours, title, caption(published.source))
    content = {"figure": material.drawings.draw(drawn), "rows": [entry(each) for each in found]}
    opening = f"Numbers from {published.source}, beside what was measured here."
    return Section("reported", "Reported against measured", opening, content)


def caption(source: str) -> str:
    """Returns how to read the figure."""
    return (
        f"Hollow diamonds: reported values ({source}). Dots: our means; thick lines: their 95 % intervals;"
        " thin lines: where one new run of ours would lie with 95 % confidence. A reported value is one run,"
        " so it is held against the thin line."
    )


def entry(found: Comparison) -> ReportedEntry:
    """Returns a published value as the report shows it."""
    metric, ours, run = found.metric, found.ours, found.new_run
    return ReportedEntry(
        variant=found.variant,
        metric=metric_heading(metric),
        reported=f"{bound(found.reported, metric)}",
        ours="–" if ours is None else with_interval(ours.mean, ours.low, ours.high, metric.is_share),
        n=0 if ours is None else ours.n,
        new_run="–" if run is None else ends(run.low, run.high, metric),
        verdict=verdict(found),
    )


def verdict(found: Comparison) -> str:
    """Returns whether a published value lies where one more run of ours would, and else how far off."""
    if found.inside is None or found.outside_by is None:
        return "not known"
    if found.inside:
        return "inside"
    metric = found.metric
    by = joined(value(abs(found.outside_by), metric), difference_unit(metric))
    return f"{by} {'above' if found.outside_by > 0 else 'below'}"
