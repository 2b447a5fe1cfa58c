"""Study folders made for tests: real records with numbers from a seeded generator, no training."""

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from safetensors.numpy import save_file

from glasslab.analysis.results import Results, load_results
from glasslab.plan.identity import RunSettings, identity, run_hash
from glasslab.plan.study import Variant
from glasslab.plan.study_file import Options, make_study, study_toml
from glasslab.records.log import Log
from glasslab.records.machine import Code, Machine
from glasslab.records.manifest import DataFacts, LayerFacts, Manifest, NetFacts, write_manifest
from glasslab.records.run_folder import RunFolder, run_name

DIGITS = tuple(str(digit) for digit in range(10))
MACHINE = Machine(
    processor="AMD EPYC 7B13",
    cores=2,
    memory_gib=16.0,
    system="Linux 6.1",
    python="3.11.9",
    libraries={"torch": "2.13.0", "numpy": "2.4.6", "safetensors": "0.8.0", "scikit-learn": "1.9.1"},
)
CODE = Code(version="0.1.0", source="0f1e2d3c4b5a6978", commit="4f0c2b7d9a1e8c6f5b3d2a1908f7e6d5c4b3a291")


@dataclass(frozen=True)
class Outcome:
    """How a made run goes.

    Attributes:
        accuracy: test accuracy that it ends with.
        pace: epochs until about two thirds of the way are done.
        status: how it ends; None for a run that was never made.
        gap: how much higher the training accuracy ends.
    """

    accuracy: float = 0.97
    pace: float = 1.5
    status: str | None = "finished"
    gap: float = 0.015


AS_WRITTEN = Options()
Fate = Callable[[Variant, int, np.random.Generator], Outcome]


@dataclass(frozen=True)
class Made:
    """What a made study's runs have besides their numbers.

    Attributes:
        data: facts of the data.
        pictures: whether there are samples, mistakes and predictions of images.
        points: the name of a set of points in the plane, whose samples and boundary there are.
        at_once: runs trained side by side.
        gradients: whether rows tell the gradients by layer.
        others: facts of the data of variants whose data set has another name.
    """

    data: DataFacts
    pictures: bool = False
    points: bool = False
    at_once: int = 1
    gradients: bool = False
    others: Mapping[str, DataFacts] = field(default_factory=dict)

    def data_of(self, variant: Variant) -> DataFacts:
        """Returns the facts of a variant's data."""
        return self.others.get(str(variant.settings()["data.name"]), self.data)


MNIST = DataFacts(
    fingerprint="9f86d081884c7d65",
    origin="data/mnist (four idx files, official checksums)",
    classes=DIGITS,
    input_shape=(1, 28, 28),
    examples={"train": 60000, "val": 0, "test": 10000},
)
BASE: dict[str, Any] = {
    "question": "Which activation learns MNIST best in a small MLP?",
    "metric": "test/accuracy",
    "seeds": 5,
    "data": {"name": "mnist"},
    "net": {"name": "mlp", "widths": [128, 64]},
    "recipe": {"optimizer": "adam", "lr": 1e-3, "epochs": 10, "batch_size": 128},
    "variants": {name: {"net": {"activation": name}} for name in ("relu", "sigmoid", "tanh")},
    "claims": [
        {"says": "ReLU ends above sigmoid", "holds": "relu > sigmoid"},
        {"says": "ReLU is best", "holds": "relu > *"},
        {"says": "Sigmoid's loss stays above 0.08", "holds": "sigmoid > 0.08", "metric": "test/loss"},
        {"says": "ReLU and tanh are the same within half a point", "holds": "relu ~ tanh within 0.005"},
    ],
    "reported": {
        "source": "Report E, E2",
        "test/accuracy": {"relu": 0.9778, "sigmoid": 0.9719, "tanh": 0.9760},
    },
    "quick": {"recipe": {"epochs": 2}, "data": {"train_limit": 6000}},
}


def seed_of(*parts: object) -> int:
    """Returns a seed that is the same in every process."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:4], "big")


def make(
    out: Path,
    tables: Mapping[str, Any],
    fate: Fate,
    made: Made,
    *,
    name: str,
    options: Options = AS_WRITTEN,
) -> Results:
    """Makes a study's folder with its runs, and returns the results read back from it."""
    study = make_study(tables, name, options)
    folder = out / study.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(study_toml(study), encoding="utf-8")
    for variant in study.variants:
        if variant.name in study.twins():
            continue
        for seed in study.seeds:
            random = np.random.default_rng(seed_of(variant.name, seed))
            outcome = fate(variant, seed, random)
            if outcome.status is not None:
                make_run(folder, variant, seed, outcome, made)
    return load_results(study, folder)


