"""What the steps of all recurrent cells are made of."""

import torch
from torch import Tensor

from glasslab.nets.products import ALIGNMENT, aligned, onednn_leads, plane, product

SATURATION = {torch.float32: 10.0, torch.float64: 20.0}
"""From here on tanh rounds to 1."""


def times(a: Tensor, b: Tensor, add: Tensor | None = None) -> Tensor:
    """Returns a product of matrices (m, k) by oneDNN, or those of a stack (M, m, k); see `product`."""
    return plane(a, b, add) if a.ndim == 2 else product(a, b, add)


class StateMap:
    """Multiplies the state of every step by the same matrices, once each step.

    A single model's matrices, (k, n), go to oneDNN; those of a stack, (M, k, n), are multiplied together.
    """

    def __init__(self, right: Tensor, rows: int) -> None:
        """Takes the matrices from the right and how many rows the states have (the batch)."""
        depth, columns = right.shape[-2:]
        on_cpu = right.device.type == "cpu"
        # where a step's products lie at multiples of 64 bytes, `product` has nothing to arrange
        even = all(rows * width * right.element_size() % ALIGNMENT == 0 for width in (depth, columns))
        self.in_place = not on_cpu or (even and min(rows, columns) > 1)
        self.right = aligned(right) if on_cpu and right.ndim == 3 else right

    def onto(self, terms: Tensor, state: Tensor) -> Tensor:
        """Adds state times the matrices to the terms (..., rows, n), and returns them."""
        if state.ndim == 2:
            return terms.add_(plane(state, self.right))
        if self.in_place:
            return terms.baddbmm_(state, self.right)
        return terms.add_(product(state, self.right))

    def of(self, state: Tensor, bias: Tensor | None, out: Tensor) -> Tensor:
        """Returns state times the matrices + bias (..., 1, n); `out` may be used for them."""
        if state.ndim == 2:
            return plane(state, self.right, bias)
        if not self.in_place:
            return product(state, self.right, bias)
        if bias is None:
            return torch.bmm(state, self.right, out=out)
        return torch.baddbmm(bias, state, self.right, out=out)


def tanh(x: Tensor, out: Tensor) -> Tensor:
    """Returns the tanh of x in `out`, which may be x.

    MKL's is four times as slow on AMD's processors as what it takes to have it from e^2x - 1 with all
    digits; that is tanh = u / (u + 2) with u = e^2x - 1.
    """
    if x.dtype not in SATURATION or x.device.type != "cpu" or not onednn_leads():
        return torch.tanh(x, out=out)
    torch.add(x, x, out=out).clamp_(max=2 * SATURATION[x.dtype]).expm1_()
    return out.div_(out + 2)
