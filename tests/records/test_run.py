import re
from pathlib import Path

import msgspec
import numpy as np
import pytest
from safetensors.numpy import save_file

from glasslab.errors import RecordError
from glasslab.plan.metric import metric_names
from glasslab.records.log import Log
from glasslab.records.machine import Code, Machine
from glasslab.records.manifest import Manifest, NetFacts, write_manifest
from glasslab.records.run import Run, read_run, read_runs
from glasslab.records.run_folder import RunFolder

MANIFEST = Manifest(
    hash="0123456789",
    identity={},
    variant="a",
    seed=0,
    status="finished",
    seconds=12.5,
    code=Code(version="0", source="0"),
    machine=Machine(processor="p", cores=1, memory_gib=1, system="s", python="3", libraries={}),
    net=NetFacts(parameters=1234, flops=None, layers=()),
)
SPLITS = {
    f"{split}/{quantity}": [place + 0.3, place + 0.1, place + 0.2]
    for place, (split, quantity) in enumerate(
        (s, q) for s in ("train", "val", "test") for q in ("accuracy", "loss")
    )
}
ROWS = [
    {"epoch": n + 1, "step": 10 * (n + 1), "lr": 0.1, "gradient_norm": 5.0 - n}
    | {name: values[n] for name, values in SPLITS.items()}
    for n in range(3)
]
# as keep = "best" leaves it: the second measurement's weights were kept, training went on to the third
FINAL = {"final": True, **ROWS[1], "train/loss:clean": 0.05, "train/accuracy:clean": 0.95}


def written(
    folder: Path, *, rows: list[dict[str, float]] | None = None, final: bool = True, **facts: object
) -> Path:
    """Writes a run's folder and returns it."""
    run = RunFolder(folder)
    write_manifest(run.manifest, msgspec.structs.replace(MANIFEST, **facts))
    log = Log(run.metrics, 0)
    for row in [*(ROWS if rows is None else rows), *([FINAL] if final else [])]:
        log.append(row)
    log.close()
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return read_run(written(tmp_path / "a-s0-0123456789"))


def test_the_final_row_is_kept_apart(run: Run) -> None:
    assert list(run.rows) == ROWS
    assert run.final == FINAL
    assert run.finished


def test_a_metric_is_the_final_rows_value(run: Run) -> None:
    assert {name: run.metric(name) for name in SPLITS} == {name: values[1] for name, values in SPLITS.items()}


def test_the_largest_and_the_smallest_are_over_all_measurements(run: Run) -> None:
    for name, values in SPLITS.items():
        assert (run.metric(f"{name}:max"), run.metric(f"{name}:min")) == (values[0], values[1])


def test_setbacks_are_all_moves_in_the_wrong_direction_summed(tmp_path: Path) -> None:
    losses, accuracies = [2.0, 1.0, 1.25, 0.5, 0.75], [0.5, 0.75, 0.5, 0.625, 0.5]
    rows = [
        {**ROWS[0], "epoch": n, "train/loss": loss, "test/accuracy": accuracy}
        for n, (loss, accuracy) in enumerate(zip(losses, accuracies, strict=True), start=1)
    ]
    run = read_run(written(tmp_path / "a", rows=rows))
    assert run.metric("train/loss:setbacks") == 0.25 + 0.25
    assert run.metric("test/accuracy:setbacks") == 0.25 + 0.125


def test_a_metric_at_an_epoch_is_that_rows_value_and_none_beyond_the_last(run: Run) -> None:
    for name, values in SPLITS.items():
        assert [run.metric(f"{name}@{epoch}") for epoch in (1, 2, 3, 4)] == [*values, None]


def with_gradients(first: list[float | None], last: list[float | None]) -> list[dict[str, object]]:
    """Returns rows with gradients of three layers, the first and the last as given."""
    rows: list[dict[str, object]] = [
        {**row, "gradients": {"a": one, "b": 99.0, "c": other}}
        for row, one, other in zip(ROWS, first, last, strict=True)
    ]
    rows[0]["gradients_at_start"] = {"a": 0.5, "b": 99.0, "c": 4.0}
    return rows