def make_run(folder: Path, variant: Variant, seed: int, outcome: Outcome, made: Made) -> None:
    """Makes one run's folder."""
    random = np.random.default_rng(seed_of(variant.name, seed, "rows"))
    data = made.data_of(variant)
    known_by = identity(RunSettings.of(variant, seed), data.fingerprint)
    hash_ = run_hash(known_by)
    run = RunFolder(folder / run_name(variant.name, seed, hash_))
    run.path.mkdir()
    rows, final = measurements(variant, outcome, random)
    if made.gradients:
        rows = with_gradients(rows, variant, seed)
    log = Log(run.metrics, 0)
    for row in [*rows, final] if outcome.status == "finished" else rows:
        log.append(row)
    log.close()
    manifest = Manifest(
        hash=hash_,
        identity=known_by,
        variant=variant.name,
        seed=seed,
        status=outcome.status,  # type: ignore[arg-type]
        sentence=SENTENCES[str(outcome.status)],
        at_once=made.at_once,
        threads=1,
        seconds=round(20 + 10 * random.random(), 3),
        started="2025-11-20T09:00:00Z",
        ended="" if outcome.status == "running" else "2025-11-20T09:01:00Z",
        code=CODE,
        machine=MACHINE,
        data=data,
        net=network(variant, data),
    )
    write_manifest(run.manifest, manifest)
    if outcome.status == "finished" and made.pictures:
        save_pictures(run, outcome, random)
    if outcome.status == "finished" and made.points:
        save_points(run, variant, random)


SENTENCES = {
    "finished": "finished after 10 epochs",
    "diverged": "the training loss was NaN or infinite by epoch 3 (step 1407)",
    "failed": "RuntimeError: the machine ran out of memory",
    "running": "",
}


