"""The works that are measured: what is trained, by whom, and how much faster glasslab is meant to be."""

import math
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal

Table = dict[str, Any]
Tables = dict[str, Table]
"""The tables data, net and recipe, in the words of a study file."""

PYTORCH = ("tensors", "tensors-1-thread")
"""A good PyTorch loop with PyTorch's own number of threads, and with one; the better one is the reference."""
KERAS = ("keras-jax", "keras-tensorflow")
GLASSLAB = "glasslab"
ENGINES = ("glasslab-solo", "glasslab-stacked")
ALL_KERNELS = "glasslab-mkl"


@dataclass(frozen=True, slots=True)
class Target:
    """What is meant to be reached.

    Attributes:
        says: the other side, as the page names it.
        against: contenders, of which the fastest counts; empty for the machine's rate of matrix products.
        least: their seconds for a run's epoch or step divided by glasslab's; or the share of that rate.
    """

    says: str
    against: tuple[str, ...]
    least: float


@dataclass(frozen=True, slots=True)
class Work:
    """One row of the results.

    Attributes:
        name: for --only.
        says: what is trained, as the page says it.
        tables: data, net and recipe of every variant, without the length.
        contenders: who trains it.
        targets: what is meant to be reached.
        variants: what each variant changes in the tables.
        seeds: runs of each variant in glasslab's study; a single one takes another seed in each round.
        peer_seeds: runs of each variant that a peer trains in a round, one after the other.
        unit: what the length is counted in.
        lengths: the shorter and the longer training whose difference is the steady state.
        study_lengths: the same for glasslab where it is so much faster that its difference would drown in
            the noise of starting workers; its accuracy is taken after as many epochs or steps as the peers'.
    """

    name: str
    says: str
    tables: Tables
    contenders: tuple[str, ...]
    targets: tuple[Target, ...]
    variants: dict[str, Tables] = field(default_factory=lambda: {"run": {}})
    seeds: int = 5
    peer_seeds: int = 1
    unit: Literal["epochs", "steps"] = "epochs"
    lengths: tuple[int, int] = (1, 4)
    study_lengths: tuple[int, int] | None = None

    def lengths_of(self, contender: str) -> tuple[int, int]:
        """Returns the two lengths that a contender trains for."""
        ours = contender in (GLASSLAB, ALL_KERNELS, *ENGINES)
        return self.study_lengths if ours and self.study_lengths else self.lengths

    def variant(self, name: str) -> Tables:
        """Returns a variant's own tables."""
        return {key: {**table, **self.variants[name].get(key, {})} for key, table in self.tables.items()}

    def study_seeds(self, number: int) -> list[int]:
        """Returns the seeds that glasslab trains in a round."""
        return [number] if self.seeds == 1 else list(range(self.seeds))

    def seeds_of_peers(self, number: int) -> list[int]:
        """Returns the seeds that a peer trains in a round: some of glasslab's, each round the next ones."""
        seeds = self.study_seeds(number)
        first = number * self.peer_seeds
        return [seeds[(first + i) % len(seeds)] for i in range(self.peer_seeds)]

    def all_seeds(self, rounds: int) -> list[int]:
        """Returns every seed that is trained in so many rounds."""
        return sorted({seed for number in range(rounds) for seed in self.study_seeds(number)})

    def study(self, length: int, seeds: list[int]) -> Table:
        """Returns the whole work as the tables of a glasslab study of so many epochs or steps."""
        recipe = {**self.tables["recipe"], self.unit: length}
        return {
            "question": f"How fast is {self.name}?",
            **self.tables,
            "recipe": recipe,
            "variants": self.variants,
            "seeds": seeds,
        }


def mnist_mlp(batch_size: int, engines: tuple[str, ...] = ()) -> Work:
    return Work(
        name=f"mlp-{batch_size}",
        says=f"MLP 784-128-64-10 on all of MNIST, Adam, batch {batch_size}: a study of 5 seeds",
        tables={
            "data": {"name": "mnist"},
            "net": {"name": "mlp", "widths": [128, 64]},
            "recipe": {"optimizer": "adam", "lr": 1e-3, "batch_size": batch_size},
        },
        contenders=(
            *PYTORCH,
            "textbook",
            "keras-jax",
            "lightning",
            "skorch",
            *engines,
            ALL_KERNELS,
        ),
        targets=(
            Target("a good PyTorch loop", PYTORCH, 3),
            Target("a textbook PyTorch loop", ("textbook",), 30),
            Target("Keras on JAX", ("keras-jax",), 3),
            Target("the machine's matrix products", (), 0.6),
        ),
        study_lengths=(1, 8),
    )


TOY = Work(
    name="toy",
    says="MLP 2-20-2 on blobs, moons and circles, SGD, full batch: a study of 30 runs",
    tables={
        "data": {"samples": 1000, "test": 0.2},
        "net": {"name": "mlp", "widths": [20]},
        "recipe": {"optimizer": "sgd", "lr": 0.01, "batch_size": "full", "evaluate_every": 50},
    },
    variants={name: {"data": {"name": name}} for name in ("blobs", "moons", "circles")},
    seeds=10,
    peer_seeds=10,
    unit="steps",
    lengths=(500, 1500),
    study_lengths=(500, 10_000),
    contenders=PYTORCH,
    targets=(Target("a good PyTorch loop", PYTORCH, 20),),
)

