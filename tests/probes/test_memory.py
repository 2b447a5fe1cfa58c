from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from glasslab.data.dataset import Dataset, Split
from glasslab.data.tensors import to_tensors
from glasslab.errors import StudyError
from glasslab.nets.network import make
from glasslab.plan.data import Mnist, Palindromes
from glasslab.plan.net import Elman, Lenet, Net, Rnn
from glasslab.plan.probe import Memory
from glasslab.probes import memory
from glasslab.probes.prospect import Prospect
from glasslab.probes.subject import Subject
from glasslab.probes.unrolled import unrolling

EXAMPLES, STEPS, CLASSES = 12, 5, 3


def of_images(net: nn.Module, dtype: torch.dtype = torch.float32) -> Subject:
    x = np.random.default_rng(2).integers(0, 256, (EXAMPLES, 1, STEPS, 4), dtype=np.uint8)
    split = Split.whole(x, np.arange(EXAMPLES) % CLASSES)
    dataset = Dataset(split, None, split, ("a", "b", "c"), "made")
    return subject(net.to(dtype), to_tensors(dataset, Mnist(normalize="unit"), "cpu", dtype))


def of_digits(net: nn.Module) -> Subject:
    x = np.random.default_rng(2).integers(0, 10, (EXAMPLES, STEPS, 1)).astype(np.float32)
    split = Split.whole(x, np.arange(EXAMPLES) % CLASSES)
    tensors = to_tensors(Dataset(split, None, split, ("a", "b", "c"), "made"), Palindromes(), "cpu")
    return subject(net, tensors)


def subject(net: nn.Module, tensors: Any) -> Subject:
    net.eval()
    with torch.no_grad():
        logits = net(tensors.test.x)
    return Subject(net, tensors, logits, lambda z: z.softmax(1))


def made(settings: Net, shape: tuple[int, ...] = (1, STEPS, 4)) -> nn.Module:
    return make(settings, shape, CLASSES, np.random.default_rng(4))


RNNS = [
    Rnn(cell="rnn", hidden=6),
    Rnn(cell="rnn", hidden=6, activation="relu"),
    Rnn(cell="gru", hidden=6),
    Rnn(cell="lstm", hidden=6),
    Rnn(cell="lstm", hidden=6, layers=2),
    Rnn(cell="gru", hidden=6, layers=2, bidirectional=True),
    Rnn(cell="lstm", hidden=6, bidirectional=True, readout="final-states"),
    Rnn(cell="rnn", hidden=6, layers=2, dropout=0.5),
    Elman(hidden=6),
    Elman(hidden=6, activation="sigmoid"),
]


@pytest.mark.parametrize("settings", RNNS)
def test_single_steps_give_what_the_network_gives(settings: Net) -> None:
    of = of_images(made(settings))
    with unrolling(of.net, torch.float64) as layers:
        logits = of.net(of.tensors.test.x)
    assert torch.allclose(logits, of.logits, atol=1e-5)
    assert {len(each.hidden) for each in layers} == {STEPS}


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_gradients_through_time_are_those_of_the_tail_from_each_state_on(cell: Any) -> None:
    """The tail is read by PyTorch's own layer, from the state after each step."""
    of = of_images(made(Rnn(cell=cell, hidden=6)), torch.float64)
    seen = memory.look(of, Memory(examples=EXAMPLES))
    layer, x, y = of.net.get_submodule(cell), of.tensors.test.x[:, 0], of.tensors.test.y
    for step in range(1, STEPS):
        with torch.no_grad():
            _, state = layer(x[:, :step])
        start = tuple(each.requires_grad_() for each in (state if cell == "lstm" else (state,)))
        outputs, _ = layer(x[:, step:], start if cell == "lstm" else start[0])
        logits = of.net.get_submodule("output")(outputs[:, -1])
        loss = nn.functional.cross_entropy(logits, y, reduction="sum")
        expected = torch.autograd.grad(loss, start)[0][0].norm(dim=1)
        assert 10 ** seen["gradient"][0, step - 1] == pytest.approx(expected.numpy(), rel=1e-4)


