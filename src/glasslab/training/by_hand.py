"""The NumPy engine: gradients and optimizer steps worked out by hand, in the same loop as any other run."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from glasslab.nets.numpy_layers import CrossEntropy, Network, Softmax, array
from glasslab.plan.recipe import Sgd


def by_hand(net: Network) -> Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Returns the backward pass of softmax cross-entropy that the net's own layers work out."""
    softmax, cross_entropy = Softmax(), CrossEntropy()

    def backward(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        outputs = net(x)
        value = cross_entropy.forward(array(softmax(outputs)), y.numpy())
        net.backward(softmax.backward(cross_entropy.backward()))
        return outputs, outputs.new_tensor(value)

    return backward


class Descent(torch.optim.Optimizer):
    """Stochastic gradient descent in NumPy: w <- w - lr (dL/dw + weight_decay w)."""

    def __init__(self, parameters: Iterable[Tensor], settings: Sgd) -> None:
        """Takes the parameters, on the CPU, and what the recipe says."""
        super().__init__(parameters, {"lr": settings.lr, "weight_decay": settings.weight_decay})

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Moves every parameter against its gradient, in place."""
        for group in self.param_groups:
            for parameter in group["params"]:
                weights, gradient = array(parameter), array(parameter.grad)
                weights -= group["lr"] * (gradient + group["weight_decay"] * weights)
