"""The layers of a stack: what M networks compute in one layer, each as it would alone.

A layer's parameters and buffers are those of the networks' own with one axis more, (M, ...).
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from glasslab.nets.products import stacked_linear


class Stacked(nn.Module):
    """A layer of M networks.

    Attributes:
        runs: M.
    """

    runs: int

    def __init__(self, layers: Sequence[Any]) -> None:
        """Takes the layer of each network: its parameters and buffers are copied into a stack of them."""
        super().__init__()
        self.runs = len(layers)
        for name, value in layers[0].named_parameters(recurse=False):
            of_all = [getattr(layer, name).detach() for layer in layers]
            self.register_parameter(name, nn.Parameter(torch.stack(of_all), value.requires_grad))
        for name, _ in layers[0].named_buffers(recurse=False):
            self.register_buffer(name, torch.stack([getattr(layer, name) for layer in layers]))


class Linear(Stacked):
    """Takes (M, B, I) to (M, B, O).

    Attributes:
        slopes: where the gradients of weight and bias belong.
    """

    weight: Tensor
    bias: Tensor
    slopes: tuple[Tensor, Tensor]

    def forward(self, x: Tensor) -> Tensor:
        """Returns x W^T + b for each network."""
        kind = x.device.type
        if kind == "cpu" and not torch.is_autocast_enabled(kind):
            return stacked_linear(x, self.weight, self.bias, self.slopes)
        return torch.baddbmm(self.bias.unsqueeze(1), x, self.weight.transpose(1, 2))


class Conv2d(Stacked):
    """Takes images (M, B, C, H, W) to (M, B, O, H', W').

    On the CPU network by network, which no form beats there; elsewhere as one convolution in M groups.
    """

    weight: Tensor
    bias: Tensor

    def __init__(self, layers: Sequence[Any]) -> None:
        """Takes the layer of each network."""
        super().__init__(layers)
        self.stride, self.padding = layers[0].stride, layers[0].padding

    def forward(self, x: Tensor) -> Tensor:
        """Returns the convolved images."""
        if x.device.type == "cpu":
            each = zip(x, self.weight, self.bias, strict=True)
            return torch.stack([F.conv2d(a, w, b, self.stride, self.padding) for a, w, b in each])
        return self.all_at_once(x)

    def all_at_once(self, x: Tensor) -> Tensor:
        """Returns the convolved images, the channels of all networks in a group for each."""
        weight, bias = self.weight.flatten(0, 1), self.bias.flatten()
        convolved = F.conv2d(folded(x), weight, bias, self.stride, self.padding, groups=self.runs)
        return unfolded(convolved, self.runs)


class BatchNorm2d(Stacked):
    """Normalises each channel of each network over its batch: (M, B, C, H, W) to the same."""

    weight: Tensor
    bias: Tensor
    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor

    def __init__(self, layers: Sequence[Any]) -> None:
        """Takes the layer of each network."""
        super().__init__(layers)
        self.momentum: float = layers[0].momentum
        self.eps: float = layers[0].eps

    def forward(self, x: Tensor) -> Tensor:
        """Returns the normalised images, and notes means and variances while training."""
        if self.training:
            self.num_batches_tracked.add_(1)
        if x.device.type == "cpu":
            each = zip(x, self.running_mean, self.running_var, self.weight, self.bias, strict=True)
            return torch.stack([self.normalised(*parts) for parts in each])
        return self.all_at_once(x)

    def all_at_once(self, x: Tensor) -> Tensor:
        """Returns the normalised images, the channels of all networks side by side."""
        mean, var = self.running_mean.view(-1), self.running_var.view(-1)  # they are written in place
        images = self.normalised(folded(x), mean, var, self.weight.flatten(), self.bias.flatten())
        return unfolded(images, self.runs)

    def normalised(self, x: Tensor, mean: Tensor, var: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Returns images (B, channels, H, W) normalised."""
        return F.batch_norm(x, mean, var, weight, bias, self.training, self.momentum, self.eps)


class Images(Stacked):
    """Does to the images of all networks what the layer does to those of one, as to one long batch."""

    def __init__(self, layers: Sequence[Any]) -> None:
        """Takes the layer of each network; it has no parameters."""
        super().__init__(layers)
        self.layer: Callable[[Tensor], Tensor] = layers[0]

    def forward(self, x: Tensor) -> Tensor:
        """Returns what the layer makes of the images."""
        if x.device.type == "cpu":
            images = self.layer(x.flatten(0, 1))
            return images.view(self.runs, -1, *images.shape[1:])
        return self.all_at_once(x)

    def all_at_once(self, x: Tensor) -> Tensor:
        """Returns what the layer makes of the images, the channels of all networks side by side."""
        return unfolded(self.layer(folded(x)), self.runs)


class Elementwise(Stacked):
    """Does to each number what the layer does."""

    def __init__(self, layers: Sequence[Any]) -> None:
        """Takes the layer of each network; it has no parameters."""
        super().__init__(layers)
        self.layer: Callable[[Tensor], Tensor] = layers[0]

    def forward(self, x: Tensor) -> Tensor:
        """Returns what the layer makes of the numbers."""
        return self.layer(x)


class Flatten(Stacked):
    """Takes (M, B, ...) to (M, B, F)."""

    def forward(self, x: Tensor) -> Tensor:
        """Returns each example's numbers in a row."""
        return x.flatten(2)


class Softmax(Stacked):
    """Takes (M, B, K) to probabilities of the same shape."""

    def forward(self, x: Tensor) -> Tensor:
        """Returns the softmax over the last axis."""
        return x.softmax(2)


class Dropout(Stacked):
    """Drops numbers of each network by a mask of its own.

    On a CPU it is the mask that PyTorch's Dropout draws; PyTorch's fused kernel for CUDA draws others.

    Attributes:
        p: the probability of dropping.
        generators: one a network, shared by all of its layers; seeded anew before each step.
    """

    def __init__(self, layers: Sequence[Any]) -> None:
        """Takes the layer of each network."""
        super().__init__(layers)
        self.p: float = layers[0].p
        self.generators: list[torch.Generator] = []

    def forward(self, x: Tensor) -> Tensor:
        """Returns the numbers that are left, scaled up by 1 / (1 - p)."""
        if not self.training:
            return x
        return x * self.draw(torch.empty_like(x, memory_format=torch.contiguous_format))

    def draw(self, mask: Tensor) -> Tensor:
        """Returns `mask` (M, B, ...) after writing there, at random, 0 or 1 / (1 - p)."""
        for own, generator in zip(mask, self.generators, strict=True):
            own.bernoulli_(1 - self.p, generator=generator)
        return mask.div_(1 - self.p)


def folded(x: Tensor) -> Tensor:
    """Returns images (M, B, C, H, W) as (B, M * C, H, W)."""
    return x.transpose(0, 1).flatten(1, 2)


def unfolded(x: Tensor, runs: int) -> Tensor:
    """Returns images (B, M * C, H, W) as (M, B, C, H, W)."""
    return x.view(len(x), runs, -1, *x.shape[2:]).transpose(0, 1)
