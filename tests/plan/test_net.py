from typing import Any

import pytest

from glasslab.plan.net import NETS, Lenet, Mlp, Net, UserNet, net_table, read_net
from glasslab.plan.settings import Problems, kinds
from tests.plan.small import small, told, told_of_file

KNOWN = "elman, lenet, mlp, numpy-mlp, rnn, vgg"
ONE_OF_ITS = "mlp takes activation, init, init_std, widths, dropout, output"


@pytest.mark.parametrize(
    "table, sentence",
    [
        ({}, "name: is missing; name a net: elman, lenet, mlp, numpy-mlp, rnn, vgg or 'module:Class'"),
        ({"name": "mpl"}, "name: no net 'mpl'; did you mean 'mlp'?"),
        ({"name": "transformer"}, f"name: no net 'transformer'; known: {KNOWN}"),
        ({"name": True}, f"name: no net true; known: {KNOWN}"),
        ({"name": "mlp", "width": [3]}, "width: is not a setting here; did you mean 'widths'?"),
        ({"name": "mlp", "kernel": 3}, f"kernel: mlp does not take it (lenet does); {ONE_OF_ITS}"),
        (
            {"name": "mlp", "widths": 128},
            "widths: must be a list of at most 64, each a whole number of 1 or more, got 128; write [128]",
        ),
        (
            {"name": "mlp", "widths": "128"},
            "widths: must be a list of at most 64, each a whole number of 1 or more, got '128'",
        ),
        ({"name": "mlp", "dropout": 1}, "dropout: must be a number of 0 or more and below 1, got 1"),
        (
            {"name": "mlp", "activation": "ReLU6"},
            "activation: must be one of 'elu', 'gelu', 'identity', 'leaky-relu', 'relu', "
            "'sigmoid', 'silu', 'tanh', got 'ReLU6'; did you mean 'relu'?",
        ),
        ({"name": "mlp", "init": "normal"}, "init_std: goes with init = 'normal': set both or neither"),
        ({"name": "mlp", "init_std": 0.1}, "init_std: goes with init = 'normal': set both or neither"),
        (
            {"name": "lenet", "channels": []},
            "channels: must be a list of 1 to 8, each a whole number of 1 or more, or a list of 1 "
            "or more, each a whole number of 1 or more, got []",
        ),
        ({"name": "lenet", "kernel": 4}, "kernel: must be odd where padding is 'same', got 4"),
        (
            {"name": "my/net.py:Net"},
            "name: a network of your own is written 'module:Class', for a class in module.py, got "
            "'my/net.py:Net'",
        ),
        (
            {"name": "net:"},
            "name: a network of your own is written 'module:Class', for a class in module.py, got 'net:'",
        ),
        (
            {"name": "a..b:Net"},
            "name: a network of your own is written 'module:Class', for a class in module.py, got 'a..b:Net'",
        ),
        ({"name": "m:Net", "a-b": 1}, "a-b: is an argument of your class, so it must be a name in Python"),
        (
            {"name": "m:Net", "lambda": 1},
            "lambda: is an argument of your class, so it must be a name in Python",
        ),
        ({"name": "m:Net", "source": 1}, "source: is a name that glasslab needs itself; rename the argument"),
        ({"name": "m:Net", "a": {"b": [float("nan")]}}, "a: must be finite, got { b = [nan] }"),
    ],
)
def test_a_wrong_net_is_told_in_one_sentence(table: dict[str, Any], sentence: str) -> None:
    assert told(net=table) == [f"[net] {sentence}"]


def test_two_contradictions_are_both_told() -> None:
    assert told(net={"name": "lenet", "kernel": 2, "init": "normal"}) == [
        "[net] init_std: goes with init = 'normal': set both or neither",
        "[net] kernel: must be odd where padding is 'same', got 2",
    ]


def test_the_table_lists_every_family() -> None:
    assert {part.settings for part in NETS.values()} | {UserNet} == set(kinds(Net))


@pytest.mark.parametrize(
    "net",
    [
        Mlp(),
        Mlp(widths=(), init="normal", init_std=0.1),
        Lenet(channels=((32, 32), 64), padding="valid", kernel=4),
        UserNet(name="a.b:C", settings={"depth": 3, "name2": "x", "more": {"a": [1, 2.5]}}),
    ],
)
def test_every_net_is_read_from_what_it_writes(net: Net) -> None:
    problems = Problems("s")
    assert read_net(net_table(net), problems) == net
    assert problems.found == []


def test_a_network_of_ones_own_takes_whatever_it_is_given() -> None:
    net = small(net={"name": "mine:Net", "depth": 3, "options": {"a": 1}, "on": True}).variants[0].net
    assert net == UserNet(name="mine:Net", settings={"depth": 3, "options": {"a": 1}, "on": True})


def test_a_network_of_ones_own_varies_in_a_grid_and_below_its_tables() -> None:
    study = small(
        "net.options.b=4",
        net={"name": "mine:Net", "options": {"a": 1, "b": 2}},
        grid={"net": {"depth": [1, 2], "options": {"a": [5, 6]}}},
    )
    assert [(v.name, net_table(v.net)) for v in study.variants] == [
        (f"{depth}-{a}", {"name": "mine:Net", "options": {"a": a, "b": 4}, "depth": depth})
        for depth in (1, 2)
        for a in (5, 6)
    ]


def test_a_table_given_for_a_plain_setting_names_the_place_it_was_written(tmp_path: Any) -> None:
    rule = "must be a list of at most 64, each a whole number of 1 or more, got { a = 2 }"
    assert told("net.widths.a=2") == [f"--set net.widths.a: {rule}"]
    assert told(variants={"x": {"net": {"widths": {"a": 2}}}}) == [f"[variants] x: net.widths.a: {rule}"]


def test_a_misspelt_net_in_a_file_names_file_table_and_key(tmp_path: Any) -> None:
    text = 'question = "?"\n[data]\nname = "moons"\n[net]\nname = "mpl"\n[recipe]\nlr = 0.1\nepochs = 1\n'
    assert told_of_file(text, tmp_path) == ["[net] name: no net 'mpl'; did you mean 'mlp'?"]
