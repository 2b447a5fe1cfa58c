"""How far attribution methods can be trusted: their scores, and how these compare with the best baseline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasslab.analysis.numbers import count, significant
from glasslab.records.run import PROBE_SETTINGS
from glasslab.stats.difference import difference
from glasslab.stats.holm import holm
from glasslab.stats.interval import Estimate, estimate
from glasslab.stats.verdict import Verdict, decide

Arrays = Mapping[str, NDArray[Any]]
Values = NDArray[np.float64]

SAME = ("methods", "index", PROBE_SETTINGS)
"""What the runs of a variant must agree on to be averaged."""

BASELINES = ("random", "brightness", "edges")
TITLES = {
    "input-x-gradient": "input × gradient",
    "integrated-gradients": "integrated gradients",
    "smoothgrad": "SmoothGrad",
    "grad-cam": "Grad-CAM",
    "guided-backpropagation": "guided backpropagation",
    "random": "a random map",
    "brightness": "distance from the mean",
    "edges": "Sobel edges",
}
"""Methods and baselines whose name in words is another than in settings."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One way to score a map.

    Attributes:
        key: of its array.
        title: its name in words.
        says: what a method with a better score does, after its name.
        higher_is_better: whether more is better.
        gate: of the images' array that says which of them count; empty for all.
    """

    key: str
    title: str
    says: str
    higher_is_better: bool = True
    gate: str = ""


OBJECT_GATE, DECOY_GATE = "object", "decoy"
MASS = Measure("mass", "heat on the object", "by the share of heat on the object", gate=OBJECT_GATE)
LOCALISATION = (
    Measure("pointing", "hottest pixel on it", "by where the hottest pixel lies", gate=OBJECT_GATE),
    Measure("near", "within 2 pixels", "by whether the hottest pixel is near the object", gate=OBJECT_GATE),
    MASS,
    Measure("rank", "hottest K pixels on it", "by the ranks of the object's pixels", gate=OBJECT_GATE),
)
DECOY = (
    Measure("decoy_pointing", "hottest pixel on it", "by where the hottest pixel lies", gate=DECOY_GATE),
    Measure("decoy_mass", "heat on the decoy", "by the share of heat on the decoy", gate=DECOY_GATE),
)
INSERTION = Measure("insertion", "insertion", "by insertion")
FAITHFULNESS = (Measure("deletion", "deletion", "by deletion", higher_is_better=False), INSERTION)


@dataclass(frozen=True, slots=True)
class Trust:
    """What the runs of one variant measured of the same methods on the same images.

    Attributes:
        variant: its name.
        looks: the arrays of each run.
    """

    variant: str
    looks: tuple[Arrays, ...]

    @property
    def methods(self) -> tuple[str, ...]:
        """Names of the methods, the baselines last."""
        return tuple(str(name) for name in self.looks[0]["methods"])

    def has(self, measures: Sequence[Measure]) -> bool:
        """Returns whether these were measured."""
        return all(each.key in self.looks[0] for each in measures)


@dataclass(frozen=True, slots=True)
class Score:
    """A mean of one method by one measure.

    Attributes:
        estimate: the mean with its interval.
        over: what it is over, "seed" or "image".
    """

    estimate: Estimate
    over: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The methods held against the best of the maps that know nothing of the network, image by image.

    Attributes:
        measure: what is compared.
        baseline: the one with the best mean.
        mean: of that one.
        images: that were compared.
        better: methods that are better than it.
        worse: methods that are worse.
        untold: methods for which it cannot be told.
    """

    measure: Measure
    baseline: str
    mean: float
    images: int
    better: tuple[str, ...]
    worse: tuple[str, ...]
    untold: tuple[str, ...]


def gathered(variant: str, looks: Sequence[Arrays]) -> Trust:
    """Returns what a variant's runs measured, those unlike the first in methods or settings left out."""
    first = looks[0]
    none = np.empty(0)
    alike = [
        each
        for each in looks
        if all(np.array_equal(each.get(key, none), first.get(key, none)) for key in SAME)
    ]
    return Trust(variant, tuple(alike))


def counts(look: Arrays, gate: str) -> NDArray[np.bool_]:
    """Returns which images count (B,): those in which the network was seen to go by what the gate names.

    For "object" those whose prediction changes when the object is taken away and does not when as much is
    elsewhere; for "decoy" those whose prediction changes without it.
    """
    changes: NDArray[np.bool_] = look[f"flips_{gate}"].astype(bool)
    return changes & ~look["flips_elsewhere"].astype(bool) if gate == OBJECT_GATE else changes


def by_image(look: Arrays, measure: Measure) -> Values:
    """Returns one run's scores (M, B), NaN for images that do not count."""
    scores = look[measure.key].astype(np.float64)
    return np.where(counts(look, measure.gate), scores, np.nan) if measure.gate else scores


