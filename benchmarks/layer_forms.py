"""Which form of a step is faster: fused against default optimizers, channels-last against contiguous images.

One thread, float32, batches of 128. The forms of a row are timed in turn, round after round, so that a
slow moment of the machine meets all of them; the table shows the median round.

    python benchmarks/layer_forms.py [--rounds 15]
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from glasslab.nets.network import make
from glasslab.plan.net import Lenet, Mlp, Net

Work = Callable[[], None]
BATCH = 128


def median_microseconds(forms: dict[str, Work], rounds: int, calls: int) -> dict[str, float]:
    """Microseconds a call of every form: the median over rounds of `calls` calls each."""
    times: dict[str, list[float]] = {name: [] for name in forms}
    for work in forms.values():
        for _ in range(calls):
            work()
    for _ in range(rounds):
        for name, work in forms.items():
            start = time.perf_counter()
            for _ in range(calls):
                work()
            times[name].append((time.perf_counter() - start) / calls * 1e6)
    return {name: statistics.median(values) for name, values in times.items()}


def new(net: Net, shape: tuple[int, ...]) -> nn.Module:
    return make(net, shape, 10, np.random.Generator(np.random.Philox(key=0)))


def batch(shape: tuple[int, ...]) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(0)
    return torch.from_numpy(rng.normal(size=(BATCH, *shape))).float(), torch.from_numpy(
        rng.integers(0, 10, BATCH)
    )


def pass_both_ways(module: nn.Module, x: torch.Tensor, y: torch.Tensor) -> Work:
    def work() -> None:
        module.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(module(x), y).backward()

    return work


OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "sgd": lambda p, **form: torch.optim.SGD(p, lr=1e-6, **form),
    "sgd, momentum": lambda p, **form: torch.optim.SGD(p, lr=1e-6, momentum=0.9, **form),
    "adam": lambda p, **form: torch.optim.Adam(p, lr=1e-6, **form),
    "adamw": lambda p, **form: torch.optim.AdamW(p, lr=1e-6, **form),
    "adagrad": lambda p, **form: torch.optim.Adagrad(p, lr=1e-6, **form),
}
FORMS = {"default": {}, "foreach": {"foreach": True}, "fused": {"fused": True}}


def optimizer_steps(name: str, whole: bool) -> dict[str, Work]:
    """The optimizer's step, alone or after the pass that gives its gradients, in every form."""
    works: dict[str, Work] = {}
    for form, settings in FORMS.items():
        module = new(Mlp(), (784,))
        both_ways = pass_both_ways(module, *batch((784,)))
        both_ways()
        optimizer = OPTIMIZERS[name](module.parameters(), **settings)

        def work(both_ways: Work = both_ways, optimizer: torch.optim.Optimizer = optimizer) -> None:
            if whole:
                both_ways()
            optimizer.step()

        works[form] = work
    return works


def image_passes(settings: Lenet, shape: tuple[int, ...]) -> dict[str, Work]:
    """Forward and backward of a CNN on images in either order of memory."""
    works: dict[str, Work] = {}
    for form in (torch.contiguous_format, torch.channels_last):
        x, y = batch(shape)
        module = new(settings, shape).to(memory_format=form)  # type: ignore[call-overload]
        works[str(form).removeprefix("torch.")] = pass_both_ways(module, x.contiguous(memory_format=form), y)
    return works


def row(title: str, measured: dict[str, float], unit: float) -> None:
    """Prints one row, every form with its share of the first form's time."""
    first = next(iter(measured.values()))
    cells = "  ".join(
        f"{name} {value / unit:8.2f} ({value / first:4.2f}x)" for name, value in measured.items()
    )
    print(f"  {title:<44} {cells}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    print(f"torch {torch.__version__}, 1 thread, batch {BATCH}, median of {rounds} rounds")
    for title, whole in (("optimizer step alone", False), ("whole training step", True)):
        print(f"{title}, 784 - 128 - 64 - 10, microseconds")
        for name in OPTIMIZERS:
            row(name, median_microseconds(optimizer_steps(name, whole), rounds, calls=40), unit=1)
    print("forward and backward, milliseconds")
    for kernel in (3, 5):
        for shape in ((1, 28, 28), (3, 32, 32)):
            settings = Lenet(channels=(32, 64), kernel=kernel, hidden=(128,))
            title = f"conv {kernel}x{kernel} 32, 64 on {'x'.join(map(str, shape))}"
            row(title, median_microseconds(image_passes(settings, shape), rounds, calls=2), unit=1000)


if __name__ == "__main__":
    main()
