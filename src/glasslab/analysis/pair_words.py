"""Pairs in words: which of two variants lies higher, or that nobody can tell."""

from collections.abc import Sequence

from glasslab.analysis.best import Best, Rival, opposite
from glasslab.analysis.names import metric_name
from glasslab.analysis.numbers import MINUS, counted, p_value
from glasslab.analysis.pairs import Pair
from glasslab.analysis.phrases import apart, mean_alone, more, names, score_phrase, side, stands, top_word
from glasslab.analysis.scores import Score
from glasslab.plan.metric import Metric


def pair_sentence(pair: Pair, metric: Metric) -> str:
    """Returns what the runs say of two variants."""
    test = pair.difference
    if test is None:
        return f"{pair.left} and {pair.right} have no seed in common."
    if pair.adjusted is None:
        return f"{gap(pair, metric)}: one seed gives no interval, so nothing can be told."
    if pair.unfair:
        return f"{pair.left} and {pair.right} do not compare: {pair.unfair}."
    if not pair.settled:
        why = f", because {counted(pair.diverged, 'run')} diverged" if pair.diverged else ""
        return f"{pair.left} and {pair.right} cannot be told apart{why}: {gap(pair, metric)}{settling(pair)}."
    size = test if test.mean > 0 else opposite(test)
    certain = "" if test.exact else f" ({p_value(pair.adjusted)} after correction)"
    return f"{pair.left} {stands(metric)} {side(test.mean)} {pair.right} by {apart(size, metric)}{certain}."


def gap(pair: Pair, metric: Metric) -> str:
    """Returns "relu − tanh is 0.21 points, 95 % interval −0.05 to 0.47, 5 seeds"."""
    said = apart(pair.difference, metric) if pair.difference else "not known"
    return f"{pair.left} {MINUS} {pair.right} is {said}"


def settling(pair: Pair) -> str:
    """Returns what would settle a difference, as the end of a sentence; empty where that is not known."""
    return f"; {more(pair.more_seeds)} would settle a difference of this size" if pair.more_seeds else ""


def best_in_words(leading: Best, metric: Metric) -> str:
    """Returns in one or two sentences what the best variant is told from, and what it is not."""
    if not leading.rivals:
        return f"{leading.leader.variant} reaches {score_phrase(leading.leader, metric)}."
    if all(rival.pair.adjusted is None for rival in leading.rivals):
        return seen_once(leading, metric)
    if leading.all_equal:
        return same_mean(leading, metric)
    if not leading.beaten:
        return all_tied(leading, metric)
    return " ".join(part for part in (told(leading, metric), also_tied(leading)) if part)


def seen_once(leading: Best, metric: Metric) -> str:
    """Returns what was seen where one seed leaves nothing to tell."""
    first, second = leading.leader, leading.rivals[0].score
    return (
        f"{first.variant} has the {top_word(metric)} value, {mean_of(first, metric)} against"
        f" {mean_of(second, metric)} for {second.variant}, but one seed gives no interval, so nothing can be"
        " told apart."
    )


def all_tied(leading: Best, metric: Metric) -> str:
    """Returns that the best variant is told from none of the others."""
    nearest = leading.rivals[0].pair
    if len(leading.rivals) == 1:
        return pair_sentence(nearest, metric)
    first = leading.leader
    return (
        f"{first.variant} has the {top_word(metric)} mean, {score_phrase(first, metric)}, but cannot be told"
        f" from any of the {len(leading.rivals)} others: {gap(nearest, metric)}{settling(nearest)}."
    )


def told(leading: Best, metric: Metric) -> str:
    """Returns what the best variant is told from, with the numbers for the nearest of them."""
    first, nearest = leading.leader, leading.beaten[0]
    test = nearest.pair.difference
    assert test is not None  # noqa: S101 what is told from something has a difference from it
    above = f"{first.variant} {stands(metric)} {side(test.mean)}"
    size = test if test.mean > 0 else opposite(test)
    against = f"{mean_of(first, metric)} against {mean_of(nearest.score, metric)}"
    if len(leading.beaten) == 1:
        return f"{above} {nearest.score.variant}: {against}, difference {apart(size, metric)}."
    return (
        f"{above} {these(leading)}: {against} for {nearest.score.variant}, the nearest of them, difference"
        f" {apart(size, metric)}."
    )