PALINDROMES = Work(
    name="palindromes",
    says="vanilla RNN of 128 units, palindromes of length 5, 10, 20, RMSprop, batch 128: a study of 15 runs",
    tables={
        "data": {"name": "palindromes", "train": 51_200, "test": 5000, "normalize": "signed"},
        "net": {"name": "elman", "hidden": 128, "activation": "tanh"},
        "recipe": {
            "optimizer": "rmsprop",
            "lr": 1e-3,
            "batch_size": 128,
            "clip_norm": 10.0,
            "evaluate_every": 50,
        },
    },
    variants={f"length-{length}": {"data": {"length": length}} for length in (5, 10, 20)},
    unit="steps",
    lengths=(100, 400),
    contenders=(*PYTORCH, *ENGINES, ALL_KERNELS),
    targets=(Target("a good PyTorch loop", PYTORCH, 4),),
)


def mnist_rows(cell: str, seeds: int, contenders: tuple[str, ...], targets: tuple[Target, ...]) -> Work:
    runs = "one run" if seeds == 1 else f"a study of {seeds} seeds"
    return Work(
        name=f"{cell}-{seeds}",
        says=f"{cell.upper()} of 128 units on the rows of 6,400 MNIST digits, Adam, batch 128: {runs}",
        tables={
            "data": {"name": "mnist", "train_limit": 6400, "test_limit": 1000},
            "net": {"name": "rnn", "cell": cell, "hidden": 128},
            "recipe": {"optimizer": "adam", "lr": 1e-3, "batch_size": 128},
        },
        seeds=seeds,
        lengths=(1, 8),
        contenders=contenders,
        targets=targets,
    )


SIMPLE_CNN = Work(
    name="simple-cnn",
    says="SimpleCNN on 6,400 images of CIFAR-10, Adam, batch 64: a study of 2 seeds, so that both cores work",
    tables={
        "data": {"name": "cifar10", "normalize": "signed", "train_limit": 6400, "test_limit": 1000},
        "net": {"name": "lenet", "channels": [32, 64], "kernel": 3, "hidden": [128]},
        "recipe": {"optimizer": "adam", "lr": 1e-3, "batch_size": 64},
    },
    seeds=2,
    lengths=(1, 3),
    contenders=(*PYTORCH, *KERAS),
    targets=(Target("a good PyTorch loop", PYTORCH, 1.5), Target("Keras, the faster backend", KERAS, 2)),
)

WORKS: tuple[Work, ...] = (
    mnist_mlp(64, ENGINES),
    mnist_mlp(128),
    TOY,
    PALINDROMES,
    mnist_rows("gru", 1, (*PYTORCH, ALL_KERNELS), (Target("nn.GRU in a good PyTorch loop", PYTORCH, 1.5),)),
    mnist_rows(
        "gru", 5, (*PYTORCH, *ENGINES, ALL_KERNELS), (Target("nn.GRU in a good PyTorch loop", PYTORCH, 2),)
    ),
    mnist_rows(
        "lstm",
        1,
        (*PYTORCH, "keras-jax"),
        (
            Target("nn.LSTM in a good PyTorch loop", PYTORCH, 1),
            Target("Keras on JAX", ("keras-jax",), 2),
        ),
    ),
    SIMPLE_CNN,
)


def quick(work: Work) -> Work:
    """Returns a work that only shows whether all of it works: less data and shorter trainings."""
    data = dict(work.tables["data"])
    if "name" in data and data["name"] != "palindromes":
        data |= {"train_limit": 1000, "test_limit": 200}
    elif "train" in data:
        data |= {"train": 12_800, "test": 500}
    lengths = (50, 100) if work.unit == "steps" else (1, 2)
    return replace(work, tables={**work.tables, "data": data}, lengths=lengths, study_lengths=None)


def products(net: Table, shape: tuple[int, ...], classes: int) -> tuple[int, int]:
    """Returns the multiply-adds of one example's forward pass: of all layers, and of the first one.

    Args:
        net: the table of one of the networks above.
        shape: of one example: (F,), (C, H, W) or (T, F).
        classes: outputs of the last layer.
    """
    match net["name"]:
        case "mlp":
            widths = [math.prod(shape), *net["widths"], classes]
            layers = [a * b for a, b in pairwise(widths)]
        case "elman" | "rnn":
            steps, features = shape[-2:]
            gates = {"gru": 3, "lstm": 4}.get(net.get("cell", "rnn"), 1)
            hidden = net["hidden"]
            layers = [steps * gates * hidden * features, steps * gates * hidden**2, hidden * classes]
        case "lenet":  # "same" convolutions, each followed by a pool that halves the sides
            channels, height, width = shape
            layers = []
            for wider in net["channels"]:
                layers.append(height * width * wider * channels * net["kernel"] ** 2)
                channels, height, width = wider, height // 2, width // 2
            widths = [channels * height * width, *net["hidden"], classes]
            layers += [a * b for a, b in pairwise(widths)]
        case other:
            raise ValueError(f"no formula for the multiply-adds of '{other}'; write it in works.products")
    return sum(layers), layers[0]


def training_flops(net: Table, shape: tuple[int, ...], classes: int) -> int:
    """Returns the FLOPs of training on one example once, a multiply-add being 2.

    Forward, gradients of the weights, gradients of the inputs: three times the forward pass, without the
    gradient of the network's own input. Pointwise work, the optimizer and the evaluation do not count.
    """
    everything, first = products(net, shape, classes)
    return 2 * (3 * everything - first)