def test_gradients_agree_with_finite_differences_of_a_two_layer_network() -> None:
    """A nudge to the lower layer's state at a step changes later steps and the layer above, as it should."""
    of = of_images(made(Rnn(cell="rnn", hidden=3, layers=2)), torch.float64)
    seen = memory.look(of, Memory(examples=1))
    own = dict(of.net.get_submodule("rnn").named_parameters())
    x, y = of.tensors.test.x[:1, 0], int(of.tensors.test.y[0])

    def loss(nudge: Tensor, at: int) -> Tensor:
        states = [torch.zeros(1, 3, dtype=torch.float64)] * 2
        for step in range(STEPS):
            given = x[:, step]
            for layer in range(2):
                w_ih, w_hh, b_ih, b_hh = (
                    own[f"{part}_l{layer}"] for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
                )
                states[layer] = torch.tanh(given @ w_ih.T + b_ih + states[layer] @ w_hh.T + b_hh)
                if layer == 0 and step == at:
                    states[layer] = states[layer] + nudge
                given = states[layer]
        logits = of.net.get_submodule("output")(states[1])
        return -logits.log_softmax(1)[0, y]

    with torch.no_grad():
        for at in range(STEPS):
            unit = 1e-6 * torch.eye(3, dtype=torch.float64)
            slopes = torch.stack([(loss(unit[k], at) - loss(-unit[k], at)) / 2e-6 for k in range(3)])
            assert 10 ** seen["gradient"][0, at, 0] == pytest.approx(float(slopes.norm()), rel=1e-4)


def test_a_map_that_halves_the_state_halves_the_gradient_with_every_step_back() -> None:
    net: Any = made(Elman(hidden=2, activation="identity"), (STEPS, 1))
    with torch.no_grad():
        net.rnn.weight_hh_l0.copy_(0.5 * torch.eye(2))
    seen = memory.look(of_digits(net), Memory())
    assert seen["gradient"].shape == (1, STEPS, EXAMPLES)
    assert np.diff(seen["gradient"], axis=1) == pytest.approx(np.log10(2), abs=1e-4)


@pytest.mark.parametrize("settings", [Rnn(cell="gru", hidden=6), Elman(hidden=6)])
def test_answers_are_the_read_out_of_every_state(settings: Net) -> None:
    of = of_images(made(settings))
    seen = memory.look(of, Memory(images=(3, 8)))
    assert seen["hidden"].shape == (2, STEPS, 6)
    read_out = of.net.get_submodule("output")(torch.from_numpy(seen["hidden"])).softmax(2)
    assert seen["answers"] == pytest.approx(read_out.detach().numpy(), abs=1e-5)
    assert seen["answers"][:, -1] == pytest.approx(of.logits[[3, 8]].softmax(1).numpy(), abs=1e-5)
    assert seen["steps"].tolist() == [1, 2, 3, 4, 5]
    assert bool(seen["row"])


def test_states_of_both_directions_are_kept_and_named() -> None:
    of = of_images(made(Rnn(cell="lstm", hidden=6, bidirectional=True)))
    seen = memory.look(of, Memory(count=2))
    layer: Any = of.net.get_submodule("lstm")
    with torch.no_grad():
        outputs, _ = layer(of.tensors.test.x[[0, 1], 0])
    assert seen["hidden"] == pytest.approx(outputs.numpy(), abs=1e-5)
    assert seen["layers"].tolist() == ["lstm", "lstm, backwards"]
    assert seen["cells"].tolist() == ["lstm", "lstm, backwards"]
    assert np.isneginf(seen["gradient"][1, :-1]).all()  # the last step's read-out hears one step of it
    assert np.isfinite(seen["gradient"][0]).all()


def test_pieces_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    of = of_images(made(Rnn(cell="lstm", hidden=6)))
    whole = memory.look(of, Memory(examples=9))
    monkeypatch.setattr(memory, "AT_ONCE", 4 * STEPS * 6)
    pieces = memory.look(of, Memory(examples=9))
    assert whole["gradient"].shape == (1, STEPS, 9)
    for key in ("gradient", "cell_gradient"):
        assert whole[key] == pytest.approx(pieces[key], abs=1e-5)