def these(leading: Best) -> str:
    """Returns the variants that the best is told from, counted where they are many."""
    if not leading.tied:
        return "every other variant"
    if len(leading.beaten) > 3:
        return f"{len(leading.beaten)} of the {len(leading.rivals)} other variants"
    return names([rival.score.variant for rival in leading.beaten])


def also_tied(leading: Best) -> str:
    """Returns which variants the best cannot be told from, empty where there are none."""
    tied = leading.tied
    if not tied:
        return ""
    if len(tied) > 1:
        return f"It cannot be told from {rival_names(tied)}."
    seeds = tied[0].pair.more_seeds
    settle = f"; {more(seeds)} would settle a difference of the size seen" if seeds else ""
    return f"{leading.leader.variant} and {tied[0].score.variant} cannot be told apart{settle}."


def against_baseline(found: Sequence[Pair], baseline: str, metric: Metric) -> str:
    """Returns which variants are told from the study's baseline."""
    if len(found) == 1:
        return pair_sentence(found[0], metric)
    if all(pair.adjusted is None for pair in found):
        return f"One seed gives no interval, so nothing can be told from the baseline {baseline}."
    told = sorted((-p.difference.mean, p.left) for p in found if p.settled and p.difference)
    above = [name for less, name in told if less < 0]
    below = [name for less, name in reversed(told) if less > 0]
    parts = [
        f"{names(group)} {stand(group, metric)} {where} it"
        for group, where in ((above, "above"), (below, "below"))
        if group
    ]
    untold = [pair.left for pair in found if not pair.settled]
    if untold:
        parts.append(f"{names(untold)} cannot be told from it")
    return f"Against the baseline {baseline}: {'; '.join(parts)}."


def stand(group: Sequence[str], metric: Metric) -> str:
    """Returns the verb for where one variant or several come to stand."""
    verb = stands(metric)
    return verb if len(group) == 1 else {"ends": "end", "is": "are"}[verb]


def same_mean(leading: Best, metric: Metric) -> str:
    """Returns that no variant leads, where all have one mean."""
    many, mean = len(leading.rivals) + 1, score_phrase(leading.leader, metric)
    return f"All {many} variants have the same mean {metric_name(metric)}, {mean}."


def finding(leading: Best | None, metric: Metric) -> str:
    """Returns in a few words what the scores say, to stand over a figure; empty where they say nothing."""
    if leading is None or not leading.rivals:
        return ""
    if leading.all_equal:
        return f"All {len(leading.rivals) + 1} variants have the same mean {metric_name(metric)}"
    first = leading.leader.variant
    if all(rival.pair.adjusted is None for rival in leading.rivals):
        return f"{first} is {top_word(metric)}, with one seed each"
    if len(leading.rivals) == 1:
        other = leading.rivals[0]
        above = f"{stands(metric)} {'above' if metric.higher_is_better else 'below'}"
        told = f"{first} {above} {other.score.variant}"
        return told if other.beaten else f"{first} and {other.score.variant} cannot be told apart"
    if not leading.beaten:
        return f"{first} has the {top_word(metric)} mean, but is told from none of the others"
    if not leading.tied:
        return f"{first} {stands(metric)} {top_word(metric)}, told from every other variant"
    if len(leading.rivals) <= 3:
        return f"{first} is told from {rival_names(leading.beaten)}, not from {rival_names(leading.tied)}"
    share = f"{len(leading.beaten)} of {len(leading.rivals)}"
    return f"{first} has the {top_word(metric)} mean, told from {share} others"


def extremes(leading: Best | None, metric: Metric) -> str:
    """Returns which variants have the best and the worst mean, as things seen and not told apart."""
    if leading is None or not leading.rivals:
        return ""
    if leading.all_equal:
        return finding(leading, metric)
    best_end, other_end = ("highest", "lowest") if metric.higher_is_better else ("lowest", "highest")
    first, last = leading.leader, leading.rivals[-1].score
    mean = "mean " if max(each.estimate.n for each in (first, last) if each.estimate) > 1 else ""
    name = metric_name(metric)
    return f"{first.variant} has the {best_end} {mean}{name}, {last.variant} the {other_end}"


def rival_names(rivals: Sequence[Rival]) -> str:
    """Returns the names of rivals in a row."""
    return names([rival.score.variant for rival in rivals])


def mean_of(score: Score, metric: Metric) -> str:
    """Returns a variant's mean with its unit and without interval."""
    return mean_alone(score.estimate, metric) if score.estimate else "no value"
