"""Matrix products of a stack of M models, each with its own matrices: what fast training on CPUs rests on."""

import functools
import math

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable

from glasslab.nets.mkl import choose_kernels
from glasslab.records.machine import processor_name

ALIGNMENT = 64
"""Bytes. A slice of a stack that begins elsewhere has its sums taken in another order by MKL."""
ONEDNN_FLOPS = 3_500_000
"""From this size of one product on a call of oneDNN pays.

On an AMD EPYC with AVX-512 (Zen 5), one thread, float32: MKL takes its AVX2 path, 95-101 GFLOP/s at all
sizes; oneDNN's own kernels reach 135 at 4 MFLOP, 178 at 13 and 220 at 80, but a call costs 9-12 us against 3:
in stacks of 5 the ratio of speeds was 0.8 at 2 MFLOP, 1.1 at 4, 1.5 at 13 and 1.9 at 26.
"""
ONEDNN_DEPTH = 32
"""Products of a stack with shorter sums lose the gain to copying M results to their place."""
FEW = 4096
"""Products of fewer numbers than that are copied to places that lie apart; MKL writes there one by one."""


def product(a: Tensor, b: Tensor, add: Tensor | None = None) -> Tensor:
    """Returns the products of two stacks of matrices, outside of autograd.

    Which routine multiplies depends on the device, the type, the processor and the shape of one product, not
    on M. In processes with one thread model i's result is to the bit the same in every stack and at every
    place in it; with more threads the same holds among stacks of two models and more. Stacks whose models do
    not begin at multiples of 64 bytes are copied for this; pad what is multiplied often.

    Args:
        a: (M, m, k).
        b: (M, k, n); a transposed view is as good.
        add: added to the products: (M, m, n), or (M, 1, n) or (M, m, 1) for a bias.

    Returns:
        (M, m, n), new; between models there may be a gap.
    """
    if goes_by_planes(a, b):
        each = planes(a, b, add)
        return each[0].unsqueeze(0) if len(each) == 1 else torch.stack(each)
    if a.device.type != "cpu":
        return torch.bmm(a, b) if add is None else torch.baddbmm(add, a, b)
    return aligned_product(a, b, add)


def product_into(out: Tensor, a: Tensor, b: Tensor, add: Tensor | None = None) -> Tensor:
    """Returns `out` (M, m, n), whose models may lie apart, after writing `product(a, b, add)` there.

    Args:
        out: at a multiple of 64 bytes, as each of its models.
        a: (M, m, k).
        b: (M, k, n).
        add: (M, m, 1), added to each row of the products.
    """
    if goes_by_planes(a, b):
        terms = [None] * len(a) if add is None else add.unbind()
        for place, found, term in zip(out.unbind(), planes(a, b, None), terms, strict=True):
            if term is None:
                place.copy_(found)
            else:
                torch.add(found, term, out=place)
        return out
    few = out[0].numel() < FEW and not out.is_contiguous()
    if few or a.device.type != "cpu" or is_lone_vector(a, b):
        return out.copy_(product(a, b, add))
    a, b = aligned(a), aligned(b)
    return torch.bmm(a, b, out=out) if add is None else torch.baddbmm(add, a, b, out=out)


def goes_by_planes(a: Tensor, b: Tensor) -> bool:
    """Returns whether oneDNN multiplies stacks (M, m, k) and (M, k, n) faster, model by model."""
    _, rows, depth = a.shape
    return depth >= ONEDNN_DEPTH and onednn_pays(a, rows * depth * b.shape[2])


def planes(a: Tensor, b: Tensor, add: Tensor | None) -> list[Tensor]:
    """Returns each model's product by oneDNN; see `product`."""
    terms = [None] * len(a) if add is None else add.unbind()
    return [plane(*given) for given in zip(a.unbind(), b.unbind(), terms, strict=True)]


def plane(a: Tensor, b: Tensor, add: Tensor | None = None) -> Tensor:
    """Returns one product by oneDNN: (m, k) times (k, n), with (m, n) or a bias (1, n) added.

    `onednn_pays` says where it exists.
    """
    linear = torch.ops.mkldnn._linear_pointwise
    a, b = dense(a), dense(b).t()
    if add is None or add.shape[0] == 1:
        out: Tensor = linear.default(a, b, None if add is None else add[0], "none", [], "")
    else:
        out = linear.binary(a, add, b, None, "add")
    return out


def dense(matrix: Tensor) -> Tensor:
    """Returns a matrix whose rows or columns follow each other without gaps, copied if it has some.

    For a transposed view with gaps oneDNN has nothing but its reference routine, a thousand times as slow.
    """
    return matrix if matrix.is_contiguous() or matrix.t().is_contiguous() else matrix.contiguous()


