import numpy as np
import pytest
from scipy import stats

from glasslab.analysis.trust import (
    FAITHFULNESS,
    INSERTION,
    MASS,
    Comparison,
    against_best,
    alikeness,
    by_image,
    compared,
    counts,
    gathered,
    most_alike,
    score,
    those,
)

METHODS = np.array(["saliency", "occlusion", "grad-cam", "random", "brightness", "edges"])
DELETION = FAITHFULNESS[0]
KEYS = ("pointing", "near", "mass", "rank", "deletion", "insertion")


def look(seed, images=20, **changes):
    """Returns a made run: means of 0.5, 0.9 and 0.3 for methods, and 0.1, 0.5 and 0.2 for baselines."""
    random = np.random.default_rng(seed)
    means = np.array([0.5, 0.9, 0.3, 0.1, 0.5, 0.2])[:, None]
    scores = (means + 0.02 * random.standard_normal((6, images))).astype(np.float32)
    return {
        "methods": METHODS,
        "index": np.arange(images),
        "labels": np.zeros(images, int),
        "object_pixels": np.full(images, 9),
        "flips_object": np.ones(images, bool),
        "flips_elsewhere": np.zeros(images, bool),
        "stages": np.array(["output layer", "all layers"]),
        "randomised": np.stack([scores + 0.1, scores]),
        "without_input": np.full((2, 6, images), np.nan, np.float32),
        **{key: scores.copy() for key in KEYS},
        **changes,
    }


def test_over_seeds_each_run_counts_with_its_mean():
    looks = [look(seed) for seed in range(4)]
    found = score(gathered("lenet", looks), INSERTION, "occlusion")
    means = [each["insertion"][1].astype(float).mean() for each in looks]
    low, high = stats.t.interval(0.95, 3, np.mean(means), stats.sem(means))
    assert found is not None
    assert (found.over, found.estimate.n) == ("seed", 4)
    assert (found.estimate.mean, found.estimate.low, found.estimate.high) == pytest.approx(
        (np.mean(means), low, high)
    )


def test_of_one_run_the_interval_is_over_images():
    found = score(gathered("lenet", [look(0)]), INSERTION, "saliency")
    values = look(0)["insertion"][0].astype(float)
    low, high = stats.t.interval(0.95, 19, values.mean(), stats.sem(values))
    assert found is not None
    assert (found.over, found.estimate.n) == ("image", 20)
    assert (found.estimate.low, found.estimate.high) == pytest.approx((low, high))


def test_images_that_the_network_does_not_decide_by_the_object_do_not_count():
    there, elsewhere = np.zeros(20, bool), np.zeros(20, bool)
    there[:8], elsewhere[6:] = True, True
    made = look(0, flips_object=there, flips_elsewhere=elsewhere)
    assert counts(made, "object").tolist() == [True] * 6 + [False] * 14
    assert np.isfinite(by_image(made, MASS)).all(0).tolist() == [True] * 6 + [False] * 14
    assert np.isfinite(by_image(made, INSERTION)).all()


def test_where_no_image_counts_there_is_no_score_and_no_comparison():
    trust = gathered("lenet", [look(0, flips_object=np.zeros(20, bool))])
    assert score(trust, MASS, "saliency") is None
    assert against_best(trust, MASS) is None


def test_methods_are_held_against_the_best_baseline_image_by_image():
    trust = gathered("lenet", [look(0), look(1)])
    found = against_best(trust, MASS)
    assert found is not None
    assert (found.baseline, found.images) == ("brightness", 20)
    assert (found.better, found.worse, found.untold) == (("occlusion",), ("grad-cam",), ("saliency",))
    assert found.mean == pytest.approx(0.5, abs=0.01)


def test_where_less_is_better_the_lowest_baseline_is_best():
    found = against_best(gathered("lenet", [look(0)]), DELETION)
    assert found is not None
    assert (found.baseline, found.better) == ("random", ())
    assert set(found.worse) == {"saliency", "occlusion", "grad-cam"}
    assert found.mean == pytest.approx(0.1, abs=0.01)


def test_an_image_counts_in_a_comparison_with_the_runs_in_which_it_counts():
    first, second = np.ones(20, bool), np.ones(20, bool)
    first[:5], second[:2] = False, False
    trust = gathered("lenet", [look(0, flips_object=first), look(1, flips_object=second)])
    found = against_best(trust, MASS)
    assert found is not None
    assert found.images == 18


def test_chance_alone_is_seldom_called_a_finding():
    found = 0
    for seed in range(200):
        noise = np.random.default_rng(seed).standard_normal((6, 20)).astype(np.float32)
        own = against_best(gathered("lenet", [look(0, insertion=noise)]), INSERTION)
        assert own is not None
        found += bool(own.better)
    assert found <= 10  # at most 5 % of 200; fewer, as the best baseline is chosen by its mean


def test_runs_of_other_images_are_left_out():
    other = look(2, index=np.arange(20) + 1)
    assert len(gathered("lenet", [look(0), other, look(1)]).looks) == 2


def test_likeness_leaves_out_maps_without_ranks():
    made = look(0)
    made["randomised"][1, 0, :15] = np.nan
    found = alikeness(gathered("lenet", [made]), 1, "saliency")
    assert found is not None
    assert found.estimate.n == 5
    assert alikeness(gathered("lenet", [made]), 0, "saliency") is not None


def test_the_most_and_the_least_alike_are_told():
    said = most_alike(gathered("lenet", [look(0)]))
    assert said is not None
    assert "the maps of occlusion keep most of their order (0.9" in said
    assert "those of Grad-CAM least (0.3" in said


@pytest.mark.parametrize(
    "better, worse, untold, expected",
    [
        (("saliency", "occlusion", "grad-cam"), (), (), "all 3 methods beat the best map that knows nothing"),
        (("saliency",), ("occlusion",), (), "saliency beats the best map"),
        (("saliency",), ("occlusion",), (), "(0.31); occlusion is worse"),
        ((), (), ("saliency", "grad-cam"), "no method is seen to beat the best map"),
        ((), (), ("saliency", "grad-cam"), "; for saliency and Grad-CAM it cannot be told"),
    ],
)
def test_a_comparison_is_a_sentence(better, worse, untold, expected):
    said = compared(Comparison(MASS, "edges", 0.312, 54, better, worse, untold))
    assert expected in said
    assert said.startswith("by the share of heat on the object, ")


def test_few_that_are_left_out_are_named_instead_of_the_many():
    every = ["saliency", "occlusion", "grad-cam", "smoothgrad"]
    assert those(every[1:], every) == "all methods but saliency"
    assert those(every[2:], every) == "Grad-CAM and SmoothGrad"
