"""The written-out passes against autograd over the same stack, in float64, and against themselves."""

import pytest
import torch
from torch import nn

from glasslab.nets.dense_passes import POINTWISE, THIN, DensePasses
from glasslab.nets.stack import Stack

RUNS, BATCH = 3, 11


def nets(activation: type[nn.Module] = nn.ReLU, inputs: int = 6, p: float = 0.0) -> list[nn.Sequential]:
    """Returns networks of two hidden layers with weights of their own."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return [
            nn.Sequential(
                nn.Flatten(),
                nn.Linear(inputs, 7),
                activation(),
                *([nn.Dropout(p)] if p else []),
                nn.Linear(7, 5),
                activation(),
                nn.Linear(5, 4),
                nn.Softmax(1),
            ).double()
            for _ in range(RUNS)
        ]


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def passes_of(stack: Stack) -> DensePasses:
    found = DensePasses.through(stack)
    assert found is not None
    return found


def slopes_by_autograd(stack: Stack, x: torch.Tensor, slope: torch.Tensor) -> torch.Tensor:
    """Returns what the gradients of all parameters are by autograd, (M, P)."""
    stack.slopes.zero_()
    stack(x).backward(slope)
    stack.collect()
    return stack.slopes.clone()


def seeded(stack: Stack) -> Stack:
    """Returns the stack with generators for dropout at their start."""
    stack.draw_dropout_from([torch.Generator().manual_seed(place) for place in range(RUNS)])
    return stack


@pytest.mark.parametrize("activation", POINTWISE)
@pytest.mark.parametrize("inputs", [6, THIN + 1])
def test_outputs_and_gradients_are_those_of_autograd(activation: type[nn.Module], inputs: int) -> None:
    stack = Stack(nets(activation, inputs)).train()
    passes = passes_of(stack)
    for batch in (BATCH, 4, BATCH):  # the last batch of an epoch is smaller, and full ones follow
        x, slope = drawn(RUNS, batch, 1, inputs, seed=batch), drawn(RUNS, batch, 4, seed=1)
        expected, gradients = stack(x).detach(), slopes_by_autograd(stack, x, slope)
        stack.slopes.fill_(float("nan"))
        with torch.no_grad():
            outputs = passes.forward(x).transpose(1, 2).clone()
            passes.backward(slope.transpose(1, 2).contiguous())
        torch.testing.assert_close(outputs, expected, rtol=1e-12, atol=1e-12)
        for name, found in stack.slopes_of.items():
            assert not found.isnan().any(), name
        stack.slopes.nan_to_num_(0.0)  # the gaps between parameters, which nobody writes
        torch.testing.assert_close(stack.slopes, gradients, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("activation", POINTWISE)
def test_dropout_takes_the_masks_that_the_layer_draws(activation: type[nn.Module]) -> None:
    stack = Stack(nets(activation, p=0.4)).train()
    x, slope = drawn(RUNS, BATCH, 6), drawn(RUNS, BATCH, 4, seed=1)
    gradients = slopes_by_autograd(seeded(stack), x, slope)
    with torch.no_grad():
        passes = passes_of(seeded(stack))
        passes.forward(x)
        passes.backward(slope.transpose(1, 2).contiguous())
    torch.testing.assert_close(stack.slopes, gradients, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("activation", [nn.Tanh, nn.Sigmoid])
def test_a_runs_bits_depend_neither_on_the_stack_nor_on_its_place_in_it(activation: type[nn.Module]) -> None:
    own = [net.float() for net in nets(activation, p=0.0)]
    x, slope = drawn(RUNS, BATCH, 6).float(), drawn(RUNS, 4, BATCH, seed=1).float()

    def trained(places: list[int]) -> torch.Tensor:
        stack = Stack([own[place] for place in places]).train()
        passes = passes_of(stack)
        with torch.no_grad():
            passes.forward(x[places])
            passes.backward(slope[places].clone())
        return stack.slopes

    whole = trained([0, 1, 2])
    for places in ([2, 0], [1, 2], [2, 1, 0]):
        for mine, place in zip(trained(places), places, strict=True):
            assert torch.equal(mine, whole[place])


@pytest.mark.parametrize(
    "layers",
    [
        lambda: [nn.Flatten(), nn.Linear(4, 3), nn.GELU(), nn.Linear(3, 2)],
        lambda: [nn.Conv2d(1, 2, 2), nn.Flatten(), nn.Linear(2, 2)],
        lambda: [nn.ReLU(), nn.Linear(4, 2)],
    ],
)
def test_a_stack_with_another_layer_is_left_to_autograd(layers) -> None:
    assert DensePasses.through(Stack([nn.Sequential(*layers()) for _ in range(2)])) is None
