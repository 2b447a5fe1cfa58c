"""Claims and verdicts."""

from dataclasses import dataclass

from glasslab.analysis.claim_words import evidence_words
from glasslab.analysis.names import metric_name
from glasslab.analysis.numbers import counted, p_value
from glasslab.analysis.verdicts import Judged
from glasslab.figures.claims import HEIGHT, WIDTH, Strip, strip
from glasslab.plan.metric import Metric
from glasslab.report.material import Material
from glasslab.report.section import Section


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim as the report shows it.

    Attributes:
        judged: the claim and its verdict.
        metric: what it is about, where that is not the study's metric; empty otherwise.
        evidence: the numbers in words.
        p: its corrected p-value in words; empty where there is none.
        strip: its interval, drawn; None where there is none.
        beside: whether the study does somebody else's experiment again, and so has claims besides its own.
    """

    judged: Judged
    metric: str
    evidence: str
    p: str
    strip: Strip | None
    beside: bool


def claims_section(material: Material) -> Section | None:
    """Returns the claims with their verdicts, None where the study makes none."""
    if not material.judged:
        return None
    beside = bool(material.results.study.replicates)
    rows = [claim_row(each, material.metric, beside) for each in material.judged]
    tested = sum(bool(row.p) for row in rows)
    corrected = f", corrected by Holm's method for {counted(tested, 'claim')}" if tested > 1 else ""
    note = (
        f"Verdicts are taken at the 5 % level{corrected}; intervals are 95 % and not corrected. The strips"
        " show the interval found beside the line, or the shaded region, that was claimed; “cannot tell” is"
        " not “does not hold”."
    )
    opening = "What the study set out to test, each claim judged seed by seed."
    content = {"rows": rows, "note": note, "width": WIDTH, "height": HEIGHT}
    return Section("claims", "Claims and verdicts", opening, content)


def claim_row(judged: Judged, metric: Metric, beside: bool) -> ClaimRow:
    """Returns a claim as the report shows it."""
    about, words = judged.claim.metric, evidence_words(judged)
    because = f"{judged.why_not[0].upper()}{judged.why_not[1:]}." if judged.why_not else ""
    test = judged.deciding.difference if judged.deciding else None
    tested = judged.adjusted is not None and test is not None and not test.exact
    return ClaimRow(
        judged=judged,
        metric="" if about == metric else metric_name(about),
        evidence=" ".join(part for part in (because, f"{words}." if words else "") if part),
        p=p_value(judged.adjusted) if tested and judged.adjusted is not None else "",
        strip=strip(judged),
        beside=beside,
    )
