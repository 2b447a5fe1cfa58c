"""Where a step of the stacked engine spends its time: E1's MLP on MNIST, five runs, one thread.

    GLASSLAB_DATA=/your/data python benchmarks/step_profile.py [--batch 64] [--runs 5] [--steps 300]

Each part of a step is timed on its own in a loop of whole steps; printed are microseconds a step, and, for
comparison, what the products of the step would take at the rate of this machine's large products on one core.
"""

import argparse
import time

import torch

from glasslab.data.load import load
from glasslab.data.places import Places
from glasslab.data.tensors import to_tensors
from glasslab.nets.products import product
from glasslab.plan.identity import RunSettings
from glasslab.plan.study_file import Options, make_study
from glasslab.runner.process import ready_to_train
from glasslab.training import streams
from glasslab.training.progress import Trainee
from glasslab.training.setup import make_setup
from glasslab.training.stacked import Cohort

FLOPS = (
    454_400  # of training on one example: 2 (3 * 109,184 - 784 * 128) multiply-adds less the input's gradient
)


def cohort(runs: int, batch: int) -> Cohort:
    """Returns the engine over so many seeds of E1's network."""
    tables = {
        "question": "Where does the time go?",
        "data": {"name": "mnist"},
        "net": {"name": "mlp", "widths": [128, 64]},
        "recipe": {"lr": 1e-3, "epochs": 10, "batch_size": batch},
    }
    (variant,) = make_study(tables, "profile", Options()).variants
    dataset = load(variant.data, streams.generator(0, "data"), Places.here())
    tensors = to_tensors(dataset, variant.data, "cpu")
    return Cohort([Trainee(make_setup(RunSettings.of(variant, seed), tensors)) for seed in range(runs)])


class Parts:
    """Microseconds of the parts of a step, summed up."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.since = time.perf_counter()

    def end(self, part: str) -> None:
        now = time.perf_counter()
        self.seconds[part] = self.seconds.get(part, 0.0) + now - self.since
        self.since = now


def step(engine: Cohort, number: int, parts: Parts) -> None:
    """Takes a step as the engine does where gradients are not looked at, and times its parts."""
    parts.since = time.perf_counter()
    x, y = engine.batches.at(number)
    parts.end("gathering the batches")
    passes = engine.passes
    if passes is None:
        raise SystemExit("this network is trained by autograd; its parts are not told apart here")
    outputs = passes.forward(x)
    parts.end("forward")
    losses, right, slope = engine.setup.loss.slopes(outputs, y)
    parts.end("loss and right answers")
    passes.backward(slope)
    parts.end("backward")
    engine.optimizer.step([trainee.setup.rate(number) for trainee in engine.active])
    parts.end("Adam")
    engine.sums.add(y.shape[1], losses, right)
    parts.end("running sums")


def product_rate() -> float:
    """Returns the FLOP/s of a large product on one core, by oneDNN where that is the faster library."""
    a, b = torch.randn(1, 1024, 1024), torch.randn(1, 1024, 1024)
    product(a, b)
    started = time.perf_counter()
    for _ in range(20):
        product(a, b)
    return 20 * 2 * 1024**3 / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--steps", type=int, default=300)
    asked = parser.parse_args()
    with ready_to_train(1, "cpu"):
        engine = cohort(asked.runs, asked.batch)
        for number in range(20):
            engine.step(number)
        parts = Parts()
        with torch.no_grad():
            for number in range(20, 20 + asked.steps):
                step(engine, number, parts)
        ideal = FLOPS * asked.batch * asked.runs / product_rate()
    total = sum(parts.seconds.values()) / asked.steps
    print(
        f"{asked.runs} runs, batch {asked.batch}, one thread, torch {torch.__version__}: microseconds a step"
    )
    for part, seconds in parts.seconds.items():
        print(f"  {part:<24} {seconds / asked.steps * 1e6:8.0f}")
    print(f"  {'in all':<24} {total * 1e6:8.0f}   of one run {total / asked.runs * 1e6:.0f}")
    print(f"  {'its products, ideally':<24} {ideal * 1e6:8.0f}   {ideal / total:.0%}")


if __name__ == "__main__":
    main()
