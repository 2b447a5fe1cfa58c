"""Verdicts: what the runs say of each claim."""

from collections.abc import Sequence
from dataclasses import dataclass

from glasslab.analysis.fairness import unfair_seconds
from glasslab.analysis.pairs import more_seeds, over_seeds
from glasslab.analysis.results import Results, evaluate
from glasslab.plan.claim import Claim
from glasslab.plan.expression import Linear
from glasslab.stats.difference import Difference
from glasslab.stats.equivalence import equivalence
from glasslab.stats.holm import holm
from glasslab.stats.level import ALPHA
from glasslab.stats.power import seeds_needed, seeds_needed_equivalence
from glasslab.stats.tails import two_sided
from glasslab.stats.verdict import Verdict, decide


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one difference of a claim says.

    Attributes:
        expression: over variants; above 0 favours a ">" claim.
        by_seed: its value for each seed that every variant in it has.
        difference: mean and unadjusted interval over seeds; None without a common seed.
        p_for: one-sided p-value for the claim; None with fewer than two seeds. What has no randomness is
            known: 0 where the claim is so, and 1 where it is not.
        p_against: one-sided p-value against it; for what is known, 1 less the other.
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


@dataclass(frozen=True, slots=True)
class Weighed:
    """A claim with its evidence, before the correction for the number of claims.

    Attributes:
        claim: what was claimed.
        evidence: one a difference.
        why_not: why nothing can be told; empty where the p-values count.
    """

    claim: Claim
    evidence: tuple[Evidence, ...]
    why_not: str

    @property
    def p_for(self) -> float | None:
        """One-sided p-value for the claim: every difference must be so, so the largest one counts.

        Source: Berger (1982), Multiparameter hypothesis testing and acceptance sampling, Technometrics 24(4):
        the intersection-union test, which needs no correction.
        """
        ps = [each.p_for for each in self.evidence if each.p_for is not None]
        return None if self.why_not else max(ps)

    @property
    def p_against(self) -> float | None:
        """One-sided p-value against the claim: one difference is enough, so the smallest counts k times.

        Without the factor (Bonferroni's) a claim over many equal variants would too often be called wrong.
        """
        ps = [each.p_against for each in self.evidence if each.p_against is not None]
        return None if self.why_not else min(1.0, len(self.evidence) * min(ps))


def judge(results: Results) -> list[Judged]:
    """Returns each claim's verdict, corrected for the number of claims by Holm's method.

    What has no randomness takes no part in the correction: its p-value is 0, so the others are corrected for
    their own number.
    """
    weighed = [weigh(results, claim) for claim in results.study.claims]
    tested = [p for p in (two_sided(each.p_for, each.p_against) for each in weighed) if p is not None]
    adjusted = iter(holm(tested))
    family = sum(not each.why_not and not known(each.evidence) for each in weighed)
    return [conclude(each, None if each.why_not else next(adjusted), family) for each in weighed]


def weigh(results: Results, claim: Claim) -> Weighed:
    """Returns what the runs say of a claim."""
    evidence = tuple(find(results, claim, each) for each in distinct(results, claim))
    return Weighed(claim, evidence, obstacle(results, claim, evidence))


def distinct(results: Results, claim: Claim) -> list[Linear]:
    """Returns the differences that a claim is about, for "*" without those that twins would add.

    Two variants of the same settings share their runs, so "every other variant" means neither the variant
    itself under another name nor one rival twice.
    """
    if len(claim.differences) == 1:
        return list(claim.differences)
    found: dict[frozenset[tuple[str, float]], Linear] = {}
    for each in claim.differences:
        merged = without_twins(results, each)
        if merged.terms:
            found.setdefault(frozenset(merged.terms), each)
    return list(found.values()) or list(claim.differences[:1])


def without_twins(results: Results, expression: Linear) -> Linear:
    """Returns an expression with each twin named as the first of them; without terms where all cancel."""
    gathered: dict[str, float] = {}
    for name, weight in expression.terms:
        first = results.named(name).same_as or name
        gathered[first] = gathered.get(first, 0.0) + weight
    return Linear(tuple(term for term in gathered.items() if term[1]), expression.constant)


def find(results: Results, claim: Claim, expression: Linear) -> Evidence:
    """Returns what the runs say of one difference of a claim."""
    values = {name: results.named(name).values(claim.metric) for name in expression.names}
    seeds = [s for s in results.study.seeds if all(s in values[name] for name in expression.names)]
    found = {s: evaluate(expression, {name: values[name][s] for name in expression.names}) for s in seeds}
    exact = claim.metric.exact or not without_twins(results, expression).terms
    test = over_seeds(found, exact)
    p_for, p_against = (None, None) if test is None else sides(claim, test, list(found.values()))
    return Evidence(expression, found, test, p_for, p_against)