def aligned_product(a: Tensor, b: Tensor, add: Tensor | None) -> Tensor:
    """Returns `product` by MKL's routine for batches, every model's matrices at multiples of 64 bytes."""
    models, rows, columns = a.shape[0], a.shape[1], b.shape[2]
    if is_lone_vector(a, b):
        # alone, a matrix times a vector is summed by another routine than in a stack
        terms = None if add is None else add.expand(2, -1, -1)
        return aligned_product(a.expand(2, -1, -1), b.expand(2, -1, -1), terms)[:1]
    out = aligned_empty((models, rows, columns), a)
    a, b = aligned(a), aligned(b)
    return torch.bmm(a, b, out=out) if add is None else torch.baddbmm(add, a, b, out=out)


def is_lone_vector(a: Tensor, b: Tensor) -> bool:
    """Returns whether the product of one model is a vector."""
    return len(a) == 1 and (a.shape[1] == 1 or b.shape[2] == 1)


def aligned_empty(shape: tuple[int, ...], like: Tensor) -> Tensor:
    """Returns an uninitialised stack (M, ...) whose models begin at multiples of 64 bytes.

    Args:
        shape: M first.
        like: has its type and device.
    """
    numbers = math.prod(shape[1:])
    step = ALIGNMENT // like.element_size()
    if numbers % step == 0 or shape[0] == 1:
        return like.new_empty(shape)
    padded = -(-numbers // step) * step
    return like.new_empty((shape[0], padded))[:, :numbers].view(shape)


def aligned(stack: Tensor) -> Tensor:
    """Returns a stack of matrices, copied where a model does not begin at a multiple of 64 bytes."""
    models, rows, columns = stack.shape
    gap = stack.stride(0) * stack.element_size() if models > 1 else 0
    if gap % ALIGNMENT == 0 and stack.data_ptr() % ALIGNMENT == 0:
        return stack
    if stack.stride(1) == 1 and columns > 1:  # a transposed view stays one
        return aligned_empty((models, columns, rows), stack).copy_(stack.transpose(1, 2)).transpose(1, 2)
    return aligned_empty((models, rows, columns), stack).copy_(stack)


def onednn_pays(like: Tensor, multiplications: int) -> bool:
    """Returns whether oneDNN multiplies two matrices of a kind faster than MKL.

    Args:
        like: has their type and device.
        multiplications: m * k * n.
    """
    return (
        2 * multiplications >= ONEDNN_FLOPS
        and like.dtype == torch.float32
        and like.device.type == "cpu"
        and onednn_leads()
    )


@functools.cache
def onednn_leads() -> bool:
    """Returns whether this processor has AVX-512 and MKL leaves it unused, as on AMD's unless told."""
    if choose_kernels():
        return False
    available = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    if not available or torch.backends.cpu.get_cpu_capability() != "AVX512":
        return False
    name = processor_name()
    # a PyTorch that lacks the operator, which is not a public one, goes without
    return (name.startswith("AMD ") or "AuthenticAMD" in name) and linear_pointwise_exists()


def linear_pointwise_exists() -> bool:
    """Returns whether this PyTorch has oneDNN's linear map as an operator with the arguments used here."""
    try:
        one = torch.ones(1, 1)
        plane(one, one), plane(one, one, one), plane(torch.ones(2, 1), one, torch.ones(2, 1))
    except (AttributeError, RuntimeError, TypeError):
        return False
    return True


class StackedLinear(torch.autograd.Function):
    """The linear maps of a stack of models; see `stacked_linear`."""

    @staticmethod
    def forward(
        ctx: FunctionCtx, x: Tensor, weight: Tensor, bias: Tensor, into: tuple[Tensor, Tensor]
    ) -> Tensor:
        """Returns x W^T + b of every model."""
        ctx.save_for_backward(x, weight)
        ctx.into = into  # type: ignore[attr-defined]
        return product(x, weight.transpose(1, 2), bias.unsqueeze(1))

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Returns the gradient of x where it needs one, and writes those of weight and bias."""
        x, weight = ctx.saved_tensors  # type: ignore[attr-defined]
        for_weight, for_bias = ctx.into  # type: ignore[attr-defined]
        product_into(for_weight, gradient.transpose(1, 2), x)
        torch.sum(gradient, 1, out=for_bias)
        for_x = product(gradient, weight) if ctx.needs_input_grad[0] else None  # type: ignore[attr-defined]
        return for_x, None, None, None


def stacked_linear(x: Tensor, weight: Tensor, bias: Tensor, into: tuple[Tensor, Tensor]) -> Tensor:
    """Returns the linear maps of a stack of models, for autograd (once: no second derivatives).

    Args:
        x: (M, B, I).
        weight: (M, O, I).
        bias: (M, O).
        into: where a backward pass writes their gradients, over what stood there; nothing is left in `grad`.

    Returns:
        (M, B, O).
    """
    out: Tensor = StackedLinear.apply(x, weight, bias, into)  # type: ignore[no-untyped-call]
    return out
