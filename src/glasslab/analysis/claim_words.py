"""Claims in words: what was claimed, the verdict, and the numbers that it rests on."""

from glasslab.analysis.names import bound, expression_text, metric_name
from glasslab.analysis.numbers import difference, difference_alone, difference_unit, joined, with_ends
from glasslab.analysis.phrases import bare, mean_alone, more, seeds
from glasslab.analysis.results import Results
from glasslab.analysis.verdicts import Evidence, Judged
from glasslab.plan.claim import Claim
from glasslab.plan.metric import Metric
from glasslab.stats.difference import Difference
from glasslab.stats.interval import estimate
from glasslab.stats.verdict import Verdict


def claim_sentence(judged: Judged, metric: Metric | None = None) -> str:
    """Returns a claim, its verdict and what it rests on.

    Args:
        judged: the claim.
        metric: the study's; a claim about another one names its own.
    """
    because = f", because {judged.why_not}" if judged.why_not else ""
    evidence = evidence_words(judged)
    about = judged.claim.metric
    where = f"In {metric_name(about)}, " if metric is not None and about != metric else ""
    tail = f" {where}{evidence}." if evidence else ""
    return f"{bare(judged.claim.says)}: {judged.verdict}{because}.{tail}"


def claim_in_answer(judged: Judged, results: Results) -> str:
    """Returns a claim as a sentence of a study's answer, with both means where it compares two variants."""
    claim, says = judged.claim, bare(judged.claim.says)
    aside = "" if claim.metric == results.study.metric else f" ({metric_name(claim.metric)})"
    if judged.why_not:
        return f"“{says}”{aside} cannot be told: {judged.why_not}."
    evidence = evidence_words(judged, both_means(judged, results))
    if judged.verdict is Verdict.HOLDS:
        return f"{says}{aside}: {evidence}."
    verb = "does not hold" if judged.verdict is Verdict.DOES_NOT_HOLD else "cannot be told"
    return f"“{says}”{aside} {verb}: {evidence}."


def both_means(judged: Judged, results: Results) -> str:
    """Returns "97.86 % against 97.16 %, difference" where a claim compares two variants, else nothing."""
    claim, evidence = judged.claim, judged.deciding
    if evidence is None or claim.relation == "~" or evidence.expression.constant or len(judged.evidence) > 1:
        return ""
    weights = dict(evidence.expression.terms)
    if sorted(weights.values()) != [-1.0, 1.0]:
        return ""
    said = []
    for name in sorted(weights, key=lambda name: -weights[name]):
        values = results.named(name).values(claim.metric)
        said.append(mean_alone(estimate([values[seed] for seed in evidence.by_seed]), claim.metric))
    return f"{said[0]} against {said[1]}, difference"


def evidence_words(judged: Judged, lead: str = "") -> str:
    """Returns "relu − tanh is 0.21 points, 95 % interval −0.05 to 0.47, 5 seeds"; empty without values.

    Args:
        judged: the claim.
        lead: what to say in place of "relu − tanh is".
    """
    evidence = judged.deciding
    if evidence is None or evidence.difference is None:
        return ""
    claim, test = judged.claim, evidence.difference
    said = level(claim, evidence, test) if claim.is_threshold else gap(claim, evidence, test, lead)
    size = "it" if claim.relation == "~" or evidence.expression.constant else "a difference of this size"
    settle = f"; {more(judged.more_seeds)} would settle {size}" if judged.more_seeds else ""
    return f"{said}, {seeds(test)}{settle}"


def gap(claim: Claim, evidence: Evidence, test: Difference, lead: str) -> str:
    """Returns what a claim's difference is, beside what was claimed of it."""
    limit = -evidence.expression.constant
    ends_at = [None if end is None else end + limit for end in (test.low, test.high)]
    said = difference(test.mean + limit, ends_at[0], ends_at[1], claim.metric)
    said = f"{lead or expression_text(evidence.expression) + ' is'} {said}"
    unit = difference_unit(claim.metric)
    target = joined(bound(limit, claim.metric), unit)
    if claim.relation == "~":
        around = f" of {target}" if limit else ""
        return f"{said}, claimed within {joined(bound(claim.margin or 0.0, claim.metric), unit)}{around}"
    above = "above" if claim.relation == ">" else "below"
    return f"{said}, claimed {above} {target}" if limit else said


def level(claim: Claim, evidence: Evidence, test: Difference) -> str:
    """Returns what one variant's value is, beside the number that it was held against."""
    ((name, weight),) = [term for term in evidence.expression.terms if term[1]]
    constant, metric = evidence.expression.constant, claim.metric
    unit = "%" if metric.is_share else difference_unit(metric)
    edges = sorted((end - constant) / weight for end in (test.low, test.high) if end is not None)
    low, high = edges if edges else (None, None)
    mean = difference_alone((test.mean - constant) / weight, low, high, metric)
    said = with_ends(f"{name} is {joined(mean, unit)}", low, high, metric)
    limit = joined(bound(-constant / weight, metric), unit)
    if claim.relation == "~":
        margin = joined(bound((claim.margin or 0.0) / abs(weight), metric), difference_unit(metric))
        return f"{said}, claimed within {margin} of {limit}"
    above = "above" if (claim.relation == ">") == (weight > 0) else "below"
    return f"{said}, claimed {above} {limit}"
