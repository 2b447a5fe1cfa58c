"""How a contender talks to the driver: one line of JSON in, one line out, as long as the driver lives.

    {"load": [run, ...]}                         -> {"loaded": true}
    {"train": [run, ...], "study": ..., "length": n} -> {"seconds": s, "accuracies": {run: share}}

Only what happens between a "train" and its answer is timed; arrays lie in memory before.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Message = dict[str, Any]


class CannotTrain(Exception):
    """Why a contender cannot take part in a work."""


@dataclass(frozen=True, slots=True)
class Run:
    """One training that is asked of a peer.

    Attributes:
        name: variant and seed.
        seed: for the start of the weights and the order of the examples.
        net: a study's [net].
        recipe: a study's [recipe], with its length.
        arrays: x_train, y_train, x_test, y_test; for images pixels_train and pixels_test too.
        facts: classes, shape of one example, shift and scale of the pixels.
    """

    name: str
    seed: int
    net: dict[str, Any]
    recipe: dict[str, Any]
    arrays: dict[str, Any]
    facts: dict[str, Any]


def serve_runs(train: Callable[[Run], float], ready: Callable[[Any], Any] = lambda array: array) -> None:
    """Trains the runs that the driver asks for, one after the other.

    Args:
        train: trains one run and returns its final test accuracy.
        ready: what is done to each array once, before any clock runs.
    """
    kept: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}

    def load(message: Message) -> None:
        for asked in message["load"]:
            folder = Path(asked["folder"])
            if asked["folder"] not in kept:
                arrays = {path.stem: ready(np.load(path)) for path in folder.glob("*.npy")}
                kept[asked["folder"]] = arrays, json.loads((folder / "facts.json").read_text())

    def train_all(message: Message) -> dict[str, float]:
        accuracies = {}
        for asked in message["train"]:
            arrays, facts = kept[asked["folder"]]
            run = Run(asked["name"], asked["seed"], asked["net"], asked["recipe"], arrays, facts)
            accuracies[run.name] = train(run)
        return accuracies

    serve(train_all, load)


def serve(train: Callable[[Message], dict[str, float]], load: Callable[[Message], None]) -> None:
    """Answers the driver's messages until its end of the pipe closes."""
    # Libraries print what they like; that goes to the errors, and the true output is for answers only.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    print(json.dumps({"ready": True}), file=answers)
    for line in sys.stdin:
        message = json.loads(line)
        if "load" in message:
            load(message)
            answer: Message = {"loaded": True}
        else:
            answer = timed(train, message)
        print(json.dumps(answer), file=answers)


def timed(train: Callable[[Message], dict[str, float]], message: Message) -> Message:
    """Returns the answer to a request to train."""
    started = time.perf_counter()
    try:
        accuracies = train(message)
    except CannotTrain as reason:
        return {"cannot": str(reason)}
    return {"seconds": time.perf_counter() - started, "accuracies": accuracies}
