from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from sklearn.metrics import confusion_matrix

from glasslab.analysis.mistakes import confusion, predicted_classes
from glasslab.analysis.results import Results
from glasslab.records.manifest import DataFacts
from tests.analysis.made_runs import DATA, Ending, ending_of, study_over, written_results

THREE = DataFacts(
    fingerprint="f3",
    origin="made",
    classes=("x", "y", "z"),
    input_shape=(2,),
    examples={"train": 4, "test": 6},
)


def predicting(
    folder: Path, runs: Sequence[tuple[Ending, np.ndarray | None]], labels: Sequence[int] = (0, 0, 1, 1, 2, 2)
) -> Results:
    """Returns the results of one variant whose runs have these logits."""
    values = {"a": [ending for ending, _ in runs]}
    results = written_results(study_over(values), values, folder)
    for run, (_, logits) in zip(results.runs, runs, strict=True):
        if logits is not None:
            save_file(
                {"logits": logits.astype(np.float32), "labels": np.array(labels)}, run.folder.predictions
            )
    return results


def logits_for(predicted: Sequence[int], classes: int = 3) -> np.ndarray:
    return np.eye(classes)[list(predicted)]


def test_mistakes_are_counted_by_true_and_predicted_class_over_all_runs(tmp_path: Path) -> None:
    labels, first, second = [0, 0, 1, 1, 2, 2], [0, 1, 1, 1, 2, 0], [0, 0, 2, 1, 2, 2]
    ending = Ending({"test/accuracy": 0.5}, facts={"data": THREE})
    results = predicting(tmp_path, [(ending, logits_for(first)), (ending, logits_for(second))])
    found = confusion(results.named("a"))
    assert found is not None
    assert (found.variant, found.classes, found.runs) == ("a", ("x", "y", "z"), 2)
    expected = confusion_matrix(labels, first) + confusion_matrix(labels, second)
    np.testing.assert_array_equal(found.counts, expected)


def test_classes_that_were_never_seen_have_empty_rows(tmp_path: Path) -> None:
    ending = Ending({"test/accuracy": 0.5}, facts={"data": THREE})
    found = confusion(predicting(tmp_path, [(ending, logits_for([0, 0]))], labels=[0, 1]).named("a"))
    assert found is not None
    np.testing.assert_array_equal(found.counts, [[1, 0, 0], [1, 0, 0], [0, 0, 0]])


def test_runs_that_did_not_finish_are_not_counted(tmp_path: Path) -> None:
    failed = Ending(status="failed", facts={"data": THREE})
    assert confusion(predicting(tmp_path, [(failed, logits_for([0, 0, 1, 1, 2, 2]))]).named("a")) is None


def test_runs_without_predictions_are_not_counted(tmp_path: Path) -> None:
    assert confusion(predicting(tmp_path, [(ending_of(0.5), None)]).named("a")) is None


def test_runs_from_before_the_classes_changed_are_not_mixed_in(tmp_path: Path) -> None:
    three = Ending({"test/accuracy": 1.0}, facts={"data": THREE})
    two = Ending({"test/accuracy": 1.0}, facts={"data": DATA})
    results = predicting(tmp_path, [(three, logits_for([0, 0, 1, 1, 2, 2])), (two, None)])
    save_file(
        {"logits": logits_for([0, 1], 2).astype(np.float32), "labels": np.array([0, 1])},
        results.runs[1].folder.predictions,
    )
    found = confusion(results.named("a"))
    assert found is not None
    assert (found.runs, found.counts.trace()) == (1, 6)


def test_the_largest_logit_is_the_class_and_the_sign_of_a_single_one() -> None:
    assert predicted_classes(np.array([[1.0, 3.0, 2.0], [5.0, 3.0, 2.0]], dtype=np.float32)).tolist() == [
        1,
        0,
    ]
    assert predicted_classes(np.array([[0.1], [-0.1], [0.0]], dtype=np.float32)).tolist() == [1, 0, 0]