def sides(claim: Claim, test: Difference, values: list[float]) -> tuple[float | None, float | None]:
    """Returns the one-sided p-values for a claim and against it, as one of its differences gives them."""
    if claim.relation == "~":
        within = equivalence(values, claim.margin or 0.0, exact=test.exact)
        return within.p_within, within.p_outside
    p_for, p_against = (test.p_above, test.p_below) if claim.relation == ">" else (test.p_below, test.p_above)
    if test.exact and p_for is not None:
        return p_for, 1.0 - p_for  # exactly equal is neither above nor below: the claim is known to be wrong
    if p_for == p_against == 1.0:
        return p_for, 0.5**test.n  # equal with every seed: no seed is on the claim's side (sign test)
    return p_for, p_against


def obstacle(results: Results, claim: Claim, evidence: Sequence[Evidence]) -> str:
    """Returns why a claim cannot be told whatever the numbers say; empty where it can."""
    rest = [results.named(name) for name in claim.variants]
    diverged = sum(len(each.with_status("diverged")) for each in rest if each.same_as not in claim.variants)
    if known(evidence):
        return ""
    if diverged and not claim.is_threshold and not claim.metric.exact:
        return f"{diverged} of its runs diverged"
    unfair = unfair_seconds(claim.metric, rest)
    if unfair:
        return unfair
    incomplete = [each.name for each in rest if not each.values(claim.metric)]
    if incomplete:
        return f"there are no values for {', '.join(incomplete)}"
    for each in evidence:
        if each.difference is None:
            return f"{' and '.join(each.expression.names)} have no seed in common"
        if each.p_for is None:
            return "one seed gives no interval"
    return ""


def known(evidence: Sequence[Evidence]) -> bool:
    """Returns whether there is no randomness in any of a claim's differences, so that no test is needed."""
    return all(each.difference is not None and each.difference.exact for each in evidence)


def deciding(evidence: Sequence[Evidence]) -> Evidence | None:
    """Returns the evidence that a claim stands or falls with.

    A claim over every other variant holds only when each difference does, and falls as soon as one is told
    the other way. So that is the difference with the least for the claim, or the most against it.
    """
    tested = [each for each in evidence if each.p_for is not None and each.p_against is not None]
    if not tested:
        return next((each for each in evidence if each.difference is not None), None)
    least = max(tested, key=lambda each: each.p_for or 0.0)
    most = min(tested, key=lambda each: each.p_against or 0.0)
    against = len(evidence) * (most.p_against or 0.0)
    return most if against < (least.p_for or 0.0) else least


def conclude(weighed: Weighed, adjusted: float | None, family: int) -> Judged:
    """Returns the verdict on a claim.

    Args:
        weighed: the claim and its evidence.
        adjusted: its two-sided p-value after Holm's correction; None where nothing can be told.
        family: how many claims were tested.
    """
    claim, evidence = weighed.claim, weighed.evidence
    rests_on = deciding(evidence)
    if adjusted is None:
        return Judged(claim, Verdict.CANNOT_TELL, evidence, rests_on, None, None, weighed.why_not)
    verdict = decide(weighed.p_for, weighed.p_against, adjusted)
    more = seeds_to_settle(claim, evidence, ALPHA / family) if verdict is Verdict.CANNOT_TELL else None
    return Judged(claim, verdict, evidence, rests_on, adjusted, more)


def seeds_to_settle(claim: Claim, evidence: Sequence[Evidence], alpha: float) -> int | None:
    """Returns about how many more seeds would settle a claim if the differences stay as they are.

    Where all of them lie on the claim's side, until the last of them is told; otherwise until the first of
    the others is.

    Args:
        claim: what cannot be told.
        evidence: one a difference.
        alpha: the two-sided level that is left to this claim.
    """
    tests = [each.difference for each in evidence if each.difference is not None]
    against = [test for test in tests if not favours(claim, test)]
    if against:
        needed = [seeds_against(claim, test, alpha / len(evidence)) for test in against]
        return min((n for n in needed if n is not None), default=None)
    needed = [seeds_for(claim, test, alpha) for test in tests]
    return max((n for n in needed if n is not None), default=None) if None not in needed else None


def favours(claim: Claim, test: Difference) -> bool:
    """Returns whether a mean difference lies on the claim's side."""
    if claim.relation == "~":
        return abs(test.mean) < (claim.margin or 0.0)
    return test.mean > 0 if claim.relation == ">" else test.mean < 0


def seeds_for(claim: Claim, test: Difference, alpha: float) -> int | None:
    """Returns about how many more seeds would show that a difference is as claimed."""
    if claim.relation != "~" or claim.margin is None or test.sd is None:
        return more_seeds(test, alpha)
    needed = seeds_needed_equivalence(test.mean, test.sd, claim.margin, alpha=alpha)
    return None if needed is None else max(1, needed - test.n)


def seeds_against(claim: Claim, test: Difference, alpha: float) -> int | None:
    """Returns about how many more seeds would show that a difference is not as claimed."""
    if claim.relation != "~" or claim.margin is None or test.sd is None:
        return more_seeds(test, alpha)
    # there are two ways to lie beyond a margin, so each has half of the level
    needed = seeds_needed(abs(test.mean) - claim.margin, test.sd, alpha=alpha / 2)
    return None if needed is None else max(1, needed - test.n)
