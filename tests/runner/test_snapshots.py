"""Weights that a run keeps along the way, for the probe `evolution`."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from glasslab.plan.study import Study
from glasslab.plan.study_file import Options, make_study
from glasslab.records.log import read_log
from glasslab.runner.job import Event
from glasslab.runner.order import Order, carry_out_study

LENET: dict[str, Any] = {
    "question": "When do features come to be?",
    "seeds": 2,
    "data": {"name": "mnist5k", "train_limit": 48},
    "net": {"name": "lenet", "channels": [2, 3], "hidden": [4]},
    "recipe": {"lr": 0.01, "epochs": 3, "batch_size": 8},
}
SMALL = {"name": "evolution", "examples": 20, "maps": 1}


def run(out: Path, engine: str = "auto", **changes: Any) -> list[Event]:
    """Carries out the study with some tables replaced; returns what was told, steps and rows left out."""
    told: list[Event] = []
    carry_out_study(study(**changes), Order(out=out, jobs=1, engine=engine), told.append)
    return [event for event in told if event.kind not in ("step", "row", "begun")]


def study(**changes: Any) -> Study:
    return make_study(LENET | changes, "small", Options())


def snapshots(out: Path, seed: int = 0) -> dict[str, dict[str, torch.Tensor]]:
    (folder,) = out.glob(f"small/*-s{seed}-*")
    return {path.stem: load_file(path) for path in sorted((folder / "snapshots").glob("*.safetensors"))}


def test_without_the_probe_no_weights_are_kept(tmp_path: Path) -> None:
    run(tmp_path)
    assert not list(tmp_path.rglob("snapshots"))


def test_they_are_the_weights_before_after_and_between(tmp_path: Path) -> None:
    run(tmp_path, probes=[SMALL | {"epochs": [0, 2, 3]}])
    run(tmp_path / "shorter", recipe=LENET["recipe"] | {"epochs": 2})
    for seed in (0, 1):
        kept = snapshots(tmp_path, seed)
        assert list(kept) == ["00000", "00002", "00003"]
        for name, of_run in (("00003", tmp_path), ("00002", tmp_path / "shorter")):
            (folder,) = of_run.glob(f"small/*-s{seed}-*")
            final = load_file(folder / "weights.safetensors")
            assert all(torch.equal(value, final[key]) for key, value in kept[name].items())
        assert any(not torch.equal(value, kept["00002"][key]) for key, value in kept["00000"].items())


def test_both_engines_keep_the_same(tmp_path: Path) -> None:
    for engine in ("solo", "stacked"):
        run(tmp_path / engine, engine, probes=[SMALL])
    one, other = (snapshots(tmp_path / engine, 1) for engine in ("solo", "stacked"))
    assert list(one) == list(other) == ["00000", "00001", "00002"]
    for name, weights in one.items():
        for key, value in weights.items():
            assert torch.allclose(value, other[name][key], atol=1e-5), (name, key)


def test_a_run_that_stops_early_is_looked_at_as_far_as_it_came(tmp_path: Path) -> None:
    early = {"lr": 10.0, "epochs": 12, "batch_size": 8, "patience": 1}
    told = run(tmp_path, probes=[SMALL], recipe=early, data=LENET["data"] | {"validation": 16}, seeds=1)
    assert [event.kind for event in told] == ["ended"]
    assert "stopped early" in told[0].sentence
    (path,) = tmp_path.rglob("evolution.npz")
    with np.load(path) as arrays:
        kept = [int(name) for name in snapshots(tmp_path)]
        assert arrays["epochs"].tolist() == [each for each in kept if each < arrays["end"]]


def test_a_run_trained_without_them_says_what_to_do(tmp_path: Path) -> None:
    run(tmp_path, seeds=1)
    told = run(tmp_path, seeds=1, probes=[SMALL])
    assert [event.kind for event in told] == ["trouble", "looked"]
    assert "this run kept none; name it in the study's probes, delete the run's folder" in told[0].sentence


def test_epochs_beyond_the_training_are_refused_before_it(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="7 lies beyond the end, after 3 of them"):
        run(tmp_path, probes=[SMALL | {"epochs": [7]}])
    assert not list(tmp_path.rglob("run.json"))


def test_what_is_looked_at_ends_with_the_weights_of_the_best_epoch(tmp_path: Path) -> None:
    best = {"lr": 0.1, "epochs": 10, "batch_size": 8, "keep": "best"}  # that is the sixth
    asked = SMALL | {"epochs": [2, 9]}
    run(tmp_path, probes=[asked], recipe=best, data=LENET["data"] | {"validation": 16}, seeds=1)
    (path,) = tmp_path.rglob("evolution.npz")
    final = read_log(path.parents[1] / "metrics.jsonl")[-1]
    assert 2 < final["epoch"] < 9
    assert list(snapshots(tmp_path)) == ["00002", "00009"]
    with np.load(path) as arrays:
        assert arrays["end"] == final["epoch"]
        assert arrays["epochs"].tolist() == [2]


@pytest.mark.parametrize("harm", ["is missing", "cannot be read", "does not fit the network"])
def test_weights_that_were_lost_are_named_and_leave_the_look_as_it_was(tmp_path: Path, harm: str) -> None:
    run(tmp_path, seeds=1, probes=[SMALL])
    (path,) = tmp_path.rglob("snapshots/00001.safetensors")
    (look,) = tmp_path.rglob("evolution.npz")
    before = look.read_bytes()
    if harm == "is missing":
        path.unlink()
    elif harm == "cannot be read":
        path.write_bytes(b"junk")
    else:
        save_file({"weight": torch.zeros(3)}, path)
    told = run(tmp_path, seeds=1, probes=[SMALL | {"maps": 2}])
    (said,) = (event.sentence for event in told if event.kind == "trouble")
    assert f"snapshots/00001.safetensors: {harm}" in said
    assert look.read_bytes() == before
