"""Arrays as the probes top9, deconvnet and invariance keep them, from a seeded generator."""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasslab.analysis.results import Results
from glasslab.records.run import PROBE_SETTINGS
from glasslab.report.drawing import Drawings
from glasslab.report.material import Material

Arrays = dict[str, NDArray[Any]]


def material(results: Results) -> Material:
    return Material(results, results.folder, Drawings(), "glasslab run it")


def keep(results: Results, variant: str, probe: str, arrays: Arrays, **settings: Any) -> None:
    """Writes what a probe saw in the first run of a variant, with these settings."""
    run = results.named(variant).runs[0]
    path = run.folder.probe(probe)
    path.parent.mkdir(exist_ok=True)
    np.savez(path, **arrays, **{PROBE_SETTINGS: np.array(json.dumps({"name": probe} | settings))})  # type: ignore[arg-type]


def top9_arrays(maps: tuple[int, ...] = (4, 5), channels: int = 1) -> Arrays:
    """Two maps a layer of nine images each; the last map of the last layer is dead and the last one shown.

    The images of the first map shown are all of class 7, those of the others of classes 0 to 8.
    """
    random = np.random.default_rng(0)
    total, shown = sum(maps), 2 * len(maps)
    strongest = np.linspace(3, 1, total).astype(np.float32)
    strongest[-1] = 0
    kinds = np.full(total, 9)
    kinds[0], kinds[-1] = 1, 0
    starts = np.cumsum([0, *maps[:-1]])
    places = np.concatenate([[start, start + 1] for start in starts])
    places[-1] = total - 1
    activation = np.linspace(2, 1, 9)[None] * np.ones((shown, 1))
    activation[-1] = 0
    index = np.arange(100, 100 + 9 * shown).reshape(shown, 9)
    index[-1] = -1
    labels = np.tile(np.arange(9), (shown, 1))
    labels[0] = 7
    boxes = np.tile([0, 4, 2, 6], (shown, 9, 1))
    boxes[1, 0] = [0, 3, 0, 3]
    return {
        "layers": np.array([f"relu{number + 1}" for number in range(len(maps))]),
        "of_layer": np.repeat(np.arange(len(maps)), maps),
        "strongest": strongest,
        "kinds": kinds,
        "shown": places,
        "map": np.concatenate([[0, 1] for _ in maps]),
        "activation": activation.astype(np.float32),
        "labels": labels,
        "index": index,
        "picture": np.arange(9 * shown).reshape(shown, 9) % 5,
        "pixels": random.integers(0, 256, (5, channels, 8, 8)).astype(np.uint8),
        "box": boxes,
        "projection": random.uniform(-1, 1, (shown, 9, channels, 8, 8)).astype(np.float16),
        "largest": np.ones((shown, 9), dtype=np.float32),
        "split": np.array("test"),
        "searched": np.array(10000),
        "searched_classes": np.array(10),
        "others": np.array([], dtype=np.str_),
        "joins": np.array(0),
    }


def deconvnet_arrays(layers: int = 2, channels: int = 1) -> Arrays:
    """Two images, a 3 that is recognised and a 5 that is taken for 2, with three maps a layer."""
    random = np.random.default_rng(1)
    maps = np.tile([4, 2, -1], (layers, 2, 1))
    maps[-1, 0] = [7, 1, 0]
    activation = np.tile([2.5, 1.0, 0.0], (layers, 2, 1)).astype(np.float32)
    return {
        "pixels": random.integers(0, 256, (2, channels, 8, 8)).astype(np.uint8),
        "labels": np.array([3, 5]),
        "predicted": np.array([3, 2]),
        "probability": np.array([0.91, 0.52], dtype=np.float32),
        "index": np.array([12, 40]),
        "layers": np.array([f"relu{number + 1}" for number in range(layers)]),
        "maps": maps,
        "activation": activation,
        "box": np.tile([1, 5, 0, 4], (layers, 2, 3, 1)),
        "projection": random.uniform(-1, 1, (layers, 2, 3, channels, 8, 8)).astype(np.float16),
        "largest": np.ones((layers, 2, 3), dtype=np.float32),
        "others": np.array([], dtype=np.str_),
        "joins": np.array(0),
    }


def invariance_arrays(reach: int = 2, layers: int = 2) -> Arrays:
    """Five steps either way; the true class has 0.9 up to `reach` of them, and 0.1 beyond."""
    step = np.arange(-5, 6)
    amount = np.stack([step, step, 1.8 ** (step / 5), 36 * step]).astype(np.float32)
    probability = np.where(np.abs(step) <= reach, 0.9, 0.1)
    spread = np.linspace(-0.05, 0.05, 3)[:, None]
    distance = np.abs(step) / 5 * np.ones((layers, 4, 3, 1))
    return {
        "kinds": np.array(["right", "down", "scale", "turn"]),
        "amount": amount,
        "layers": np.array([f"relu{number + 1}" for number in range(layers)]),
        "distance": distance.astype(np.float32),
        "unrelated": np.full((layers, 3), 1.25, dtype=np.float32),
        "probability": np.tile(probability + spread, (4, 1, 1)).astype(np.float32),
        "labels": np.array([0, 1, 2]),
        "index": np.array([5, 6, 7]),
        "moved_at": np.array([0, 5, 10]),
        "moved": np.random.default_rng(2).integers(0, 256, (4, 3, 1, 8, 8)).astype(np.uint8),
    }
