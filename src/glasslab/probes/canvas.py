"""Canvas: images made from numbers that are free, in frequencies and colours that do not hang together."""

from dataclasses import dataclass

import torch
from torch import Tensor

from glasslab.data.tensors import AT_ONCE

FIRST = 0.3  # deviation of the frequencies at the start; from Lucid's 0.01 all starts lead to one image
CALM = 4.0  # divides what the frequencies add up to, as in Lucid
LEAST = 1e-6  # variance added to each colour, so that grey photographs have a Cholesky factor too


@dataclass(frozen=True, slots=True)
class Canvas:
    """How free numbers become an image: Olah et al. (2017), with the data's own range, mean and colours.

    Attributes:
        low: least value of each channel in the training images (C, 1, 1).
        span: from there to the greatest, likewise.
        middle: the channels' means, as the logit of their share of the span, likewise.
        colours: lower triangle (C, C) whose product with its transpose is the covariance of the channels,
            but for a factor: the largest deviation is 1.
        weights: of each frequency (H, W // 2 + 1), 1 / frequency.
        sides: of an image, in pixels.
    """

    low: Tensor
    span: Tensor
    middle: Tensor
    colours: Tensor
    weights: Tensor
    sides: tuple[int, int]

    def start(self, generator: torch.Generator) -> Tensor:
        """Returns free numbers of an image that is the data's mean but for some noise.

        Returns:
            (C, H, W // 2 + 1, 2), real and imaginary part of each frequency, on the CPU.
        """
        return FIRST * torch.randn(len(self.low), *self.weights.shape, 2, generator=generator)

    def painted(self, spectrum: Tensor) -> Tensor:
        """Returns images (B, C, H, W), as the network takes them, from free numbers (B, ...) of `start`."""
        weighed = torch.view_as_complex(spectrum) * self.weights
        apart = torch.fft.irfft2(weighed, s=self.sides) / CALM
        return self.in_range(torch.einsum("cd,bdhw->bchw", self.colours, apart))

    def in_range(self, free: Tensor) -> Tensor:
        """Returns images between the least and the greatest value of the data; their mean for 0."""
        return self.low + self.span * (self.middle + free).sigmoid()

    def variation(self, x: Tensor) -> Tensor:
        """Returns the squared steps between neighbouring pixels, added up, of each image (B,).

        In shares of the data's range (Mahendran and Vedaldi, 2015, with beta = 2).
        """
        shares = (x - self.low) / self.span
        across, down = shares.diff(dim=3), shares.diff(dim=2)
        return (across**2).sum((1, 2, 3)) + (down**2).sum((1, 2, 3))


def canvas_for(x: Tensor) -> Canvas:
    """Returns the canvas for a data set.

    Args:
        x: training images (N, C, H, W), as the network takes them.
    """
    low = x.amin((0, 2, 3))[:, None, None]
    span = (x.amax((0, 2, 3))[:, None, None] - low).clamp_min(1e-6)
    mean, covariance = moments(x, low, span)
    factor = torch.linalg.cholesky(covariance + LEAST * torch.eye(len(covariance), dtype=torch.float64))
    colours = (factor / factor.norm(dim=1).max()).to(x)
    middle = mean.clamp(0.001, 0.999).logit().to(x)[:, None, None]
    height, width = x.shape[2:]
    down, across = torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)
    frequency = (down**2 + across**2).sqrt().clamp_min(1 / max(height, width))
    weights = (height * width) ** 0.5 / frequency
    return Canvas(low, span, middle, colours, weights.to(x), (height, width))


def moments(x: Tensor, low: Tensor, span: Tensor) -> tuple[Tensor, Tensor]:
    """Returns mean (C,) and covariance (C, C) of the channels over all pixels, in shares of their range.

    On the CPU, in float64.
    """
    total = torch.zeros(x.shape[1], dtype=torch.float64)
    squares = torch.zeros(x.shape[1], x.shape[1], dtype=torch.float64)
    for start in range(0, len(x), AT_ONCE):
        shares = ((x[start : start + AT_ONCE] - low) / span).transpose(0, 1).flatten(1)
        shares = shares.to("cpu", torch.float64)
        total += shares.sum(1)
        squares += shares @ shares.T
    count = x.numel() / x.shape[1]
    mean = total / count
    return mean, squares / count - torch.outer(mean, mean)