def test_gradients_are_averaged_over_the_training_or_taken_at_its_start(tmp_path: Path) -> None:
    run = read_run(written(tmp_path / "a", rows=with_gradients([1.0, 2.0, 6.0], [4.0, 8.0, 24.0])))
    assert (run.metric("gradient/first"), run.metric("gradient/last")) == (3.0, 12.0)
    assert run.metric("gradient/ratio") == 0.25
    assert (run.metric("gradient/first:start"), run.metric("gradient/last:start")) == (0.5, 4.0)
    assert run.metric("gradient/ratio:start") == 0.125


def test_a_gradient_that_was_not_finite_or_not_measured_has_no_value(tmp_path: Path, run: Run) -> None:
    broken = read_run(written(tmp_path / "b", rows=with_gradients([1.0, None, 6.0], [4.0, 8.0, 24.0])))
    assert broken.metric("gradient/first") is None
    assert broken.metric("gradient/first:start") == 0.5
    assert run.metric("gradient/ratio") is None


def test_a_last_layer_without_a_gradient_has_no_ratio(tmp_path: Path) -> None:
    run = read_run(written(tmp_path / "b", rows=with_gradients([1.0, 1.0, 1.0], [0.0, 0.0, 0.0])))
    assert run.metric("gradient/ratio") is None
    assert run.metric("gradient/last") == 0.0


def test_quantities_of_the_whole_run(run: Run) -> None:
    assert (run.metric("train/loss:clean"), run.metric("train/accuracy:clean")) == (0.05, 0.95)
    assert (run.metric("parameters"), run.metric("seconds")) == (1234.0, 12.5)
    assert run.metric("gradient_norm") == 4.0  # of the weights that were kept
    assert run.metric("epochs") == 3.0  # all that were trained, as the seconds are


def test_every_simple_metric_is_a_float(tmp_path: Path) -> None:
    run = read_run(written(tmp_path / "a", rows=with_gradients([1.0, 2.0, 6.0], [4.0, 8.0, 24.0])))
    assert {type(run.metric(name)) for name in metric_names()} == {float}


@pytest.mark.parametrize("status", ["running", "diverged", "failed"])
def test_a_run_that_did_not_finish_has_nothing_but_its_size(status: str, tmp_path: Path) -> None:
    run = read_run(written(tmp_path / "a", status=status, final=False))
    assert not run.finished
    assert {name: run.metric(name) for name in metric_names() if run.metric(name) is not None} == {
        "parameters": 1234.0
    }
    assert run.curve("test/loss") == SPLITS["test/loss"]


def test_a_run_that_never_had_a_network_has_no_size(tmp_path: Path) -> None:
    run = read_run(written(tmp_path / "a", status="failed", net=None, rows=[], final=False))
    assert run.metric("parameters") is None


def test_what_was_not_measured_has_no_value(tmp_path: Path) -> None:
    rows = [{"epoch": 1, "step": 1, "test/loss": 0.5}]
    run = read_run(written(tmp_path / "a", rows=rows))
    assert run.metric("val/loss:max") is None
    assert run.curve("val/loss") == []
    assert run.metric("test/loss:min") == 0.5


def test_measurements_without_a_finite_value_are_left_out(tmp_path: Path) -> None:
    rows = [{**ROWS[0], "test/loss": None}, ROWS[1]]
    run = read_run(written(tmp_path / "a", rows=rows))  # type: ignore[arg-type]
    assert run.curve("test/loss") == [SPLITS["test/loss"][1]]
    assert run.metric("test/loss:max") == SPLITS["test/loss"][1]


