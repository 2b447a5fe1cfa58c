from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from scipy.special import expit, softmax
from sklearn.calibration import calibration_curve

from glasslab.analysis.calibration import (
    Calibration,
    by_bin,
    calibration,
    confidence,
    expected_error,
    sentence,
)
from glasslab.analysis.results import VariantResults
from tests.report import made_study


def drawn(count: int = 5000, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return random.normal(0, 2, (count, 4)).astype(np.float32), random.integers(0, 4, count)


def test_bins_are_those_of_scikit_learn() -> None:
    sure, right = confidence(*drawn())
    counts, total_sure, total_right = by_bin(sure, right)
    of_true, of_given = calibration_curve(right, sure, n_bins=15)
    filled = counts > 0
    assert total_right[filled] / counts[filled] == pytest.approx(of_true)
    assert total_sure[filled] / counts[filled] == pytest.approx(of_given)
    assert counts.sum() == 5000


def test_the_expected_error_is_that_of_guo_worked_out_bin_by_bin() -> None:
    sure, right = confidence(*drawn(700))
    expected = 0.0
    for low in range(15):
        inside = (sure > low / 15) & (sure <= (low + 1) / 15)
        if inside.any():
            expected += inside.sum() / 700 * abs(right[inside].mean() - sure[inside].mean())
    assert expected_error(by_bin(sure, right)) == pytest.approx(expected)


def test_confidence_is_the_largest_probability_of_softmax_or_of_the_logistic_function() -> None:
    logits, labels = drawn(50)
    sure, right = confidence(logits, labels)
    assert sure == pytest.approx(softmax(logits.astype(float), axis=1).max(1))
    assert right.tolist() == (logits.argmax(1) == labels).tolist()
    one = np.array([[2.0], [-3.0], [0.5]], dtype=np.float32)
    sure, right = confidence(one, np.array([1, 0, 0]))
    assert sure == pytest.approx([expit(2), expit(3), expit(0.5)])
    assert right.tolist() == [True, True, False]


def test_a_network_that_says_what_is_so_has_no_error_but_chance() -> None:
    random = np.random.default_rng(0)
    sure = random.uniform(0.5, 1, 200_000)
    assert expected_error(by_bin(sure, random.random(200_000) < sure)) < 0.01


def test_certainty_falls_into_the_last_bin() -> None:
    counts = by_bin(np.array([1.0, 14 / 15, 0.9334]), np.array([True, True, False]))[0]
    assert counts[-2:].tolist() == [1, 2]


def first(tmp_path: Path) -> VariantResults:
    return made_study.activations(tmp_path).variants[0]


def test_runs_are_put_together_and_each_has_an_error_of_its_own(tmp_path: Path) -> None:
    results = first(tmp_path)
    found = calibration(results)
    assert found is not None
    assert len(found.errors) == 5
    assert found.counts.sum() == 5 * 1000
    assert found.examples == 1000
    right = sure = 0.0
    for run in results.runs.values():
        predictions = run.predictions()
        assert predictions is not None
        right += float((predictions["logits"].argmax(1) == predictions["labels"]).mean()) / 5
        sure += float(softmax(predictions["logits"].astype(float), axis=1).max(1).mean()) / 5
    assert found.right == pytest.approx(right)
    assert found.sure == pytest.approx(sure)


def test_fewer_than_a_hundred_examples_tell_nothing(tmp_path: Path) -> None:
    results = first(tmp_path)
    alone = replace(results, runs={0: results.runs[0]})
    for count, told in ((99, False), (100, True)):
        logits, labels = drawn(count)
        save_file({"logits": logits, "labels": labels}, alone.runs[0].folder.predictions)
        assert (calibration(alone) is not None) == told


@pytest.mark.parametrize(
    "right, words",
    [(0.90, "overconfident by 5.0 points"), (0.97, "underconfident by 2.0"), (0.952, "as often")],
)
def test_a_sentence_says_which_way_confidence_errs(right: float, words: str) -> None:
    one = np.zeros(15, dtype=np.int64)
    one[-1] = 10_000
    found = Calibration("relu", one, np.full(15, 0.95), np.full(15, right), (0.05,), 10_000)
    assert words in sentence(found)
    assert "n = 10\u2009000)" in sentence(found)
