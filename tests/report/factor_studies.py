"""Made studies whose variants are products of factors; settings stand in for those of real ones."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from glasslab.analysis.results import Results
from glasslab.plan.study import Variant
from glasslab.records.manifest import DataFacts
from tests.report.made_study import BASE, MNIST, Made, Outcome, make, seed_of

PLAIN = {key: value for key, value in BASE.items() if key not in ("claims", "reported", "variants", "quick")}
STARTS: dict[str, dict[str, Any]] = {
    "default": {"net": {"init": "pytorch"}},
    "xavier": {"net": {"init": "xavier"}},
    "orthogonal": {"net": {"init": "normal", "init_std": 0.1}},
    "identity": {"net": {"init": "normal", "init_std": 0.2}},
}
LENGTHS = [5, 10, 15, 20, 25, 30]
POINTS = DataFacts(
    fingerprint="1122334455667788",
    origin="drawn for each seed",
    classes=("0", "1"),
    input_shape=(2,),
    examples={"train": 800, "val": 0, "test": 200},
)


def lengths(out: Path, **changes: Any) -> Results:
    """Four starts by six numbers by three ways to scale, three seeds: 72 variants."""
    tables: Mapping[str, Any] = {
        **PLAIN,
        "question": "How far back can a network remember, and does the start of its weights matter?",
        "seeds": 3,
        "variants": STARTS,
        "grid": {"data": {"train_limit": LENGTHS, "normalize": ["none", "unit", "signed"]}},
        **changes,
    }

    def fate(variant: Variant, seed: int, random: np.random.Generator) -> Outcome:
        start = variant.name.partition("-")[0]
        settings = variant.settings()
        far = {"default": 12, "xavier": 14, "orthogonal": 24, "identity": 20}[start]
        far += {"none": -3, "unit": 0, "signed": 3}[settings["data.normalize"]]
        remembered = 1 / (1 + np.exp((settings["data.train_limit"] - far) / 3))
        if variant.name == "identity-30-none":
            return Outcome(status="diverged")
        accuracy = 0.1 + 0.88 * remembered + 0.02 * random.normal()
        return Outcome(accuracy=round(float(np.clip(accuracy, 0.05, 1)), 4), pace=1.5 + 3 * (1 - remembered))

    return make(out, tables, fate, Made(MNIST), name="lengths")


def backends(out: Path) -> Results:
    """Three data sets by two activations by two starts by dropout or none, five seeds: 24 variants."""
    tables: Mapping[str, Any] = {
        **PLAIN,
        "question": "Is a network written by hand as good as the same one in a framework?",
        "data": {},
        "variants": {name: {"data": {"name": name}} for name in ("blobs", "moons", "circles")},
        "grid": {
            "net": {"activation": ["relu", "tanh"], "init": ["pytorch", "xavier"], "dropout": [0.0, 0.5]}
        },
    }

    def fate(variant: Variant, seed: int, random: np.random.Generator) -> Outcome:
        mean = {"blobs": 0.96, "moons": 0.86, "circles": 0.78}[variant.name.partition("-")[0]]
        own = np.random.default_rng(seed_of(variant.name)).uniform(-0.06, 0.03)
        return Outcome(accuracy=round(min(1, mean + own + 0.012 * random.normal()), 3), pace=3)

    return make(out, tables, fate, Made(POINTS), name="backends")


def configurations(out: Path) -> Results:
    """Three ways to train, one seed each."""
    tables: Mapping[str, Any] = {
        **PLAIN,
        "question": "Which of three ways to train learns fastest?",
        "seeds": 3,
        "recipe": {"epochs": 30, "batch_size": 128},
        "variants": {
            "sgd-0.01": {"recipe": {"optimizer": "sgd", "lr": 0.01}},
            "sgd-0.02": {"recipe": {"optimizer": "sgd", "lr": 0.02}},
            "adam-0.001": {"recipe": {"optimizer": "adam", "lr": 0.001}},
        },
    }

    def fate(variant: Variant, seed: int, random: np.random.Generator) -> Outcome:
        mean, pace = {"sgd-0.01": (0.70, 9), "sgd-0.02": (0.71, 6), "adam-0.001": (0.72, 3)}[variant.name]
        return Outcome(accuracy=round(mean + 0.004 * random.normal(), 4), pace=pace, gap=0.1)

    return make(out, tables, fate, Made(MNIST), name="configurations")


def rates_by_activation(out: Path) -> Results:
    """Five learning rates by three activations, three seeds: 15 variants."""
    tables: Mapping[str, Any] = {
        **PLAIN,
        "question": "Does the best learning rate depend on the activation?",
        "seeds": 3,
        "grid": {
            "recipe": {"lr": [1e-4, 3e-4, 1e-3, 1e-2, 1e-1]},
            "net": {"activation": ["relu", "tanh", "sigmoid"]},
        },
    }

    def fate(variant: Variant, seed: int, random: np.random.Generator) -> Outcome:
        best = {"relu": -3.2, "tanh": -2.8, "sigmoid": -2.0}[variant.name.rpartition("-")[2]]
        away = (np.log10(variant.recipe.optimizer.lr) - best) ** 2
        if variant.name == "0.1-relu":
            return Outcome(status="diverged")
        return Outcome(accuracy=round(0.979 - 0.008 * away + 0.0012 * random.normal(), 4))

    return make(out, tables, fate, Made(MNIST), name="rates-by-activation")


def rates(out: Path, values: tuple[float, ...] = (1e-4, 1e-3, 1e-2, 1e-1)) -> Results:
    """One number varied, five seeds."""
    tables: Mapping[str, Any] = {
        **PLAIN,
        "question": "Which learning rate trains the MLP best?",
        "grid": {"recipe": {"lr": list(values)}},
    }

    def fate(variant: Variant, seed: int, random: np.random.Generator) -> Outcome:
        away = (np.log10(variant.recipe.optimizer.lr) + 2.6) ** 2
        return Outcome(accuracy=round(0.979 - 0.006 * away + 0.0012 * random.normal(), 4))

    return make(out, tables, fate, Made(MNIST), name="rates")


STUDIES = {
    "lengths": lengths,
    "backends": backends,
    "configurations": configurations,
    "rates_by_activation": rates_by_activation,
    "rates": rates,
}