def measurements(
    variant: Variant, outcome: Outcome, random: np.random.Generator
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Returns a run's rows and its final row."""
    course = variant.recipe.course
    marks = measured_at(course.epochs, course.steps)
    broken = len(marks) // 3 if outcome.status == "diverged" else len(marks)
    if outcome.status in ("failed", "running"):
        broken = len(marks) // 2
    rows = []
    for place, (epoch, step) in enumerate(marks[:broken]):
        left = math.exp(-epoch / outcome.pace)
        test = outcome.accuracy - (outcome.accuracy - 0.55) * left + 0.001 * random.normal() * (left + 0.3)
        train = outcome.accuracy + outcome.gap - (outcome.accuracy - 0.5) * left
        last = place == len(marks) - 1
        test = outcome.accuracy if last else min(1.0, test)
        rows.append(
            {
                "epoch": epoch,
                "step": step,
                "lr": 1e-3,
                "gradient_norm": 0.5 + left,
                "train/loss": 3.2 * (1 - min(train, 0.9995)) + 0.002 * random.random(),
                "train/accuracy": min(1.0, train),
                "test/loss": 3.3 * (1 - min(test, 0.9995)) + 0.01 * epoch / 10 + 0.003 * random.random(),
                "test/accuracy": test,
            }
        )
    final = {
        "final": True,
        **(rows[-1] if rows else {}),
        "train/loss:clean": 0.02,
        "train/accuracy:clean": min(1.0, outcome.accuracy + outcome.gap),
    }
    return rows, final


KEPT = {"sigmoid": 0.21, "tanh": 0.62, "relu": 0.82}  # of a gradient on its way through a layer


def with_gradients(rows: list[dict[str, Any]], variant: Variant, seed: int) -> list[dict[str, Any]]:
    """Returns a run's rows with gradients that lose a share in each layer, less of it as training goes on."""
    random = np.random.default_rng(seed_of(variant.name, seed, "gradients"))
    layers = [f"hidden{place + 1}" for place in range(len(getattr(variant.net, "widths", ())))] + ["output"]
    kept = KEPT[variant.net.activation] * math.exp(0.05 * random.normal())

    def found(at: float) -> dict[str, float | None]:
        share = kept + (1 - kept) * 0.35 * at
        depths = range(len(layers) - 1, -1, -1)
        noise = np.exp(0.12 * random.normal(size=len(layers)))
        sizes = [2e-3 * (1 - 0.7 * at) * share**depth for depth in depths]
        return {name: float(size * by) for name, size, by in zip(layers, sizes, noise, strict=True)}

    def moved() -> dict[str, float | None]:
        noise = np.exp(0.2 * random.normal(size=len(layers)))
        return {name: float(1e-3 * by) for name, by in zip(layers, noise, strict=True)}

    told = [
        row | {"gradients": found((place + 1) / len(rows)), "updates": moved()}
        for place, row in enumerate(rows)
    ]
    return [told[0] | {"gradients_at_start": found(0.0)}, *told[1:]] if told else []


def measured_at(epochs: int | None, steps: int | None) -> list[tuple[float, int]]:
    """Returns the epochs and steps at which a made run is measured."""
    if epochs is not None:
        return [(epoch, epoch * 469) for epoch in range(1, epochs + 1)]
    assert steps is not None
    every = max(1, steps // 20)
    return [(step, step) for step in range(every, steps + 1, every)]


def network(variant: Variant, data: DataFacts) -> NetFacts:
    """Returns the facts of an MLP with a variant's widths."""
    widths = getattr(variant.net, "widths", (128, 64))
    outputs = 1 if variant.recipe.loss.__struct_config__.tag == "binary-cross-entropy" else len(data.classes)
    inputs = math.prod(data.input_shape)
    layers = []
    if len(data.input_shape) > 1:
        layers.append(
            LayerFacts(name="flatten", kind="Flatten", output_shape=(inputs,), parameters=0, flops=0)
        )
    for number, units in enumerate((*widths, outputs), start=1):
        layers.append(
            LayerFacts(
                name=f"linear{number}" if number <= len(widths) else "output",
                kind="Linear",
                output_shape=(units,),
                parameters=(inputs + 1) * units,
                flops=(2 * inputs + 1) * units,
            )
        )
        if number <= len(widths):
            kind = {"relu": "ReLU", "tanh": "Tanh", "sigmoid": "Sigmoid"}.get(variant.net.activation, "ReLU")
            layers.append(
                LayerFacts(name=f"act{number}", kind=kind, output_shape=(units,), parameters=0, flops=units)
            )
        inputs = units
    return NetFacts(
        parameters=sum(layer.parameters for layer in layers),
        flops=sum(layer.flops or 0 for layer in layers),
        layers=tuple(layers),
    )


def digit(number: int, random: np.random.Generator) -> NDArray[np.uint8]:
    """Returns a 28 x 28 picture of a digit, somewhat turned and shifted."""
    picture = Image.new("L", (56, 56))
    font = ImageFont.load_default(size=46)
    ImageDraw.Draw(picture).text((28, 28), str(number), fill=255, font=font, anchor="mm")
    turned = picture.rotate(random.uniform(-22, 22), translate=tuple(random.integers(-4, 5, 2).tolist()))
    return np.asarray(turned.resize((28, 28), Image.Resampling.BILINEAR))


CONFUSED = {4: 9, 9: 4, 7: 2, 3: 5, 5: 3, 2: 7, 8: 3, 6: 0, 0: 6, 1: 7}


def save_pictures(run: RunFolder, outcome: Outcome, random: np.random.Generator) -> None:
    """Writes samples, mistakes and predictions."""
    labels = random.integers(0, 10, 1000)
    wrong = random.random(1000) > outcome.accuracy
    predicted = labels.copy()
    for place in np.flatnonzero(wrong):
        often = CONFUSED[int(labels[place])]
        other = (labels[place] + random.integers(1, 10)) % 10
        predicted[place] = often if random.random() < 0.6 else other
    logits = random.normal(0, 1, (1000, 10)).astype(np.float32)
    logits[np.arange(1000), predicted] += 8
    save_file(
        {"logits": logits, "labels": labels.astype(np.int64), "indices": np.arange(1000)},
        run.predictions,
    )
    probes = run.path / "probes"
    probes.mkdir()
    order = np.repeat(np.arange(10), 8)
    pixels = np.stack([digit(int(k), random) for k in order])[:, None]
    np.savez_compressed(run.probe("samples"), pixels=pixels, labels=order)
    worst = np.flatnonzero(predicted != labels)[:24]
    if len(worst) == 0:
        return
    np.savez_compressed(
        run.probe("mistakes"),
        pixels=np.stack([digit(int(labels[w]), random) for w in worst])[:, None],
        labels=labels[worst],
        predicted=predicted[worst],
        probability=np.sort(random.uniform(0.6, 0.9999, len(worst)))[::-1].astype(np.float32),
        probability_true=random.uniform(0, 0.2, len(worst)).astype(np.float32),
        index=worst,
    )


def save_points(run: RunFolder, variant: Variant, random: np.random.Generator) -> None:
    """Writes points in the plane and the classes that a made network gives every place."""
    (run.path / "probes").mkdir()
    if variant.settings()["data.name"] == "xor":
        points = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
        labels = np.array([0, 1, 1, 0])
        split = np.zeros(4, dtype=np.int8)
    elif variant.settings()["data.name"] == "circles":
        labels = random.integers(0, 2, 300)
        angle = random.uniform(0, 2 * np.pi, 300)
        points = np.stack([np.cos(angle), np.sin(angle)], 1) * (1 - 0.5 * labels)[:, None]
        points = (points + random.normal(0, 0.08, points.shape)).astype(np.float32)
        split = (np.arange(300) % 5 == 0).astype(np.int8) * 2
    elif variant.settings()["data.name"] == "blobs":
        labels = random.integers(0, 3, 300)
        points = np.array([[-3, 0], [1, 3], [2, -2]])[labels] + random.normal(0, 0.8, (300, 2))
        points = points.astype(np.float32)
        split = (np.arange(300) % 5 == 0).astype(np.int8) * 2
    else:
        angle = random.uniform(0, np.pi, 300)
        labels = random.integers(0, 2, 300)
        points = np.stack([np.cos(angle) * (1 - 2 * labels) + labels, np.sin(angle) * (1 - 2 * labels)], 1)
        points = (points + random.normal(0, 0.15, points.shape)).astype(np.float32)
        split = (np.arange(300) % 5 == 0).astype(np.int8) * 2
    np.savez_compressed(run.probe("samples"), points=points, labels=labels, split=split)
    low, high = points.min(0) - 0.3, points.max(0) + 0.3
    x, y = np.linspace(low[0], high[0], 121), np.linspace(low[1], high[1], 121)
    across, up = np.meshgrid(x, y)
    tilt = random.normal(1, 0.15, 2)
    if getattr(variant.net, "widths", (1,)) == ():
        score = 2 * (across * tilt[0] - up * tilt[1])
    elif len(points) == 4:
        score = 9 * (0.25 - (across - 0.5 * tilt[0]) * (up - 0.5 * tilt[1]) * 4)
    else:
        score = 8 * (0.25 - up + 0.5 * np.sin(2 * across * tilt[0]))
    if variant.settings()["data.name"] == "circles":
        score = 12 * (0.56 - across**2 * tilt[0] - up**2 * tilt[1])
    one = 1 / (1 + np.exp(-score))
    np.savez_compressed(
        run.probe("boundary"),
        x=x,
        y=y,
        probability=np.stack([1 - one, one], axis=-1).astype(np.float32),
        points=points[split == 0],
        labels=labels[split == 0],
    )


MEANS = {"relu": (0.9786, 0.0010), "tanh": (0.9768, 0.0013), "sigmoid": (0.9716, 0.0012)}
PACES = {"relu": 1.1, "tanh": 1.5, "sigmoid": 2.4}


def usual(variant: Variant, seed: int, random: np.random.Generator) -> Outcome:
    """The fate of the activations: three means, some spread."""
    mean, spread = MEANS.get(variant.name, (0.97, 0.002))
    return Outcome(accuracy=round(mean + spread * random.normal(), 4), pace=PACES.get(variant.name, 1.5))


def activations(out: Path, **changes: Any) -> Results:
    """Three variants with five seeds."""
    return make(out, BASE | changes, usual, Made(MNIST, pictures=True), name="activations")


def troubled(out: Path) -> Results:
    """Three variants with five seeds: some diverged, one failed, one was never made, one goes on."""

    def fate(variant: Variant, seed: int, random: np.random.Generator) -> Outcome:
        outcome = usual(variant, seed, random)
        special = {
            ("sigmoid", 1): "diverged",
            ("sigmoid", 3): "diverged",
            ("tanh", 2): "failed",
            ("tanh", 4): None,
            ("relu", 4): "running",
        }
        return replace(outcome, status=special.get((variant.name, seed), "finished"))

    return make(out, BASE, fate, Made(MNIST, at_once=2), name="troubled")


def single(out: Path) -> Results:
    """Three variants with one seed."""
    tables = BASE | {"seeds": 1}
    return make(out, tables, usual, Made(MNIST, pictures=True), name="single")


def quick(out: Path) -> Results:
    """The quick form, with a setting overridden."""
    options = Options(quick=True, overrides=("recipe.batch_size=64",))
    return make(out, BASE, usual, Made(MNIST), name="activations", options=options)


def open_question(out: Path) -> Results:
    """Three variants with five seeds and no claims."""
    tables = {key: value for key, value in BASE.items() if key not in ("claims", "reported")}
    return make(out, tables, usual, Made(MNIST, pictures=True), name="open")


def numeric_grid(out: Path) -> Results:
    """Four learning rates by three batch sizes, three seeds."""
    tables = {key: value for key, value in BASE.items() if key not in ("claims", "reported", "variants")}
    tables |= {
        "question": "Which learning rate and batch size train the MLP best?",
        "seeds": 3,
        "grid": {"recipe": {"lr": [1e-4, 1e-3, 1e-2, 1e-1], "batch_size": [32, 128, 512]}},
    }

    def fate(variant: Variant, seed: int, random: np.random.Generator) -> Outcome:
        rate = variant.recipe.optimizer.lr
        size = variant.recipe.course.batch_size
        if rate == 1e-1 and size == 32:
            return Outcome(status="diverged")
        away = (math.log10(rate) + 2.6) ** 2 + 0.1 * (math.log2(int(size)) - 6) ** 2
        return Outcome(accuracy=round(0.979 - 0.004 * away + 0.0012 * random.normal(), 4))

    return make(out, tables, fate, Made(MNIST), name="rates")


def many(out: Path) -> Results:
    """Twenty variants: five optimizers' worth of settings by four activations, three seeds."""
    tables = {key: value for key, value in BASE.items() if key not in ("claims", "reported", "variants")}
    tables |= {
        "question": "Which optimizer and activation learn MNIST best?",
        "seeds": 3,
        "baseline": "adam-relu",
        "grid": {
            "recipe": {"optimizer": ["adam", "adamw", "sgd", "rmsprop", "adagrad"]},
            "net": {"activation": ["relu", "sigmoid", "tanh", "gelu"]},
        },
    }

    def fate(variant: Variant, seed: int, random: np.random.Generator) -> Outcome:
        own = np.random.default_rng(seed_of(variant.name)).uniform(0.93, 0.981)
        return Outcome(accuracy=round(own + 0.002 * random.normal(), 4), pace=1 + 30 * (0.985 - own))

    return make(out, tables, fate, Made(MNIST), name="optimizers")


def exclusive_or(out: Path) -> Results:
    """Four points, with and without a hidden layer; every seed of the one ends at the same value."""
    tables = {
        "question": "Does a network with one hidden layer of four tanh units learn exclusive or?",
        "metric": "test/accuracy",
        "seeds": 6,
        "probes": ["boundary"],
        "data": {"name": "xor"},
        "net": {"name": "mlp", "widths": [4], "activation": "tanh"},
        "recipe": {
            "loss": "binary-cross-entropy",
            "optimizer": "adam",
            "lr": 0.1,
            "steps": 2000,
            "batch_size": "full",
        },
        "variants": {"hidden4": {}, "linear": {"net": {"widths": []}}},
        "claims": [
            {"says": "The hidden layer learns all four points", "holds": "hidden4 > 0.99"},
            {
                "says": "Without a hidden layer at most three of four points can be right",
                "holds": "linear < 0.76",
            },
        ],
    }
    data = DataFacts(
        fingerprint="0011223344556677",
        origin="four points",
        classes=("0", "1"),
        input_shape=(2,),
        examples={"train": 4, "val": 0, "test": 4},
    )

    def fate(variant: Variant, seed: int, random: np.random.Generator) -> Outcome:
        if variant.name == "hidden4":
            return Outcome(accuracy=1.0, pace=200, gap=0)
        return Outcome(accuracy=[0.5, 0.75][seed % 2], pace=300, gap=0)

    return make(out, tables, fate, Made(data, points=True), name="xor")


def moons(out: Path) -> Results:
    """Points in the plane with a test set, two widths."""
    tables = {
        "question": "Does width help on two moons?",
        "metric": "test/accuracy",
        "seeds": 4,
        "data": {"name": "moons", "samples": 300},
        "net": {"name": "mlp", "widths": [4]},
        "recipe": {"optimizer": "sgd", "lr": 0.1, "epochs": 40},
        "variants": {"narrow": {}, "wide": {"net": {"widths": [64]}}},
    }
    data = DataFacts(
        fingerprint="8899aabbccddeeff",
        origin="drawn for each seed",
        classes=("upper", "lower"),
        input_shape=(2,),
        examples={"train": 240, "val": 0, "test": 60},
    )

    def fate(variant: Variant, seed: int, random: np.random.Generator) -> Outcome:
        mean = {"narrow": 0.9, "wide": 0.95}[variant.name]
        return Outcome(accuracy=round(mean + 0.015 * random.normal(), 3), pace=8, gap=0.01)

    return make(out, tables, fate, Made(data, points=True), name="moons")


def vanishing(out: Path, **changes: Any) -> Results:
    """A deep MLP whose gradients are told layer by layer, with metrics beside the one that decides."""
    tables: dict[str, Any] = BASE | {
        "question": "Do gradients vanish in a deep sigmoid network, and not with ReLU?",
        "also": [
            "gradient/ratio:start",
            "gradient/ratio",
            "train/accuracy:clean - test/accuracy",
            "test/loss",
            "seconds",
        ],
        "net": {"name": "mlp", "widths": [256] * 6},
        "recipe": {"optimizer": "sgd", "lr": 1e-2, "epochs": 10, "batch_size": 128},
        "variants": {name: {"net": {"activation": name}} for name in ("relu", "sigmoid")},
        "claims": [
            {"says": "Sigmoid's gradients vanish", "holds": "sigmoid < 0.01", "metric": "gradient/ratio"}
        ],
        "reported": {"source": "Report E, E5", "test/accuracy": {"relu": 0.9778}},
    }

    def fate(variant: Variant, seed: int, random: np.random.Generator) -> Outcome:
        return replace(usual(variant, seed, random), gap=round(0.01 + 0.003 * random.random(), 4))

    tables = {key: value for key, value in (tables | changes).items() if value is not None}
    return make(out, tables, fate, Made(MNIST, gradients=True), name="vanishing")


def point_facts(classes: int, fingerprint: str) -> DataFacts:
    """Returns the facts of made points in the plane."""
    return DataFacts(
        fingerprint=fingerprint,
        origin="drawn for each seed",
        classes=DIGITS[:classes],
        input_shape=(2,),
        examples={"train": 240, "val": 0, "test": 60},
    )


def shapes(out: Path) -> Results:
    """Three data sets of points by eight networks: 24 variants, one of them diverged."""
    tables = {
        "question": "Which small network separates blobs, moons and circles?",
        "metric": "test/accuracy",
        "seeds": 2,
        "probes": ["boundary"],
        "data": {"name": "blobs"},
        "net": {"name": "mlp"},
        "recipe": {"optimizer": "sgd", "lr": 0.01, "epochs": 40},
        "grid": {
            "data": {"name": ["blobs", "moons", "circles"]},
            "net": {"widths": [[], [20]], "activation": ["relu", "tanh"]},
            "recipe": {"lr": [0.01, 0.1]},
        },
    }
    facts = {"blobs": point_facts(3, "b10b"), "circles": point_facts(2, "c1c1")}

    def fate(variant: Variant, seed: int, random: np.random.Generator) -> Outcome:
        if variant.name == study_last:
            return Outcome(status="diverged")
        return Outcome(accuracy=round(0.85 + 0.1 * random.random(), 3), pace=8, gap=0.01)

    study_last = make_study(tables, "shapes", AS_WRITTEN).variants[-1].name
    return make(out, tables, fate, Made(point_facts(2, "30035"), points=True, others=facts), name="shapes")


HOSTILE = '<script>alert("x")</script> & {{ 7*7 }} ${y} `z` \\begin{x} </style>'


def hostile(out: Path) -> Results:
    """A study whose free texts try to be code."""
    tables = BASE | {
        "question": HOSTILE,
        "claims": [{"says": HOSTILE, "holds": "relu > sigmoid"}],
        "reported": {"source": HOSTILE, "test/accuracy": {"relu": 0.9778}},
    }
    data = DataFacts(
        fingerprint=MNIST.fingerprint,
        origin=HOSTILE,
        classes=(HOSTILE, *DIGITS[1:]),
        input_shape=(1, 28, 28),
        examples=MNIST.examples,
    )
    return make(out, tables, usual, Made(data, pictures=True), name="hostile")


STUDIES: dict[str, Callable[[Path], Results]] = {
    "activations": activations,
    "troubled": troubled,
    "single": single,
    "quick": quick,
    "open": open_question,
    "numeric_grid": numeric_grid,
    "many": many,
    "exclusive_or": exclusive_or,
    "moons": moons,
    "vanishing": vanishing,
    "shapes": shapes,
    "hostile": hostile,
}