def test_a_finished_run_without_its_final_row_is_damaged(tmp_path: Path) -> None:
    folder = written(tmp_path / "a", final=False)
    match = re.escape(f"{folder / 'metrics.jsonl'}: lacks a finished run's last row; delete the run's folder")
    with pytest.raises(RecordError, match=match):
        read_run(folder)


def test_arrays_of_a_look_inside_come_back(run: Run) -> None:
    assert run.probe("boundary") is None
    run.folder.probe("boundary").parent.mkdir()
    np.savez(run.folder.probe("boundary"), x=np.arange(3), y=np.eye(2))
    found = run.probe("boundary")
    assert found is not None
    np.testing.assert_array_equal(found["x"], [0, 1, 2])
    np.testing.assert_array_equal(found["y"], [[1, 0], [0, 1]])


def test_pickled_arrays_and_damaged_ones_are_refused(run: Run) -> None:
    path = run.folder.probe("boundary")
    path.parent.mkdir()
    np.savez(path, x=np.array([{}], dtype=object))
    with pytest.raises(RecordError, match=r"boundary\.npz: cannot be read \(Object arrays cannot be loaded"):
        run.probe("boundary")
    np.savez_compressed(path, x=np.arange(1000) % 7)
    whole = path.read_bytes()
    middle = len(whole) // 2
    torn = whole[:80] + bytes(255 - byte for byte in whole[80:middle]) + whole[middle:]
    for content in (torn, whole[:middle], b"", b"PK\x03\x04 torn", b"not a zip file"):
        path.write_bytes(content)
        with pytest.raises(RecordError, match=r"boundary\.npz: cannot be read .*delete the run's folder"):
            run.probe("boundary")


def test_predictions_come_back(run: Run) -> None:
    assert run.predictions() is None
    arrays = {
        "logits": np.array([[0.5, 1.5]], dtype=np.float32),
        "labels": np.array([1]),
        "indices": np.array([7]),
    }
    save_file(arrays, run.folder.predictions)
    found = run.predictions()
    assert found is not None
    assert {name: (array.tolist(), array.dtype) for name, array in found.items()} == {
        name: (array.tolist(), array.dtype) for name, array in arrays.items()
    }


@pytest.mark.parametrize("content", [b"", b"\xff" * 20, b"\x02\0\0\0\0\0\0\0{}extra"])
def test_damaged_predictions_are_named(run: Run, content: bytes) -> None:
    run.folder.predictions.write_bytes(content)
    with pytest.raises(
        RecordError, match=r"predictions\.safetensors: cannot be read .*delete the run's folder"
    ):
        run.predictions()


def test_every_run_in_a_folder_is_read_and_other_things_are_overlooked(tmp_path: Path) -> None:
    written(tmp_path / "b-s0-1")
    written(tmp_path / "a-s0-2")
    (tmp_path / "figures").mkdir()
    (tmp_path / "study.toml").touch()
    runs, troubles = read_runs(tmp_path)
    assert [run.folder.path.name for run in runs] == ["a-s0-2", "b-s0-1"]
    assert troubles == []
    assert read_runs(tmp_path / "nowhere") == ([], [])


def test_each_damaged_folder_gives_a_sentence_and_the_others_are_read(tmp_path: Path) -> None:
    written(tmp_path / "whole")
    (written(tmp_path / "manifest") / "run.json").write_text("{")
    (written(tmp_path / "rows") / "metrics.jsonl").write_text("{\n{}\n")
    written(tmp_path / "unfinished", final=False)
    (written(tmp_path / "no-text") / "run.json").write_bytes(b'{"hash": "\xff"}')
    runs, troubles = read_runs(tmp_path)
    assert [run.folder.path.name for run in runs] == ["whole"]
    starts = (
        "manifest/run.json: is not",
        "no-text/run.json: is not",
        "rows/metrics.jsonl: line 1",
        "unfinished/",
    )
    assert all(str(tmp_path / start) in said for start, said in zip(starts, troubles, strict=True))
