import numpy as np
import pytest
from scipy.stats import rankdata, spearmanr

from glasslab.analysis.agreement import agreement, ranks


def test_ranks_are_scipys_with_ties_sharing_theirs() -> None:
    values = np.random.default_rng(0).integers(0, 9, 200).astype(np.float32)
    assert np.array_equal(ranks(values), rankdata(values))


def test_agreement_is_the_mean_of_spearmans_correlations_over_images() -> None:
    random = np.random.default_rng(1)
    heats = {name: random.integers(0, 20, (4, 6, 7)).astype(np.float32) for name in "abc"}
    heats["c"] = heats["c"] + heats["a"]
    found = agreement(heats)
    for one, other in (("a", "b"), ("a", "c"), ("b", "c")):
        each = [spearmanr(heats[one][k].ravel(), heats[other][k].ravel()).statistic for k in range(4)]
        assert found.between(one, other) == pytest.approx(np.mean(each))
        assert found.between(other, one) == found.between(one, other)
    assert found.sorted()[-1] == ("a", "c")
    assert found.mean == pytest.approx(np.mean([found.pairs[pair] for pair in found.sorted()]))


def test_a_map_that_is_the_same_everywhere_agrees_with_none() -> None:
    ramp = np.arange(8.0).reshape(2, 2, 2)
    half = ramp.copy()
    half[1] = 3.0
    found = agreement({"ramp": ramp, "half": half, "flat": np.zeros((2, 2, 2))})
    assert found.pairs == {("ramp", "half"): pytest.approx(1.0)}
    assert found.between("flat", "ramp") is None
