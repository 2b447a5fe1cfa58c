import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from benchmarks.arrays import write_arrays
from benchmarks.contenders import glasslab_study, tensors
from benchmarks.contenders.serving import CannotTrain, Run, timed
from benchmarks.contenders.torch_nets import network
from benchmarks.contest import CONTENDERS, Contest, Times
from benchmarks.findings import Pace, disagreements, outcomes, pace, paces, ratio, spread, tolerance
from benchmarks.page import Row, page
from benchmarks.works import PALINDROMES, TOY, WORKS, Target, Work, quick, training_flops
from torch.utils.flop_counter import FlopCounterMode

MLP = {"name": "mlp", "widths": [128, 64]}
CNN = {"name": "lenet", "channels": [32, 64], "kernel": 3, "hidden": [128]}
TIMES = Times(
    launch=2, first=7, short=[3, 3, 4], long=[7, 9, 8], runs=2, accuracies={"run-s0": 0.9, "run-s1": 0.92}
)


def tiny(**changes: Any) -> Work:
    settings: dict[str, Any] = {
        "name": "tiny",
        "says": "blobs",
        "tables": {
            "data": {"name": "blobs"},
            "net": {"name": "mlp", "widths": [4]},
            "recipe": {"optimizer": "adam", "lr": 0.01, "batch_size": 32},
        },
        "contenders": (),
        "targets": (),
    }
    return Work(**settings | changes)


def test_steady_time_is_what_the_longer_training_takes_more_for_each_run_and_epoch() -> None:
    found = pace(TIMES, (1, 3))
    assert found.steady == (1.0, 1.5, 1.0)  # (7 - 3) / (2 epochs * 2 runs), ...
    assert found.median == 1.0


def test_set_up_and_cold_start_are_what_is_not_steady() -> None:
    found = pace(TIMES, (1, 3))
    assert found.setup == 1.0  # 3 s, of which one epoch of two runs takes 2
    assert found.cold == 7.0  # 2 s to start, 7 s to train, of which 2 are steady


def test_who_cannot_train_has_no_pace() -> None:
    assert paces(tiny(), {"a": Times(cannot="has no such layer")}) == {}


def test_ratio_that_noise_hides_is_no_number() -> None:
    assert ratio(6.0, 2.0) == 3.0
    assert math.isnan(ratio(6.0, -0.1))


def test_target_is_met_against_the_fastest_of_those_it_names() -> None:
    found = {name: Pace((seconds,), 0, 0) for name, seconds in (("glasslab", 1), ("x", 3), ("y", 9))}
    work = tiny(targets=(Target("either", ("x", "y"), 3), Target("y", ("y",), 10), Target("z", ("z",), 2)))
    assert [each.verdict for each in outcomes(work, found, 0.5)] == ["met", "missed", "not measured"]


def test_target_against_matrix_products_looks_at_the_share() -> None:
    work = tiny(targets=(Target("matrix products", (), 0.6),))
    assert [outcomes(work, {}, share)[0].verdict for share in (0.61, 0.59)] == ["met", "missed"]


def test_spread_is_within_contenders_and_variants() -> None:
    seeds = [0.1, 0.2, 0.4]
    apart = {f"{name}-s{i}": base + v for name, base in (("a", 0), ("b", 0.5)) for i, v in enumerate(seeds)}
    lower = {name: value - 0.1 for name, value in apart.items()}
    found = {"x": Times(accuracies=apart), "y": Times(accuracies=lower), "z": Times(accuracies={"a-s0": 1.0})}
    assert spread(found) == pytest.approx(np.std(seeds, ddof=1))


def test_accuracies_may_differ_by_four_standard_errors_or_by_a_point_and_a_half() -> None:
    def allowed(values: list[float], runs: int) -> float:
        return tolerance({"x": Times(accuracies={f"run-s{i}": v for i, v in enumerate(values)})}, runs)

    assert allowed([0.8, 0.9], 2) == pytest.approx(4 * np.std([0.8, 0.9], ddof=1))
    assert allowed([0.9, 0.9], 1) == 0.015
    assert allowed([0.9], 1) == math.inf


def test_who_learns_something_else_is_named() -> None:
    ours = Times(accuracies={f"run-s{i}": 0.97 for i in range(5)})
    good = Times(accuracies={"run-s3": 0.96})
    bad = Times(accuracies={"run-s3": 0.95})
    other = Times(accuracies={"run-s9": 0.97})
    found = disagreements({"glasslab": ours, "good": good, "bad": bad, "other": other})
    assert found == [
        "bad: ends at a test accuracy of 0.9500, glasslab at 0.9700 on the same 1 runs; more than 0.0150 "
        "apart, so their seconds do not compare",
        "other: has no run in common with glasslab",
    ]


@pytest.mark.parametrize("net, shape", [(MLP, [1, 28, 28]), (CNN, [3, 32, 32])])
def test_training_flops_are_those_that_pytorch_counts(net: dict[str, Any], shape: list[int]) -> None:
    module = network(net, shape, 10)
    with FlopCounterMode(display=False) as counter:
        module(torch.zeros(4, *shape)).sum().backward()
    assert training_flops(net, tuple(shape), 10) == counter.get_total_flops() / 4


def test_an_epoch_of_the_mlp_is_27_gflop() -> None:
    assert 60_000 * training_flops(MLP, (1, 28, 28), 10) / 1e9 == pytest.approx(27.3, abs=0.05)


