"""What a probe looks at: a trained network, its data, and how its outputs become probabilities."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from glasslab.data.tensors import Examples, Tensors
from glasslab.probes.prospect import Prospect

Arrays = dict[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Weights that a run kept along the way.

    Attributes:
        number: of measurements that came before; 0 is before training.
        epoch: passes over the training examples so far.
        weights: reads them, by name.
    """

    number: int
    epoch: float
    weights: Callable[[], dict[str, Tensor]]


@dataclass(frozen=True, slots=True)
class Subject:
    """A trained network and all that looking inside it takes.

    Attributes:
        net: in evaluation mode, with its final weights.
        tensors: the run's data, on the net's device.
        logits: the net's outputs on the test split (examples, outputs), on the CPU.
        probabilities: outputs (B, K) -> class probabilities (B, classes).
        seed: the run's, from which a probe draws what it draws at random.
        measurements: that the training had at the most; 0 where that is not known.
        snapshots: of the net along the way, before its end.
        end: the net as it is, which may be that of the best measurement; None where that is not known.
    """

    net: nn.Module
    tensors: Tensors
    logits: Tensor
    probabilities: Callable[[Tensor], Tensor]
    seed: int = 0
    measurements: int = 0
    snapshots: tuple[Snapshot, ...] = ()
    end: Snapshot | None = None

    @property
    def prospect(self) -> Prospect:
        """What a probe asks about before it looks."""
        test, kept = self.tensors.test, tuple(each.number for each in self.snapshots)
        return Prospect(
            net=self.net,
            input_shape=tuple(test.x.shape[1:]),
            classes=self.tensors.classes,
            test_examples=len(test.y),
            test_index=test.index,
            measurements=self.measurements,
            snapshots=kept,
            end=self.end.number if self.end else 0,
        )

    def pixels(self, examples: Examples, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Returns examples as images of 0 to 255 (N, C, H, W), the normalisation undone."""
        x = examples.x[torch.from_numpy(rows).to(examples.x.device)].cpu().to(torch.float64)
        raw = self.tensors.scaling.undo(x)
        if len(raw) and not scaled_to_bytes(raw):
            low, high = raw.amin(), raw.amax()
            raw = (raw - low) / (high - low).clamp_min(1e-12) * 255
        return raw.round().clamp(0, 255).to(torch.uint8).numpy()


def scaled_to_bytes(raw: Tensor) -> bool:
    """Returns whether values look like pixels of 0 to 255 rather than a user's own floats."""
    return bool(raw.amin() >= -0.5 and raw.amax() <= 255.5 and raw.amax() > 1.5)
