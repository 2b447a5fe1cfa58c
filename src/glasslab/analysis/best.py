"""Which variants are best as far as the runs can tell."""

from dataclasses import dataclass, replace

import msgspec

from glasslab.analysis.pairs import Pair, one_data_set, pairs
from glasslab.analysis.results import Results
from glasslab.analysis.scores import Score, ranked, scores
from glasslab.plan.metric import Metric
from glasslab.stats.difference import Difference


@dataclass(frozen=True, slots=True)
class Rival:
    """A variant held against the one with the best mean.

    Attributes:
        score: of the variant.
        pair: the leader less the rival; corrected for all pairs of variants, because the leader was
            chosen by looking.
    """

    score: Score
    pair: Pair

    @property
    def beaten(self) -> bool:
        """Whether the leader is told from it."""
        return self.pair.settled


@dataclass(frozen=True, slots=True)
class Best:
    """The variant with the best mean, and what is told from it.

    Attributes:
        leader: its score.
        rivals: every other variant with values, best mean first, twins left out.
    """

    leader: Score
    rivals: tuple[Rival, ...]

    @property
    def beaten(self) -> tuple[Rival, ...]:
        """The rivals that the leader is told from."""
        return tuple(rival for rival in self.rivals if rival.beaten)

    @property
    def tied(self) -> tuple[Rival, ...]:
        """The rivals that cannot be told from the leader."""
        return tuple(rival for rival in self.rivals if not rival.beaten)

    @property
    def all_equal(self) -> bool:
        """Whether every rival has the leader's mean, so that none of them leads."""
        means = {
            each.estimate.mean for each in (self.leader, *(r.score for r in self.rivals)) if each.estimate
        }
        return bool(self.rivals) and len(means) == 1

    @property
    def shown_bold(self) -> frozenset[str]:
        """The variants to mark as best: the leader and what ties with it, if anything is told from it.

        A variant with diverged runs cannot be told from anything, and is not marked for that.
        """
        if not self.beaten:
            return frozenset()
        ties = [rival.score.variant for rival in self.tied if not rival.pair.diverged]
        return frozenset([self.leader.variant, *ties])


def best(results: Results, metric: Metric) -> Best | None:
    """Returns the variant with the best mean beside all others.

    None where no run has a value, and where variants are of several data sets: what is easier to learn is no
    better for it.

    Where a variant has diverged or failed runs its mean is over the others, as in the table.
    """
    twins = {each.name for each in results.variants if each.same_as is not None}
    found = [s for s in ranked(scores(results, metric), metric) if s.estimate and s.variant not in twins]
    if not found or not one_data_set(results):
        return None
    leader = found[0]
    against = {
        pair.right: pair
        for pair in (led_by(leader.variant, each) for each in every_pair(results, metric))
        if pair.left == leader.variant
    }
    return Best(leader, tuple(Rival(score, against[score.variant]) for score in found[1:]))


def every_pair(results: Results, metric: Metric) -> list[Pair]:
    """Returns all pairs of variants, also where the study has a baseline."""
    return pairs(replace(results, study=replace(results.study, baseline=None)), metric)


def led_by(leader: str, pair: Pair) -> Pair:
    """Returns a pair with the leader on its left where it stands on its right, signs changed with it."""
    if pair.right != leader:
        return pair
    old = pair.difference
    return replace(
        pair,
        left=pair.right,
        right=pair.left,
        by_seed={seed: -value for seed, value in pair.by_seed.items()},
        difference=None if old is None else opposite(old),
    )


def opposite(old: Difference) -> Difference:
    """Returns the difference taken the other way round."""
    return msgspec.structs.replace(
        old,
        mean=-old.mean,
        low=None if old.high is None else -old.high,
        high=None if old.low is None else -old.low,
        p_above=old.p_below,
        p_below=old.p_above,
    )
