"""Verdicts: what the runs say of each claim."""

from dataclasses import dataclass

from glasslab.analysis.pairs import more_seeds
from glasslab.analysis.results import Results
from glasslab.plan.claim import Claim
from glasslab.plan.expression import Linear
from glasslab.stats.difference import Difference, difference
from glasslab.stats.equivalence import equivalence
from glasslab.stats.holm import holm
from glasslab.stats.level import ALPHA
from glasslab.stats.power import seeds_needed_equivalence
from glasslab.stats.verdict import Verdict, decide


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one difference of a claim says.

    Attributes:
        expression: over variants; above 0 favours a ">" claim.
        by_seed: its value for each seed that every variant in it has.
        difference: mean and unadjusted interval over seeds; None without a common seed.
        p_for: one-sided p-value for the claim; None with fewer than two seeds.
        p_against: one-sided p-value against it.
    """

    expression: Linear
    by_seed: dict[int, float]
    difference: Difference | None
    p_for: float | None
    p_against: float | None


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim with its verdict.

    Attributes:
        claim: what was claimed.
        verdict: holds, does not hold, or cannot tell.
        evidence: one a difference; several where the claim is over every other variant.
        deciding: the evidence that the verdict rests on: for a claim over every other variant the weakest
            link; None where there are no values at all.
        adjusted: Holm-adjusted two-sided p-value over the study's claims; None where there is none.
        more_seeds: about how many more seeds would settle it; None where settled or not to be estimated.
        why_not: why nothing can be told although there are values; empty otherwise.
    """

    claim: Claim
    verdict: Verdict
    evidence: tuple[Evidence, ...]
    deciding: Evidence | None
    adjusted: float | None
    more_seeds: int | None
    why_not: str = ""


def judge(results: Results) -> list[Judged]:
    """Returns each claim's verdict, corrected for the number of claims by Holm's method."""
    gathered = [
        (claim, [weigh(results, claim, each) for each in claim.differences]) for claim in results.study.claims
    ]
    weakest = [deciding(evidence) for _, evidence in gathered]
    barred = [obstacle(results, claim) for claim in results.study.claims]
    ps = [two_sided(each) for each, bar in zip(weakest, barred, strict=True) if each and not bar]
    told = [p for p in ps if p is not None]
    adjusted = iter(holm(told))
    judged = []
    for (claim, evidence), weak, bar in zip(gathered, weakest, barred, strict=True):
        p = next(adjusted) if weak and not bar and two_sided(weak) is not None else None
        judged.append(conclude(claim, tuple(evidence), weak, p, (bar, len(told))))
    return judged


def weigh(results: Results, claim: Claim, expression: Linear) -> Evidence:
    """Returns what the runs say of one difference of a claim."""
    values = {name: results.named(name).values(claim.metric) for name in expression.names}
    seeds = [s for s in results.study.seeds if all(s in values[name] for name in expression.names)]
    found = {s: expression.value({name: values[name][s] for name in expression.names}) for s in seeds}
    if not found:
        return Evidence(expression, found, None, None, None)
    sample = list(found.values())
    test = difference(sample, exact=claim.metric.exact)
    if claim.relation == "~":
        within = equivalence(sample, claim.margin or 0.0)
        return Evidence(expression, found, test, within.p_within, within.p_outside)
    if claim.relation == ">":
        return Evidence(expression, found, test, test.p_above, test.p_below)
    return Evidence(expression, found, test, test.p_below, test.p_above)


def deciding(evidence: list[Evidence]) -> Evidence | None:
    """Returns the evidence that a claim stands or falls with.

    A claim over every other variant holds only when each difference does (intersection-union test: its
    p-value is the largest of theirs), and falls as soon as one is told the other way.
    """
    known = [each for each in evidence if each.p_for is not None]
    if not known or len(known) < len(evidence):
        return known[0] if known and len(evidence) == 1 else next((e for e in evidence if e.difference), None)
    return max(known, key=lambda each: each.p_for if each.p_for is not None else 1.0)


def two_sided(evidence: Evidence) -> float | None:
    """Returns twice the smaller one-sided p-value, at most 1."""
    if evidence.p_for is None or evidence.p_against is None:
        return None
    return min(1.0, 2 * min(evidence.p_for, evidence.p_against))


def obstacle(results: Results, claim: Claim) -> str:
    """Returns why a claim cannot be told whatever the numbers say; empty where it can."""
    rest = [results.named(name) for name in claim.variants]
    diverged = sum(len(each.with_status("diverged")) for each in rest)
    if diverged and not claim.is_threshold:
        return f"{diverged} of its runs diverged"
    shared = [run for each in rest for run in each.runs.values() if run.manifest.at_once > 1]
    if "seconds" in claim.metric.names and shared:
        return "its runs were trained side by side, so their seconds do not compare; run with --jobs 1"
    incomplete = [each.name for each in rest if not each.values(claim.metric)]
    if incomplete:
        return f"there are no values for {', '.join(incomplete)}"
    return ""


def conclude(
    claim: Claim,
    evidence: tuple[Evidence, ...],
    weak: Evidence | None,
    p: float | None,
    context: tuple[str, int],
) -> Judged:
    """Returns the verdict that the weakest evidence and its adjusted p-value give."""
    bar, family = context
    if bar or weak is None or p is None:
        why = bar or ("one seed gives no interval" if weak is not None else "there are no values")
        return Judged(claim, Verdict.CANNOT_TELL, evidence, weak, None, None, why)
    verdict = decide(weak.p_for, weak.p_against, p)
    more = seeds_to_settle(claim, weak, family) if verdict is Verdict.CANNOT_TELL else None
    return Judged(claim, verdict, evidence, weak, p, more)


def seeds_to_settle(claim: Claim, weak: Evidence, family: int) -> int | None:
    """Returns about how many more seeds would settle a claim if the differences stay as they are."""
    test = weak.difference
    if test is None or test.sd is None or test.sd == 0:
        return None
    alpha = ALPHA / family
    if claim.relation == "~" and claim.margin is not None and abs(test.mean) < claim.margin:
        needed = seeds_needed_equivalence(test.mean, test.sd, claim.margin, alpha=alpha)
        return None if needed is None else max(1, needed - test.n)
    return more_seeds(test, alpha)