def test_sequences_are_kept_unscaled() -> None:
    of = of_digits(made(Elman(hidden=4), (STEPS, 1)))
    seen = memory.look(of, Memory(images=(0,)))
    digits = np.random.default_rng(2).integers(0, 10, (EXAMPLES, STEPS, 1))
    assert seen["inputs"][0] == pytest.approx(digits[0], abs=1e-5)
    assert "pixels" not in seen


def test_the_network_is_left_as_it_was() -> None:
    of = of_images(made(Rnn(cell="gru", hidden=6, layers=2, dropout=0.5)))
    of.net.train()
    memory.look(of, Memory())
    assert all(module.training for module in of.net.modules())
    assert all(parameter.requires_grad and parameter.grad is None for parameter in of.net.parameters())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in of.net.modules())
    assert torch.backends.cudnn.enabled


class FirstStates(nn.Module):
    """A network of a user's own, time first, whose layer is handed a state of its own."""

    def __init__(self, by_name: bool) -> None:
        super().__init__()
        self.recurrent, self.output, self.by_name = nn.GRU(4, 6), nn.Linear(6, CLASSES), by_name

    def forward(self, images: Tensor) -> Tensor:
        rows = images[:, 0].transpose(0, 1)
        start = torch.full((1, rows.shape[1], 6), 0.9)
        read, _ = self.recurrent(rows, hx=start) if self.by_name else self.recurrent(rows, start)
        logits: Tensor = self.output(read.mean(0))
        return logits


def test_a_network_of_ones_own_fits_also_with_a_first_state_and_time_first() -> None:
    seen = memory.look(of_images(FirstStates(by_name=False)), Memory())
    assert seen["layers"].tolist() == ["recurrent"]
    assert np.isfinite(seen["gradient"]).all()


def test_a_layer_whose_steps_do_not_give_what_it_gives_is_refused() -> None:
    with pytest.raises(StudyError, match=r"cannot follow the recurrent layer 'recurrent' .* by position"):
        memory.look(of_images(FirstStates(by_name=True)), Memory())


def prospect(net: nn.Module, shape: tuple[int, ...]) -> Prospect:
    return Prospect(net, shape, ("a", "b", "c"), EXAMPLES)


def test_a_network_without_a_recurrent_layer_is_refused() -> None:
    with pytest.raises(StudyError, match=r"a recurrent layer, this network has none; it fits nets 'rnn'"):
        memory.check(prospect(made(Lenet(channels=(2,)), (1, 12, 12)), (1, 12, 12)), Memory())


def test_a_network_that_needs_all_steps_at_once_is_refused() -> None:
    class Whole(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru, self.output = nn.GRU(4, 6, batch_first=True), nn.Linear(6 * STEPS, CLASSES)

        def forward(self, x: Tensor) -> Tensor:
            logits: Tensor = self.output(self.gru(x[:, 0])[0].flatten(1))
            return logits

    with pytest.raises(StudyError, match=r"can end at any of them; this one does not read 2 of 5"):
        memory.check(prospect(Whole(), (1, STEPS, 4)), Memory())


def test_a_network_that_reads_columns_is_refused() -> None:
    class Columns(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru, self.output = nn.GRU(4, 6, batch_first=True), nn.Linear(6, CLASSES)

        def forward(self, x: Tensor) -> Tensor:
            logits: Tensor = self.output(self.gru(x[:, 0].transpose(1, 2))[0][:, -1])
            return logits

    with pytest.raises(StudyError, match=r"does not read 2 of 4"):
        memory.check(prospect(Columns(), (1, 4, 4)), Memory())


def test_an_lstm_with_projections_is_refused() -> None:
    net = nn.Sequential(nn.LSTM(4, 6, proj_size=2))
    with pytest.raises(StudyError, match=r"leave proj_size at 0"):
        memory.check(prospect(net, (STEPS, 4)), Memory())
