"""The layers by hand, held to automatic differentiation and to finite differences."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from glasslab.errors import StudyError
from glasslab.nets.network import make
from glasslab.nets.numpy_layers import CrossEntropy, Linear, Network, ReLU, Sigmoid, Softmax, Tanh
from glasslab.plan.net import Mlp, NumpyMlp

STEP = 1e-6


def stream(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=seed))


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.from_numpy(stream(seed).normal(size=shape))


LAYERS: list[tuple[str, Callable[[], nn.Module], Callable[[Tensor], Tensor]]] = [
    ("relu", ReLU, torch.relu),
    ("sigmoid", Sigmoid, torch.sigmoid),
    ("tanh", Tanh, torch.tanh),
    ("softmax", Softmax, lambda x: x.softmax(-1)),
]
every_layer = pytest.mark.parametrize(
    "layer, theirs", [each[1:] for each in LAYERS], ids=[e[0] for e in LAYERS]
)


@every_layer
def test_a_layer_gives_what_pytorchs_gives(
    layer: Callable[[], nn.Module], theirs: Callable[[Tensor], Tensor]
) -> None:
    x = 5 * normal(7, 4)
    assert torch.allclose(layer()(x), theirs(x), rtol=1e-14, atol=1e-15)


@every_layer
def test_a_layers_backward_pass_is_that_of_automatic_differentiation(
    layer: Callable[[], nn.Module], theirs: Callable[[Tensor], Tensor]
) -> None:
    x, gradient = normal(7, 4).requires_grad_(), normal(7, 4, seed=1)
    theirs(x).backward(gradient)
    mine = layer()
    mine(x.detach())
    assert np.allclose(mine.backward(gradient.numpy()), x.grad.numpy(), rtol=1e-13, atol=1e-15)


@every_layer
def test_a_layers_backward_pass_is_the_finite_difference(
    layer: Callable[[], nn.Module], theirs: Callable[[Tensor], Tensor]
) -> None:
    mine, x, gradient = layer(), normal(3, 4), normal(3, 4, seed=1).numpy()
    mine(x)
    found = mine.backward(gradient)
    for place in np.ndindex(3, 4):
        up, down = x.clone(), x.clone()
        up[place] += STEP
        down[place] -= STEP
        slope = ((mine(up) - mine(down)).numpy() * gradient).sum() / (2 * STEP)
        assert found[place] == pytest.approx(slope, rel=1e-5, abs=1e-8)


def test_the_linear_layers_three_gradients_are_those_of_automatic_differentiation() -> None:
    mine = Linear(4, 3).double()
    x, gradient = normal(7, 4).requires_grad_(), normal(7, 3, seed=1)
    weight = mine.weight.detach().clone().requires_grad_()
    bias = mine.bias.detach().clone().requires_grad_()
    F.linear(x, weight, bias).backward(gradient)
    assert torch.allclose(mine(x.detach()), F.linear(x, weight, bias), rtol=1e-13)
    returned = mine.backward(gradient.numpy())
    assert np.allclose(returned, x.grad.numpy(), rtol=1e-13, atol=1e-15)
    assert torch.allclose(mine.weight.grad, weight.grad, rtol=1e-13, atol=1e-14)
    assert torch.allclose(mine.bias.grad, bias.grad, rtol=1e-13)


def test_cross_entropy_is_the_mean_negative_logarithm_of_the_labels_probability() -> None:
    probabilities = np.array([[0.5, 0.5], [0.25, 0.75]])
    loss = CrossEntropy()
    assert loss.forward(probabilities, np.array([0, 0])) == pytest.approx((np.log(2) + np.log(4)) / 2)
    assert loss.backward().tolist() == [[-1.0, 0.0], [-2.0, 0.0]]


def test_softmax_and_cross_entropy_together_give_probabilities_less_the_label() -> None:
    x, y = normal(6, 3), np.array([0, 1, 2, 0, 1, 2])
    softmax, loss = Softmax(), CrossEntropy()
    value = loss.forward(softmax(x).numpy(), y)
    assert value == pytest.approx(F.cross_entropy(x, torch.from_numpy(y)).item(), rel=1e-14)
    expected = (x.softmax(1).numpy() - np.eye(3)[y]) / 6
    assert np.allclose(softmax.backward(loss.backward()), expected, rtol=1e-13, atol=1e-16)


def test_a_probability_that_underflowed_leaves_a_finite_loss_and_no_gradient() -> None:
    softmax, loss = Softmax(), CrossEntropy()
    probabilities = softmax(torch.tensor([[0.0, 200.0]]))
    assert probabilities[0, 0] == 0
    assert loss.forward(probabilities.numpy(), np.array([0])) == pytest.approx(87.3, abs=0.1)
    assert np.isfinite(softmax.backward(loss.backward())).all()


def test_large_values_overflow_nothing() -> None:
    huge = torch.tensor([[1e4, -1e4]], dtype=torch.float64)
    assert Softmax()(huge).tolist() == [[1.0, 0.0]]
    assert Sigmoid()(huge).tolist() == [[1.0, 0.0]]


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh"])
@pytest.mark.parametrize("output", [None, "softmax"])
def test_a_whole_network_has_the_names_start_outputs_and_gradients_of_mlp(
    activation: str, output: str | None
) -> None:
    mine = make(NumpyMlp(widths=(5, 4), activation=activation, output=output), (2,), 3, stream()).double()
    theirs = make(Mlp(widths=(5, 4), activation=activation, output=output), (2,), 3, stream()).double()
    assert list(mine.state_dict()) == list(theirs.state_dict())
    assert all(torch.equal(a, b) for a, b in zip(mine.parameters(), theirs.parameters(), strict=True))
    x, gradient = normal(9, 2), normal(9, 3, seed=1)
    outputs = theirs(x)
    assert torch.allclose(mine(x), outputs, rtol=1e-13)
    outputs.backward(gradient)
    assert isinstance(mine, Network)
    mine.backward(gradient.numpy())
    for one, other in zip(mine.parameters(), theirs.parameters(), strict=True):
        assert torch.allclose(one.grad, other.grad, rtol=1e-12, atol=1e-15)


def test_automatic_differentiation_has_no_part_in_it() -> None:
    net = make(NumpyMlp(widths=(5,)), (2,), 3, stream())
    assert not net(normal(4, 2).float()).requires_grad


def test_images_are_refused() -> None:
    with pytest.raises(StudyError, match=r"'numpy-mlp' needs examples of one axis.*shape \(1, 28, 28\)"):
        make(NumpyMlp(), (1, 28, 28), 10, stream())
