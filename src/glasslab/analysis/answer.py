"""Answers in sentences: what the runs say of the study's question, and no more than they say."""

from glasslab.analysis.best import Best, best
from glasslab.analysis.claim_words import claim_in_answer, claim_sentence
from glasslab.analysis.conditions import conditions, warnings
from glasslab.analysis.names import metric_name
from glasslab.analysis.numbers import counted
from glasslab.analysis.pair_words import against_baseline, best_in_words, pair_sentence, same_mean
from glasslab.analysis.pairs import pairs
from glasslab.analysis.phrases import VERBS, bare, more, names, score_phrase, top_word
from glasslab.analysis.results import Results
from glasslab.analysis.verdicts import Judged, judge
from glasslab.plan.metric import Metric
from glasslab.stats.verdict import Verdict

__all__ = ["answer", "claim_sentence", "conditions", "pair_sentence", "warnings"]

IN_FULL = 2  # so many claims are answered with their numbers
LISTED = 4  # so many are listed by verdict; more are counted


def answer(results: Results) -> str:
    """Returns the study's answer in one or two sentences, as far as its runs can give one.

    It comes from the verdicts on the study's claims, or from the differences between variants where it makes
    none.
    """
    metric = results.study.metric
    if not any(each.values(metric) for each in results.variants):
        return nothing_to_compare(results)
    leading = best(results, metric)
    if results.study.claims:
        said = answer_to_claims(results, judge(results), leading)
    elif leading is None:
        said = "The variants are of several data sets, so none of them is the best; see the scores."
    elif results.study.baseline is not None:
        said = answer_to_baseline(results, leading)
    else:
        said = best_in_words(leading, metric)
    return said if results.complete else f"{so_far(results)} {said}"


def nothing_to_compare(results: Results) -> str:
    """Returns why there is no answer where no run has a value."""
    runs = results.runs
    if not runs:
        return "No run has been made yet."
    if results.complete and all(run.manifest.status == "diverged" for run in runs):
        return f"All {counted(len(runs), 'run')} diverged, so there is nothing to compare."
    if any(run.finished for run in runs):
        return f"No finished run has a value of {metric_name(results.study.metric)}."
    return "No run has finished, so there is nothing to compare."


def so_far(results: Results) -> str:
    """Returns how much of the study an answer rests on."""
    planned = sum(len(results.study.seeds) for each in results.variants if each.same_as is None)
    ended = sum(run.manifest.status != "running" for run in results.runs)
    return f"{ended} of {planned} runs have ended so far."


def answer_to_claims(results: Results, judged: list[Judged], leading: Best | None) -> str:
    """Returns the verdicts: with their numbers for one or two claims, listed for a few, counted for more."""
    metric = results.study.metric
    if leading is not None:
        once = leading.rivals and all(rival.pair.adjusted is None for rival in leading.rivals)
        if once and all(each.verdict is Verdict.CANNOT_TELL for each in judged):
            return best_in_words(leading, metric)
    if len(judged) <= IN_FULL:
        return " ".join(claim_in_answer(each, results) for each in judged)
    by_verdict = {verdict: [each for each in judged if each.verdict is verdict] for verdict in Verdict}
    told = {verdict: claims for verdict, claims in by_verdict.items() if claims}
    if len(judged) <= LISTED:
        said = [f"{verdict.capitalize()}: {'; '.join(map(in_list, each))}." for verdict, each in told.items()]
    else:
        parts = [f"{len(each)} {VERBS[verdict][len(each) > 1]}" for verdict, each in told.items()]
        whole = f"All {len(judged)} claims {VERBS[judged[0].verdict][True]}."
        said = [f"Of {len(judged)} claims {names(parts)}." if len(told) > 1 else whole]
    return " ".join([*([highest_mean(leading, metric)] if leading else []), *said])


def answer_to_baseline(results: Results, leading: Best) -> str:
    """Returns what is told from the baseline, and which variant has the best mean where that is another."""
    study = results.study
    assert study.baseline is not None  # noqa: S101 the caller has looked
    said = against_baseline(pairs(results, study.metric), study.baseline, study.metric)
    if leading.leader.variant == study.baseline or len(leading.rivals) < 2:
        return said
    return f"{highest_mean(leading, study.metric)} {said}"


def highest_mean(leading: Best, metric: Metric) -> str:
    """Returns which variant has the best mean, as a thing seen and not yet told from others."""
    if leading.all_equal:
        return same_mean(leading, metric)
    first = leading.leader
    many = first.estimate.n if first.estimate else 0
    over = f"over {counted(many, 'seed')}" if many > 1 else "with one seed"
    return (
        f"{first.variant} has the {top_word(metric)} {'mean ' if many > 1 else ''}{metric_name(metric)},"
        f" {score_phrase(first, metric)} {over}."
    )


def in_list(judged: Judged) -> str:
    """Returns a claim as it stands in a list, with the seeds that would settle it."""
    says = bare(judged.claim.says)
    return f"{says} ({more(judged.more_seeds)} would settle it)" if judged.more_seeds else says
