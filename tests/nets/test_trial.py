import pytest
import torch
from torch import nn

from glasslab.nets.trial import trial


def test_a_trial_leaves_every_mode_as_it_was():
    net = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5), nn.BatchNorm1d(3))
    net[2].eval()
    trial(net, (3,))
    assert [each.training for each in net.modules()] == [True, True, True, False]


def test_a_trial_leaves_buffers_and_gradients_as_they_were():
    net = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3))
    before = {key: value.clone() for key, value in net.state_dict().items()}
    output = trial(net, (3,), examples=5)
    assert output.shape == (5, 3)
    assert not output.requires_grad
    assert all(torch.equal(before[key], value) for key, value in net.state_dict().items())


def test_a_trial_takes_the_type_of_the_network():
    assert trial(nn.Linear(3, 2).double(), (3,)).dtype == torch.float64


def test_modes_come_back_after_a_failure():
    net = nn.Linear(3, 2)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        trial(net, (4,))
    assert net.training