def test_gated_cells_multiply_as_often_as_they_have_gates() -> None:
    rows, hidden = 28, 128
    forward = rows * 3 * hidden * (28 + hidden) + hidden * 10
    net = {"name": "rnn", "cell": "gru", "hidden": hidden}
    inputs = rows * 3 * hidden * 28
    assert training_flops(net, (1, 28, 28), 10) == 2 * (3 * forward - inputs)


def test_unknown_net_has_no_formula() -> None:
    with pytest.raises(ValueError, match="no formula for the multiply-adds of 'vgg'"):
        training_flops({"name": "vgg"}, (3, 32, 32), 10)


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_works_name_contenders_that_there_are(work: Work) -> None:
    named = {*work.contenders, *(name for target in work.targets for name in target.against)}
    assert named <= CONTENDERS.keys()
    assert set().union(*(target.against for target in work.targets)) <= set(work.contenders)
    assert quick(work).lengths[0] < quick(work).lengths[1]


def test_every_batch_of_palindromes_is_a_fresh_one() -> None:
    recipe, data = PALINDROMES.tables["recipe"], PALINDROMES.tables["data"]
    assert PALINDROMES.lengths[1] * recipe["batch_size"] == data["train"]


def test_peers_go_through_the_seeds_of_the_study() -> None:
    assert [tiny().seeds_of_peers(number) for number in (0, 1, 5)] == [[0], [1], [0]]
    assert TOY.seeds_of_peers(3) == list(range(10))


def test_glasslab_alone_trains_for_its_own_lengths() -> None:
    work = tiny(lengths=(1, 4), study_lengths=(1, 8))
    assert work.lengths_of("glasslab-solo") == (1, 8)
    assert work.lengths_of("tensors") == (1, 4)
    assert quick(work).lengths_of("glasslab") == (1, 2)


def test_one_run_has_another_seed_in_each_round() -> None:
    assert [tiny(seeds=1).study_seeds(number) for number in (0, 1)] == [[0], [1]]
    assert tiny(seeds=1).all_seeds(3) == [0, 1, 2]


def test_contenders_take_turns_and_each_begins_a_round() -> None:
    asked: list[str] = []

    def player(name: str) -> Any:
        def ask(message: dict[str, Any]) -> dict[str, Any]:
            asked.append(name if "train" in message else "load")
            return {"seconds": 1.0, "accuracies": {"run-s0": 1.0}}

        return SimpleNamespace(contender=SimpleNamespace(name=name), launch=0.5, ask=ask)

    work = tiny(seeds=2)
    folders = {"run-s0": "", "run-s1": ""}
    times = Contest(work, folders, [player("a"), player("b")], lambda sentence: None).measure(2)
    assert asked == ["load", "a", "load", "b", "a", "a", "b", "b", "b", "b", "a", "a"]
    assert times["a"] == Times(0.5, 1.0, [1.0, 1.0], [1.0, 1.0], 1, {"run-s0": 1.0})


def test_who_cannot_train_says_why() -> None:
    def refuse(message: dict[str, Any]) -> dict[str, float]:
        raise CannotTrain("has no such layer")

    assert timed(refuse, {}) == {"cannot": "has no such layer"}


def test_page_shows_medians_ratios_and_verdicts() -> None:
    slow = Times(launch=1, first=8, short=[8], long=[20], runs=2, accuracies={"run-s0": 0.9})
    work = tiny(lengths=(1, 3), targets=(Target("a good PyTorch loop", ("tensors",), 2),))
    times = {"glasslab": TIMES, "tensors": slow}
    found = paces(work, times)
    rates = {"torch.mm 1024, 1 thread": 50.0, "oneDNN 1024, 1 thread": 100.0}
    row = Row(work, times, found, outcomes(work, found, 0.1), 2e10, rates)
    text = page([("cores", "2")], [row], ["Note."])
    assert "| tiny | a good PyTorch loop | 2x | 3x | met |" in text
    assert "| **glasslab** | 1000 | 1000 to 1500 | 1x | 1.00 | 7.0 | 0.9100 (n = 2) | 20.0 |" in text
    assert "| 20.0 | 20 % | 40 % |" in text
    assert "| PyTorch, good loop | 3000 | 3000 to 3000 | 3x |" in text
    assert "- Note." in text


@pytest.mark.slow
def test_a_good_pytorch_loop_learns_what_glasslab_learns(tmp_path: Any) -> None:
    work = tiny(seeds=2, lengths=(1, 8))
    folders = write_arrays(work, [0, 1], tmp_path)
    ours = glasslab_study.train({"study": work.study(12, [0, 1]), "judged": ["epochs", 8]})
    contest = Contest(work, folders, [], lambda sentence: None)
    theirs = {}
    for asked in contest.peer_runs([0, 1], 8):
        arrays = {p.stem: torch.from_numpy(np.load(p)) for p in (tmp_path / asked["name"]).glob("*.npy")}
        facts = {"shape": [2], "classes": 2}
        run = Run(asked["name"], asked["seed"], asked["net"], asked["recipe"], arrays, facts)
        theirs[run.name] = tensors.train(run)
    found = {"glasslab": Times(accuracies=ours), "tensors": Times(accuracies=theirs)}
    assert ours.keys() == theirs.keys()
    assert disagreements(found) == []
