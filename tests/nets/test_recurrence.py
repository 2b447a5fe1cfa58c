from collections.abc import Sequence

import pytest
import torch
from torch import Tensor, nn

from glasslab.nets import products
from glasslab.nets.recurrence import cell_of, onednn_has_lstm, recurrent, recurrent_stack

KINDS = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}
SIDES = pytest.mark.parametrize("by_onednn", [False, True], ids=["mkl", "onednn"])
CELLS = [("gru", "tanh"), ("lstm", "tanh"), ("rnn", "tanh"), ("rnn", "relu")]
# batch, steps, features, hidden: odd ones, ones that fit the memory's grid, a single step, a single example
SIZES = [(3, 5, 2, 7), (16, 4, 3, 16), (4, 1, 3, 5), (1, 4, 3, 6), (8, 6, 1, 1)]


def theirs(kind: str, activation: str, sizes: tuple[int, int], seed: int, **options: object) -> nn.RNNBase:
    if kind == "rnn":
        options["nonlinearity"] = activation
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return KINDS[kind](*sizes, batch_first=True, **options)


def drawn(*shape: int, dtype: torch.dtype, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def stack(layers: Sequence[nn.Module]) -> dict[str, Tensor]:
    each = [dict(layer.named_parameters()) for layer in layers]
    return {name: torch.stack([own[name].detach() for own in each]).requires_grad_() for name in each[0]}


def gradients(
    outputs: Tensor, ends: Tensor, given: list[Tensor], weigh: tuple[Tensor, Tensor]
) -> list[Tensor]:
    return list(torch.autograd.grad((outputs * weigh[0]).sum() + (ends * weigh[1]).sum(), given))


def compare(
    kind: str, activation: str, size: tuple[int, ...], options: dict[str, bool | int], tolerance: float
) -> None:
    batch, steps, features, hidden = size
    dtype = torch.float64 if tolerance < 1e-8 else torch.float32
    layers = [theirs(kind, activation, (features, hidden), seed, dtype=dtype, **options) for seed in range(3)]
    weights = stack(layers)
    x = drawn(3, batch, steps, features, dtype=dtype).requires_grad_()
    both = bool(options.get("bidirectional", False))
    outputs, ends = recurrent_stack(
        cell_of(kind, activation), x, weights, int(options.get("num_layers", 1)), both
    )
    weigh = drawn(*outputs.shape, dtype=dtype, seed=1), drawn(*ends.shape, dtype=dtype, seed=2)
    got = gradients(outputs, ends, [x, *weights.values()], weigh)
    for model, layer in enumerate(layers):
        own = x[model].detach().requires_grad_()
        expected, final = layer(own)
        final = final[0] if isinstance(final, tuple) else final
        assert torch.allclose(outputs[model], expected, atol=tolerance)
        assert torch.allclose(ends[model], final, atol=tolerance)
        should = gradients(expected, final, [own, *layer.parameters()], (weigh[0][model], weigh[1][model]))
        for mine, their in zip(got, should, strict=True):
            scale = max(1.0, their.abs().max().item())
            assert torch.allclose(mine[model], their, atol=scale * tolerance)


@pytest.fixture
def routine(by_onednn: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if by_onednn and not products.linear_pointwise_exists():
        pytest.skip("this PyTorch is without oneDNN's operator")
    monkeypatch.setattr(products, "onednn_leads", lambda: by_onednn)
    monkeypatch.setattr("glasslab.nets.recurrence_steps.onednn_leads", lambda: by_onednn)
    monkeypatch.setattr(products, "ONEDNN_FLOPS", 1)


@SIDES
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind, activation", CELLS)
@pytest.mark.usefixtures("routine")
def test_states_and_gradients_are_pytorchs(kind: str, activation: str, size: tuple[int, ...]) -> None:
    compare(kind, activation, size, {}, 1e-12)
    compare(kind, activation, size, {"bias": False}, 1e-12)
    compare(kind, activation, size, {}, 2e-6)


@SIDES
@pytest.mark.parametrize("kind, activation", CELLS)
@pytest.mark.usefixtures("routine")
def test_layers_upon_layers_in_both_directions_are_pytorchs(kind: str, activation: str) -> None:
    compare(kind, activation, (3, 5, 2, 7), {"num_layers": 3, "bidirectional": True}, 1e-12)
    compare(kind, activation, (32, 4, 3, 16), {"num_layers": 2, "bidirectional": True}, 5e-6)


@pytest.mark.parametrize("kind, activation", [*CELLS, ("rnn", "sigmoid"), ("rnn", "identity")])
@pytest.mark.parametrize("reverse", [False, True])
def test_gradients_are_difference_quotients(kind: str, activation: str, reverse: bool) -> None:
    cell = cell_of(kind, activation)
    rows = {"gru": 3, "lstm": 4, "rnn": 1}[kind] * 3
    shapes = [(2, 2, 4, 2), (2, rows, 2), (2, rows, 3), (2, rows), (2, rows)]
    given = [drawn(*shape, dtype=torch.float64, seed=i).requires_grad_() for i, shape in enumerate(shapes)]
    assert torch.autograd.gradcheck(lambda x, *weights: recurrent(cell, x, weights, reverse), given)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(128, 4, 28, 128), (16, 5, 3, 12), (7, 5, 3, 9)])
