"""Layers whose forward and backward passes are written by hand, in NumPy.

Each remembers what its forward pass saw, and its backward pass turns the gradient of the loss with respect to
its output into that with respect to its input, leaving those of its parameters in their `grad`. Tensors and
arrays share their memory, so nothing is copied; automatic differentiation is not used anywhere.
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

Array = NDArray[np.floating]


def array(tensor: Tensor) -> Array:
    """Returns a tensor's values, in the same memory."""
    values: Array = tensor.detach().numpy()
    return values


class Linear(nn.Linear):
    """y = x W^T + b, with x (B, in), W (out, in) and b (out,)."""

    seen: Array

    def forward(self, input: Tensor) -> Tensor:
        """Returns the output (B, out)."""
        self.seen = array(input)
        return torch.from_numpy(self.seen @ array(self.weight).T + array(self.bias))

    def backward(self, gradient: Array) -> Array:
        """Takes dL/dy (B, out), keeps dL/dW = (dL/dy)^T x and dL/db, and returns dL/dx = dL/dy W (B, in)."""
        self.weight.grad = torch.from_numpy(gradient.T @ self.seen)
        self.bias.grad = torch.from_numpy(gradient.sum(axis=0))
        return gradient @ array(self.weight)


class ReLU(nn.ReLU):
    """y = max(x, 0)."""

    passed: NDArray[np.bool_]

    def forward(self, input: Tensor) -> Tensor:
        """Returns the output, of the input's shape."""
        x = array(input)
        self.passed = x > 0
        return torch.from_numpy(np.maximum(x, 0))

    def backward(self, gradient: Array) -> Array:
        """Returns the gradient where the input was above 0, and 0 elsewhere."""
        return gradient * self.passed


class Sigmoid(nn.Sigmoid):
    """y = 1 / (1 + exp(-x))."""

    given: Array

    def forward(self, input: Tensor) -> Tensor:
        """Returns the output, of the input's shape."""
        # through tanh, which does not overflow
        self.given = (np.tanh(array(input) / 2) + 1) / 2
        return torch.from_numpy(self.given)

    def backward(self, gradient: Array) -> Array:
        """Returns the gradient times y (1 - y)."""
        return gradient * self.given * (1 - self.given)


class Tanh(nn.Tanh):
    """y = tanh(x)."""

    given: Array

    def forward(self, input: Tensor) -> Tensor:
        """Returns the output, of the input's shape."""
        self.given = np.tanh(array(input))
        return torch.from_numpy(self.given)

    def backward(self, gradient: Array) -> Array:
        """Returns the gradient times 1 - y^2."""
        return gradient * (1 - self.given**2)


class Softmax(nn.Softmax):
    """p_k = exp(x_k) / sum_j exp(x_j), along the last axis of x (B, K)."""

    given: Array

    def __init__(self) -> None:
        """Takes the last axis."""
        super().__init__(dim=-1)

    def forward(self, input: Tensor) -> Tensor:
        """Returns probabilities (B, K), each row summing to 1."""
        x = array(input)
        risen = np.exp(x - x.max(axis=-1, keepdims=True))  # so that the largest power is exp(0)
        self.given = risen / risen.sum(axis=-1, keepdims=True)
        return torch.from_numpy(self.given)

    def backward(self, gradient: Array) -> Array:
        """Returns p (g - sum_k g_k p_k), the gradient times the softmax's symmetric Jacobian."""
        along = (gradient * self.given).sum(axis=-1, keepdims=True)
        found: Array = self.given * (gradient - along)
        return found


class CrossEntropy:
    """L = -mean_b log p_b[y_b], of probabilities p (B, K) and labels y (B,).

    A probability that has underflowed to 0 counts as the smallest number of its type, and its example's
    gradient is lost in the softmax: where a log-softmax would still give 1, this gives 0. It takes a mistake
    of more than 87 nats in float32.
    """

    right: Array
    place: tuple[NDArray[np.int64], NDArray[np.int64]]
    shape: tuple[int, ...]

    def forward(self, probabilities: Array, labels: NDArray[np.int64]) -> float:
        """Returns the loss in nats."""
        self.shape = probabilities.shape
        self.place = (np.arange(len(labels)), labels)
        self.right = np.maximum(probabilities[self.place], np.finfo(probabilities.dtype).tiny)
        return float(-np.log(self.right).mean())

    def backward(self) -> Array:
        """Returns dL/dp (B, K): -1 / (B p) at the labels, 0 elsewhere."""
        gradient = np.zeros(self.shape, dtype=self.right.dtype)
        gradient[self.place] = -1 / (len(self.right) * self.right)
        return gradient


ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {"relu": ReLU, "sigmoid": Sigmoid, "tanh": Tanh}


class Network(nn.Sequential):
    """Layers in a row, each with a backward pass of its own."""

    def backward(self, gradient: Array) -> None:
        """Takes the gradient with respect to the output back through every layer."""
        for layer in reversed(list(self)):
            gradient = layer.backward(gradient)  # type: ignore[operator]
