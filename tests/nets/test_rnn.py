import numpy as np
import pytest
import torch
from torch import nn

from glasslab.errors import StudyError
from glasslab.nets.elman import Recurrence
from glasslab.nets.network import make
from glasslab.nets.rnn import FinalStates, LastStep, Rows
from glasslab.plan.net import Elman, Rnn


def stream(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=seed))


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def test_an_image_is_read_row_by_row_with_all_its_channels() -> None:
    image = torch.arange(2 * 3 * 4).reshape(1, 2, 3, 4)
    rows = Rows()(image)
    assert rows.shape == (1, 3, 8)
    assert rows[0, 1].tolist() == [4, 5, 6, 7, 16, 17, 18, 19]


def test_the_elman_network_is_its_formula_step_by_step() -> None:
    net = make(Elman(hidden=5), (4, 3), 2, stream())
    named = {name: p.detach().double().numpy() for name, p in net.named_parameters()}
    x = stream(1).normal(size=(6, 4, 3))
    h = np.zeros((6, 5))
    for step in range(4):
        h = np.tanh(
            x[:, step] @ named["rnn.weight_ih_l0"].T
            + h @ named["rnn.weight_hh_l0"].T
            + named["rnn.bias_hh_l0"]
        )
    expected = h @ named["output.weight"].T + named["output.bias"]
    got = net(torch.from_numpy(x).float()).detach().numpy()
    assert np.allclose(got, expected, atol=1e-6)


def test_the_elman_recurrence_is_pytorchs_rnn_without_the_inputs_bias() -> None:
    mine, theirs = Recurrence(3, 5, "tanh"), nn.RNN(3, 5, batch_first=True)
    with torch.no_grad():
        theirs.bias_ih_l0.zero_()
        for name, parameter in mine.named_parameters():
            parameter.copy_(getattr(theirs, name))
    x = torch.from_numpy(stream().normal(size=(2, 7, 3))).float()
    assert torch.allclose(mine(x), theirs(x)[0][:, -1], atol=1e-6)


def test_the_gru_is_its_formula_step_by_step() -> None:
    net = make(Rnn(cell="gru", hidden=5), (4, 3), 2, stream())
    named = {name.removeprefix("gru."): p.detach().double().numpy() for name, p in net.named_parameters()}
    x = stream(1).normal(size=(6, 4, 3))
    h = np.zeros((6, 5))
    for step in range(4):
        given = np.split(x[:, step] @ named["weight_ih_l0"].T + named["bias_ih_l0"], 3, axis=1)
        kept = np.split(h @ named["weight_hh_l0"].T + named["bias_hh_l0"], 3, axis=1)
        reset, update = sigmoid(given[0] + kept[0]), sigmoid(given[1] + kept[1])
        h = (1 - update) * np.tanh(given[2] + reset * kept[2]) + update * h
    expected = h @ named["output.weight"].T + named["output.bias"]
    assert np.allclose(net(torch.from_numpy(x).float()).detach().numpy(), expected, atol=1e-6)


def test_the_last_step_of_two_directions_is_not_where_the_backward_one_ended() -> None:
    layer = nn.GRU(3, 4, bidirectional=True, batch_first=True)
    x = torch.from_numpy(stream().normal(size=(2, 5, 3))).float()
    given = layer(x)
    last, ended = LastStep()(given), FinalStates(2)(given)
    assert torch.equal(last, given[0][:, -1])
    assert torch.equal(last[:, :4], ended[:, :4])
    assert torch.equal(ended[:, 4:], given[0][:, 0, 4:])
    assert not torch.allclose(last[:, 4:], ended[:, 4:])


def test_the_final_states_of_an_lstm_are_hidden_ones_of_its_top_layer() -> None:
    layer = nn.LSTM(3, 4, num_layers=2, batch_first=True)
    given = layer(torch.from_numpy(stream().normal(size=(2, 5, 3))).float())
    assert torch.equal(FinalStates(1)(given), given[0][:, -1])


