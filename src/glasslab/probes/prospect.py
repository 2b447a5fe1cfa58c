"""What a probe would look at, known before anything is trained."""

from dataclasses import dataclass

from torch import nn

from glasslab.data.dataset import Positions
from glasslab.errors import StudyError


@dataclass(frozen=True, slots=True)
class Prospect:
    """A network and the kind of data that it takes.

    Attributes:
        net: as it will be trained, or as it was.
        input_shape: of one example, without the batch axis.
        classes: their names.
        test_examples: how many there are.
        test_index: positions of the test examples in the original set, by which they are chosen.
        measurements: that its training has at the most; 0 where that is not known.
        snapshots: after how many of them its weights were kept; None before it was trained.
        end: after how many of them it had the weights that it ended with.
    """

    net: nn.Module
    input_shape: tuple[int, ...]
    classes: tuple[str, ...]
    test_examples: int
    test_index: Positions | None = None
    measurements: int = 0
    snapshots: tuple[int, ...] | None = None
    end: int = 0

    @property
    def has_images(self) -> bool:
        """Whether examples are images (C, H, W)."""
        return len(self.input_shape) == 3

    @property
    def shape_words(self) -> str:
        """The shape of an example in words: "1 x 28 x 28 values"."""
        return f"{' x '.join(str(n) for n in self.input_shape)} values"

    def require_images(self, probe: str) -> None:
        """Raises StudyError when a probe that needs images would be given something else."""
        if not self.has_images:
            raise StudyError([f"probes: '{probe}' needs images, these examples have {self.shape_words}"])