def estimated(runs: Sequence[Values]) -> Score | None:
    """Returns the mean of several runs' values by image, each run with its mean; of one run, over images.

    Values that are NaN are left out; None where nothing is left.

    Args:
        runs: values (B,) of each run.
    """
    left = [own[np.isfinite(own)] for own in runs]
    left = [own for own in left if len(own)]
    if not left:
        return None
    if len(left) == 1:
        return Score(estimate(left[0].tolist()), "image")
    return Score(estimate([float(own.mean()) for own in left]), "seed")


def score(trust: Trust, measure: Measure, method: str) -> Score | None:
    """Returns a method's score, over seeds where several runs have it, else over images."""
    place = trust.methods.index(method)
    return estimated([by_image(look, measure)[place] for look in trust.looks])


def alikeness(trust: Trust, stage: int, method: str, key: str = "randomised") -> Score | None:
    """Returns how alike a method's maps stay in a stage of randomisation, over seeds or images."""
    place = trust.methods.index(method)
    return estimated([look[key][stage, place].astype(np.float64) for look in trust.looks])


def against_best(trust: Trust, measure: Measure) -> Comparison | None:
    """Returns which methods are better than the best baseline, and which worse; None without two images.

    Paired by image, each with its mean over the runs in which it counts: the difference is tested by
    Student's t, all methods together by Holm's correction. It speaks of other images for these networks.

    Args:
        trust: one variant's.
        measure: what is compared.
    """
    scores = mean_by_image([by_image(look, measure) for look in trust.looks])
    scores = scores[:, np.isfinite(scores).all(0)]
    if scores.shape[1] < 2:
        return None
    sign = 1.0 if measure.higher_is_better else -1.0
    own = dict(zip(trust.methods, sign * scores, strict=True))
    best = max((name for name in own if name in BASELINES), key=lambda name: float(own[name].mean()))
    methods = [name for name in own if name not in BASELINES]
    tests = [difference((own[name] - own[best]).tolist()) for name in methods]
    adjusted = holm([test.p_two_sided or 0.0 for test in tests])
    verdicts = {
        name: decide(test.p_above, test.p_below, p)
        for name, test, p in zip(methods, tests, adjusted, strict=True)
    }
    groups = (
        tuple(name for name in methods if verdicts[name] is verdict)
        for verdict in (Verdict.HOLDS, Verdict.DOES_NOT_HOLD, Verdict.CANNOT_TELL)
    )
    return Comparison(measure, best, sign * float(own[best].mean()), scores.shape[1], *groups)


def mean_by_image(runs: Sequence[Values]) -> Values:
    """Returns the mean over runs (M, B) of those that have a value; NaN where none has."""
    stacked = np.stack(runs)
    known = np.isfinite(stacked)
    number = known.sum(0)
    total = np.where(known, stacked, 0.0).sum(0)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def title(method: str) -> str:
    """Returns a method's or baseline's name in words."""
    return TITLES.get(method, method)


def listed(methods: Sequence[str]) -> str:
    """Returns names in words, in a row."""
    *first, last = [title(name) for name in methods]
    return f"{', '.join(first)} and {last}" if first else last


def those(methods: Sequence[str], every: Sequence[str]) -> str:
    """Returns names in words, or which are left out where only a few of many are."""
    rest = [name for name in every if name not in methods]
    if not rest and len(every) > 2:
        return f"all {len(every)} methods"
    few = 0 < 3 * len(rest) <= len(methods)
    return f"all methods but {listed(rest)}" if few else listed(methods)


def compared(found: Comparison) -> str:
    """Returns a comparison as a sentence without capital and full stop."""
    every = (*found.better, *found.worse, *found.untold)
    best = f"the best map that knows nothing of the network, {title(found.baseline)}"
    if found.better:
        first = f"{those(found.better, every)} {'beats' if len(found.better) == 1 else 'beat'} {best}"
    else:
        first = f"no method is seen to beat {best}"
    parts = [f"{first} ({significant(found.mean, 2)})"]
    if found.worse:
        parts.append(f"{those(found.worse, every)} {'is' if len(found.worse) == 1 else 'are'} worse")
    if found.untold:
        parts.append(f"for {those(found.untold, every)} it cannot be told")
    return f"{found.measure.says}, {'; '.join(parts)}"


def basis(found: Comparison) -> str:
    """Returns what comparisons rest on, as a sentence without capital and full stop."""
    return (
        f"compared image by image ({count(found.images)} images, each with its mean over the seeds), with "
        "Holm's correction: this speaks of other images for these networks, not of other seeds"
    )


def most_alike(trust: Trust) -> str | None:
    """Returns which methods' maps stay most and least alike when all layers are random, as a sentence."""
    last = len(trust.looks[0]["stages"]) - 1
    found = {
        name: own.estimate.mean
        for name in trust.methods
        if name not in BASELINES and (own := alikeness(trust, last, name)) is not None
    }
    if len(found) < 2:
        return None
    high, low = max(found, key=found.__getitem__), min(found, key=found.__getitem__)
    return (
        f"with all layers random, the maps of {title(high)} keep most of their order "
        f"({significant(found[high], 2)}) and those of {title(low)} least ({significant(found[low], 2)})"
    )
