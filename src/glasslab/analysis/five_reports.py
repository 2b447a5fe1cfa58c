"""The five course reports: the labels of their experiments, and why some of them have no study."""

import re
from collections.abc import Collection, Sequence

from glasslab.errors import UsageError

REPORTS = {"A": 7, "B": 3, "C": 4, "D": 4, "E": 10}  # experiments of each: "A1" to "A7"
LABEL = re.compile(r"[A-E][1-9]\d?")

WITHOUT_STUDY = {
    "A4": "Looks inside a trained network (boxplots, filters, occlusion maps, a confusion matrix): three "
    "claims, no number; lenet-on-cifar10 looks inside its networks so.",
    "A7": "How the report itself was made: tables from result files, seeds, a search as CSV; no numbers.",
    "B2": "Looks inside a trained network: filters called Gabor-like, for each filter a mean and a deviation "
    "(0.12/0.34, 0.15/0.31, ...); grey-lenet looks inside its networks so.",
    "C2": "Looks inside a trained network: weights, and mean and deviation after each ReLU (0.0657/0.1373, "
    "0.1000/0.3112); adagrad-vs-adam looks inside its networks so.",
    "C4": "Convolutional and recurrent networks compared in words: fixed shapes, any length; no numbers.",
    "E9": "Looks inside a trained network: first-layer filters and activations, said to show edges and "
    "colour transitions; no number; simple-cnn-on-cifar10 looks inside its network so.",
    "E10": "Fine-tunes a network that was trained on ImageNet before; no result is given.",
}
NOT_SHIPPED = "No study that does it again is shipped yet."


def every_label() -> list[str]:
    """Returns the labels of all experiments in order: "A1" to "E10"."""
    return [f"{report}{number}" for report, many in REPORTS.items() for number in range(1, many + 1)]


def labels_in(text: str) -> tuple[str, ...]:
    """Returns the labels in a study's `replicates`: one, and several where it does several again."""
    return tuple(LABEL.findall(text))


def place(text: str) -> tuple[str, int, str]:
    """Returns what sorts labels: E2 before E10, and texts without a label last."""
    first = next(iter(labels_in(text)), "")
    return (first[0], int(first[1:]), text) if first else ("~", 0, text)


def read_asked(words: Sequence[str]) -> tuple[str, ...]:
    """Returns reports ("E") and experiments ("E4") as somebody asks for them, in either case.

    Raises:
        UsageError: when there is no such report or experiment, or when it has no study.
    """
    asked = tuple(word.upper() for word in words)
    known = every_label()
    for word, label in zip(words, asked, strict=True):
        if label not in REPORTS and label not in known:
            raise UsageError(
                f"no report or experiment '{word}'; reports are A to E, experiments {known[0]} to {known[-1]}"
            )
        if label in WITHOUT_STUDY:
            raise UsageError(f"{label} has no study to run. {WITHOUT_STUDY[label]}")
    return asked


def is_asked(label: str, asked: Collection[str]) -> bool:
    """Returns whether a label is among what was asked for; nothing asked for means all."""
    return not asked or label in asked or label[:1] in asked


def without_study(asked: Collection[str], studied: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Returns the experiments asked for that no study does again, each with the reason.

    Args:
        asked: reports and experiments, empty for all.
        studied: labels that have a study.
    """
    return tuple(
        (label, WITHOUT_STUDY.get(label, NOT_SHIPPED))
        for label in every_label()
        if label not in studied and is_asked(label, asked)
    )
