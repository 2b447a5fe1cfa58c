import torch
from torch import nn

from glasslab.probes.randomised import ALL, OUTPUT, UPPER, owners_top_down, randomised


def net_of(*layers):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(*(make() for make in layers))


def four_layers():
    return net_of(
        lambda: nn.Conv2d(1, 4, 3),
        nn.ReLU,
        lambda: nn.Conv2d(4, 4, 3),
        lambda: nn.BatchNorm2d(4),
        nn.Flatten,
        lambda: nn.Linear(64, 3),
    )


def state(net):
    return {name: value.clone() for name, value in net.state_dict().items()}


def test_layers_are_randomised_from_the_top_down_and_the_network_is_left():
    net = four_layers()
    before = state(net)
    changed = []
    for words, count, copy in randomised(net, (1, 8, 8), 0):
        new = [name for name, value in copy.state_dict().items() if not torch.equal(value, before[name])]
        changed.append((words, count, new))
    assert [each[:2] for each in changed] == [(OUTPUT, 1), (UPPER, 2), (ALL, 4)]
    assert changed[0][2] == ["5.weight", "5.bias"]
    assert set(changed[2][2]) >= {"0.weight", "0.bias", "2.weight", "5.weight"}
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_every_parameter_keeps_its_values_in_another_order():
    net = four_layers()
    for _, _, copy in randomised(net, (1, 8, 8), 0):
        for own, other in zip(net.parameters(), copy.parameters(), strict=True):
            assert torch.equal(own.flatten().sort().values, other.flatten().sort().values)


def test_a_seed_shuffles_in_the_same_way_and_another_in_another():
    last = [
        next(copy.state_dict()["5.weight"].clone() for *_, copy in randomised(four_layers(), (1, 8, 8), seed))
        for seed in (0, 0, 1)
    ]
    assert torch.equal(last[0], last[1])
    assert not torch.equal(last[0], last[2])


def test_stages_that_are_the_same_are_told_once():
    one = net_of(nn.Flatten, lambda: nn.Linear(4, 2))
    none = net_of(nn.Flatten)
    assert [each[:2] for each in randomised(none, (1, 2, 2), 0)] == [(ALL, 0)]
    two = net_of(nn.Flatten, lambda: nn.Linear(4, 3), lambda: nn.Linear(3, 2))
    assert [each[:2] for each in randomised(one, (1, 2, 2), 0)] == [(ALL, 1)]
    assert [each[:2] for each in randomised(two, (1, 2, 2), 0)] == [(OUTPUT, 1), (ALL, 2)]


def test_the_layer_nearest_the_output_comes_first():
    assert owners_top_down(four_layers(), (1, 8, 8)) == ["5", "3", "2", "0"]
