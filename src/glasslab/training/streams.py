"""Streams of randomness: every draw is a function of (seed, stream, counter), never of what came before.

So training goes on after a crash without any generator's state, and variants with the same seed see the
same examples in the same order. The numbers are NumPy's Philox (Salmon et al., 2011), drawn on the CPU and
so the same on every device.
"""

from typing import Literal

import numpy as np
import torch

Stream = Literal["init", "order", "augment", "dropout", "data"]
NUMBER: dict[Stream, int] = {"init": 0, "order": 1, "augment": 2, "dropout": 3, "data": 4}


def generator(seed: int, stream: Stream, counter: int = 0) -> np.random.Generator:
    """Returns the generator of one draw.

    Args:
        seed: the run's.
        stream: what is drawn.
        counter: which draw of the stream, usually the epoch. Draws of different counters do not overlap:
            the counter is the highest of Philox's four counter words.
    """
    return np.random.Generator(np.random.Philox(key=[seed, NUMBER[stream]], counter=[0, 0, 0, counter]))


def order(seed: int, epoch: int, examples: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Returns the order in which an epoch visits the examples: a permutation of 0 to examples - 1."""
    return generator(seed, "order", epoch).permutation(examples)


def dropout_keys(seed: int, epoch: int, steps: int) -> list[int]:
    """Returns a 32-bit key for each step of an epoch (a CPU generator in PyTorch uses no more bits)."""
    keys: list[int] = generator(seed, "dropout", epoch).integers(0, 2**32, size=steps).tolist()
    return keys


def seed_dropout(key: int, device: torch.device) -> None:
    """Sets the generators that dropout layers draw from, for one step."""
    torch.default_generator.manual_seed(key)
    if device.type == "cuda":
        torch.cuda.default_generators[torch.cuda.current_device()].manual_seed(key)
    elif device.type == "mps":
        torch.mps.manual_seed(key)