def test_a_models_bits_depend_neither_on_the_stack_nor_on_its_place_in_it(
    kind: str, size: tuple[int, ...]
) -> None:
    batch, steps, features, hidden = size
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        layers = [theirs(kind, "tanh", (features, hidden), seed) for seed in range(4)]
        x = drawn(4, batch, steps, features, dtype=torch.float32)
        results = {part: everything(kind, [layers[i] for i in part], x[list(part)]) for part in PARTS}
    finally:
        torch.set_num_threads(before)
    for part, got in results.items():
        for place, model in enumerate(part):
            for mine, whole in zip(got, results[PARTS[0]], strict=True):
                assert torch.equal(mine[place], whole[model])


PARTS = [(0, 1, 2, 3), (2,), (3, 0), (1, 3, 2)]


def everything(kind: str, layers: list[nn.RNNBase], x: Tensor) -> list[Tensor]:
    weights = stack(layers)
    x = x.requires_grad_()
    outputs, ends = recurrent_stack(cell_of(kind), x, weights)
    return [outputs, ends, *torch.autograd.grad(outputs.square().sum(), [x, *weights.values()])]


@pytest.mark.parametrize("kind", KINDS)
def test_without_gradients_the_states_are_the_same_to_the_bit(kind: str) -> None:
    weights = stack([theirs(kind, "tanh", (3, 6), 0)])
    x = drawn(1, 4, 5, 3, dtype=torch.float32)
    outputs, ends = recurrent_stack(cell_of(kind), x, weights)
    with torch.no_grad():
        light, light_ends = recurrent_stack(cell_of(kind), x, weights)
    assert outputs.requires_grad
    assert not light.requires_grad
    assert torch.equal(light, outputs)
    assert torch.equal(light_ends, ends)


def test_each_bias_gets_a_gradient_of_its_own() -> None:
    weights = stack([theirs("rnn", "tanh", (3, 6), 0)])
    outputs, _ = recurrent_stack(cell_of("rnn"), drawn(1, 4, 5, 3, dtype=torch.float32), weights)
    outputs.sum().backward()
    one, other = weights["bias_ih_l0"].grad, weights["bias_hh_l0"].grad
    assert one is not None
    assert other is not None
    assert torch.equal(one, other)
    assert one.data_ptr() != other.data_ptr()


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_backward_pass_through_a_retained_graph_gives_the_same(kind: str) -> None:
    weights = stack([theirs(kind, "tanh", (3, 6), 0)])
    outputs, _ = recurrent_stack(cell_of(kind), drawn(1, 4, 5, 3, dtype=torch.float32), weights)
    first = torch.autograd.grad(outputs.sum(), list(weights.values()), retain_graph=True)
    second = torch.autograd.grad(outputs.sum(), list(weights.values()))
    assert all(torch.equal(one, two) for one, two in zip(first, second, strict=True))


def test_a_large_lstm_is_pytorchs_own_to_the_bit() -> None:
    layers = [theirs("lstm", "tanh", (3, 64), seed, num_layers=2, bidirectional=True) for seed in range(2)]
    weights = stack(layers)
    x = drawn(2, 64, 4, 3, dtype=torch.float32)
    if not onednn_has_lstm(x, weights):
        pytest.skip("this PyTorch is without oneDNN")
    outputs, ends = recurrent_stack(cell_of("lstm"), x, weights, 2, True)
    for model, layer in enumerate(layers):
        expected, (final, _) = layer(x[model])
        assert torch.equal(outputs[model], expected)
        assert torch.equal(ends[model], final)
    compare("lstm", "tanh", (64, 4, 3, 64), {"num_layers": 2, "bidirectional": True}, 1e-5)


def test_mixed_precision_leaves_recurrences_in_float32() -> None:
    weights = stack([theirs("gru", "tanh", (3, 6), 0)])
    x = drawn(1, 4, 5, 3, dtype=torch.float32)
    plain, _ = recurrent_stack(cell_of("gru"), x, weights)
    with torch.autocast("cpu", torch.bfloat16):
        mixed, _ = recurrent_stack(cell_of("gru"), x, weights)
    mixed.sum().backward()
    assert torch.equal(mixed, plain)


def test_an_activation_whose_slope_its_value_does_not_tell_has_no_cell_here() -> None:
    with pytest.raises(ValueError, match="no cell 'rnn' with activation 'gelu'"):
        cell_of("rnn", "gelu")
