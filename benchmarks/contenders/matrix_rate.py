"""How fast this machine multiplies matrices: through PyTorch's BLAS, and through oneDNN.

On processors of AMD the two differ, up to a factor of two.

Usage: python -m benchmarks.contenders.matrix_rate, which prints GFLOP/s by name as JSON.
"""

import json
import statistics
import time
from collections.abc import Callable

import torch

from glasslab.records.machine import usable_cores

SIDES = (1024, 2048)
REPEATS = 9


def rate(product: Callable[[], torch.Tensor], flops: int) -> float:
    """Returns the median GFLOP/s of a product that is made again and again."""
    product()
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        product()
        seconds.append(time.perf_counter() - started)
    return flops / statistics.median(seconds) / 1e9


def rates() -> dict[str, float]:
    """Returns GFLOP/s in float32 for squares of each side, one thread and one a core, BLAS and oneDNN."""
    found = {}
    for threads in sorted({1, usable_cores()}):
        torch.set_num_threads(threads)
        for side in SIDES:
            a, b, out = torch.randn(side, side), torch.randn(side, side), torch.empty(side, side)
            ways: dict[str, Callable[[], torch.Tensor]] = {
                "torch.mm": lambda a=a, b=b, out=out: torch.mm(a, b, out=out),
                "oneDNN": lambda a=a, b=b: torch.ops.mkldnn._linear_pointwise(a, b, None, "none", [], ""),
            }
            for way, product in ways.items():
                name = f"{way} {side}, {threads} thread{'s' if threads > 1 else ''}"
                found[name] = rate(product, 2 * side**3)
    return found


if __name__ == "__main__":
    print(json.dumps(rates()))