@pytest.mark.parametrize(
    "settings, count",
    [
        (Rnn(), 28 * 128 + 128 * 128 + 2 * 128 + 1290),
        (Rnn(cell="gru"), 3 * (28 * 128 + 128 * 128 + 2 * 128) + 1290),
        (Rnn(cell="lstm", hidden=64), 4 * (28 * 64 + 64 * 64 + 2 * 64) + 650),
        (
            Rnn(cell="gru", layers=2, bidirectional=True),
            2 * 3 * (28 * 128 + 128 * 128 + 256) + 2 * 3 * (256 * 128 + 128 * 128 + 256) + 2570,
        ),
    ],
)
def test_a_recurrent_network_over_mnist_rows_has_the_parameters_of_its_formula(
    settings: Rnn, count: int
) -> None:
    net = make(settings, (1, 28, 28), 10, stream())
    assert sum(p.numel() for p in net.parameters()) == count


@pytest.mark.parametrize("settings", [Rnn(), Elman()])
def test_points_are_no_sequences_and_that_is_said(settings: Rnn | Elman) -> None:
    with pytest.raises(StudyError, match=r"needs sequences \(steps, features\) or images.*shape \(2,\)"):
        make(settings, (2,), 2, stream())


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_dropout_stands_between_layers_and_without_it_they_are_pytorchs_stack(cell: str) -> None:
    settings = Rnn(cell=cell, layers=3, dropout=0.4, bidirectional=True, hidden=6)  # type: ignore[arg-type]
    net = make(settings, (5, 4), 2, stream()).eval()
    names = [name for name, _ in net.named_children()]
    assert names == [
        *(f"{cell}1", "outputs1", "dropout1", f"{cell}2", "outputs2", "dropout2", f"{cell}3"),
        *("last_step", "output"),
    ]
    stack = type(net.get_submodule(f"{cell}1"))(4, 6, num_layers=3, bidirectional=True, batch_first=True)
    with torch.no_grad():
        for name, parameter in stack.named_parameters():
            layer = next(number for number in (0, 1, 2) if f"_l{number}" in name)
            own = net.get_submodule(f"{cell}{layer + 1}")
            parameter.copy_(getattr(own, name.replace(f"_l{layer}", "_l0")))
    x = torch.from_numpy(stream(1).normal(size=(3, 5, 4))).float()
    expected = net.get_submodule("output")(stack(x)[0][:, -1])
    assert torch.allclose(net(x), expected, atol=1e-6)


@pytest.mark.parametrize("cell", ["rnn", "gru"])
def test_a_layer_of_the_lab_gives_what_pytorchs_gives(cell: str) -> None:
    net = make(Rnn(cell=cell, hidden=6, layers=2, bidirectional=True), (5, 4), 2, stream())  # type: ignore[arg-type]
    mine = net.get_submodule(cell)
    pytorchs = {"rnn": nn.RNN, "gru": nn.GRU}[cell]
    theirs = pytorchs(4, 6, num_layers=2, bidirectional=True, batch_first=True)
    assert isinstance(mine, pytorchs)
    theirs.load_state_dict(mine.state_dict())
    x = torch.from_numpy(stream(1).normal(size=(3, 5, 4))).float()
    for got, expected in zip(mine(x), theirs(x), strict=True):
        assert torch.allclose(got, expected, atol=1e-6)
    # a state to begin with, or one example without a batch, is left to PyTorch
    state = torch.ones(4, 3, 6)
    assert torch.equal(mine(x, state)[0], theirs(x, state)[0])
    assert torch.equal(mine(x[0])[0], theirs(x[0])[0])


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "identity"])
def test_the_elman_recurrence_by_hand_is_the_one_by_autograd(activation: str) -> None:
    layer = Recurrence(3, 5, activation).double()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(torch.from_numpy(stream(len(parameter.shape)).normal(size=parameter.shape)))
    x = torch.from_numpy(stream().normal(size=(4, 6, 3)))
    written = torch.autograd.grad(layer(x).square().sum(), list(layer.parameters()))
    taped = torch.autograd.grad(layer.step_by_step(x).square().sum(), list(layer.parameters()))
    for got, expected in zip(written, taped, strict=True):
        assert torch.allclose(got, expected, rtol=1e-10)


def test_an_elman_recurrence_with_another_activation_goes_step_by_step() -> None:
    layer = Recurrence(3, 5, "gelu")
    x = torch.ones(2, 4, 3)
    assert torch.equal(layer(x), layer.step_by_step(x))
