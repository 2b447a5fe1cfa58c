"""A data set as tensors on the device, scaled, with what is needed to turn inputs back into pixels."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from glasslab.data.dataset import Dataset, Inputs, Positions, Regions, Split
from glasslab.errors import DataError
from glasslab.plan.data import Data, ImageSettings, Palindromes, PointSettings

AT_ONCE = 250
"""Examples worked on together; bounds the memory that wider numbers take."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """How inputs were scaled: x = (raw - shift) / scale, channel by channel.

    Attributes:
        shift: what is taken away, one number for each channel (or coordinate); for sequences one in all.
        scale: what is divided by, likewise; never 0.
    """

    shift: tuple[float, ...]
    scale: tuple[float, ...]

    @property
    def black(self) -> tuple[float, ...]:
        """What a raw 0 became, for each channel: the value to pad images with."""
        return tuple((0.0 - a) / b for a, b in zip(self.shift, self.scale, strict=True))

    def apply(self, raw: Tensor) -> Tensor:
        """Returns raw inputs (N, C, ...) scaled, in their own floating-point type."""
        return (raw - along_channels(self.shift, raw)) / along_channels(self.scale, raw)

    def undo(self, x: Tensor) -> Tensor:
        """Returns scaled inputs (N, C, ...) as raw values again: pixels from 0 to 255 for images."""
        return x * along_channels(self.scale, x) + along_channels(self.shift, x)


DIGITS = {
    "none": Scaling((0.0,), (1.0,)),
    "unit": Scaling((0.0,), (9.0,)),
    "signed": Scaling((4.5,), (4.5,)),
}
"""How the digits 0 to 9 of palindromes are scaled."""


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """A split on the device.

    Attributes:
        x: inputs (N, C, H, W), (N, T, F) or (N, F), scaled.
        y: class of each example (N,), int64.
        index: position of each example in the original set (N,), on the CPU.
        regions: what each pixel belongs to (N, H, W), on the CPU; None where that is not known.
    """

    x: Tensor
    y: Tensor
    index: Positions
    regions: Regions | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Tensors:
    """A data set on the device.

    Attributes:
        train: what is trained on.
        val: what is chosen by, or None.
        test: what nothing is chosen by.
        classes: the name of each class.
        scaling: how raw values became inputs.
    """

    train: Examples
    val: Examples | None
    test: Examples
    classes: tuple[str, ...]
    scaling: Scaling

    def split(self, name: str) -> Examples | None:
        """Returns the split of this name: "train", "val" or "test"."""
        return {"train": self.train, "val": self.val, "test": self.test}[name]


def to_tensors(
    dataset: Dataset, settings: Data, device: torch.device | str, dtype: torch.dtype = torch.float32
) -> Tensors:
    """Returns the whole set as tensors of floats on the device, scaled as the settings say.

    Scaled in float32, or in float64 where `dtype` is that, and then turned into `dtype`.

    Args:
        dataset: what to convert; it is not changed.
        settings: its `normalize` says how inputs are scaled.
        device: where the tensors go.
        dtype: floating-point type of the inputs.

    Raises:
        DataError: when "unit" or "signed" is asked of inputs that are not uint8 images.
    """
    if isinstance(settings, Palindromes):
        scaling = DIGITS[settings.normalize]
    else:
        scaling = measured(dataset.train.x, normalization(settings))

    def each(split: Split) -> Examples:
        wide = torch.float64 if dtype == torch.float64 else torch.float32
        raw = torch.from_numpy(np.require(split.x, requirements=["C", "W"]))
        x = torch.empty(raw.shape, dtype=dtype, device=device)
        for start in range(0, len(raw), AT_ONCE):
            some = raw[start : start + AT_ONCE].to(device).to(wide)
            x[start : start + AT_ONCE] = scaling.apply(some)
        return Examples(x, torch.tensor(split.y, device=device), split.index, split.regions)

    val = None if dataset.val is None else each(dataset.val)
    return Tensors(each(dataset.train), val, each(dataset.test), dataset.classes, scaling)


def normalization(settings: Data) -> str:
    """Returns the settings' `normalize`, "none" for a set that has no such setting."""
    return settings.normalize if isinstance(settings, ImageSettings | PointSettings) else "none"


def measured(x: Inputs, normalize: str) -> Scaling:
    """Returns the scaling of training inputs (N, C, ...).

    "none" leaves them; "unit" is x / 255; "signed" is (x - 127.5) / 127.5; "channel" is
    (x - mean) / deviation, both over all examples and pixels of a channel, the deviation being that of
    the population (division by their number). A channel that never varies is divided by 1.
    """
    channels = x.shape[1]
    if normalize == "channel":
        mean, deviation = pixel_moments(x) if x.dtype == np.uint8 else float_moments(x)
        return Scaling(tuple(mean.tolist()), tuple(np.where(deviation > 0, deviation, 1.0).tolist()))
    if normalize == "none":
        return Scaling((0.0,) * channels, (1.0,) * channels)
    if x.dtype != np.uint8:
        raise DataError(
            f"[data] normalize: '{normalize}' needs uint8 images, and this set has {x.dtype} values; "
            "use 'channel' or 'none'"
        )
    half = 127.5
    shift, scale = (0.0, 255.0) if normalize == "unit" else (half, half)
    return Scaling((shift,) * channels, (scale,) * channels)


def pixel_moments(x: Inputs) -> tuple[np.ndarray, np.ndarray]:
    """Returns mean and deviation of each channel of uint8 images, from counts of each value: exact sums."""
    counts = np.zeros((x.shape[1], 256), dtype=np.int64)
    for start in range(0, len(x), AT_ONCE):
        for channel, count in enumerate(counts):
            count += np.bincount(x[start : start + AT_ONCE, channel].ravel(), minlength=256)
    values, total = np.arange(256), counts.sum(1)
    mean = counts @ values / total
    return mean, np.sqrt((counts * (values - mean[:, None]) ** 2).sum(1) / total)


def float_moments(x: Inputs) -> tuple[np.ndarray, np.ndarray]:
    """Returns mean and deviation of each channel of float inputs, in float64."""
    others = (0, *range(2, x.ndim))
    mean = x.mean(axis=others, dtype=np.float64)
    return mean, x.std(axis=others, dtype=np.float64)


def along_channels(values: tuple[float, ...], x: Tensor) -> Tensor:
    """Returns one number for each channel, shaped to meet inputs (N, C, ...)."""
    return torch.tensor(values, dtype=x.dtype, device=x.device).view(-1, *(1,) * (x.ndim - 2))
