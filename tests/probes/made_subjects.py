"""Subjects for tests: small networks with known weights, and images from a seeded generator."""

import numpy as np
import torch
from torch import Tensor, nn

from glasslab.data.tensors import Examples, Scaling, Tensors
from glasslab.probes.subject import Subject

CLASSES = ("ant", "bee", "cat")


def images(count: int, channels: int = 1, side: int = 12, seed: int = 0) -> Tensor:
    """Returns images (count, channels, side, side) of whole grey levels, less 100 and divided by 50."""
    generator = torch.Generator().manual_seed(seed)
    levels = torch.randint(0, 256, (count, channels, side, side), generator=generator)
    return (levels.float() - 100) / 50


def convolutional(channels: int = 1, outputs: int = 3, *, in_place: bool = False) -> nn.Sequential:
    """Returns two convolutions with ReLUs and pools, and a linear layer, for sides of 12."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return nn.Sequential(
            nn.Conv2d(channels, 4, 3, padding=1),
            nn.ReLU(in_place),
            nn.MaxPool2d(2),
            nn.Conv2d(4, 5, 3),
            nn.ReLU(in_place),
            nn.Flatten(),
            nn.Linear(80, outputs),
        )


def linear(weight: Tensor, bias: Tensor) -> nn.Sequential:
    """Returns a linear network for images.

    Args:
        weight: (classes, C, H, W).
        bias: (classes,).
    """
    net = nn.Sequential(nn.Flatten(), nn.Linear(weight[0].numel(), len(weight)))
    with torch.no_grad():
        net[1].weight.copy_(weight.flatten(1))
        net[1].bias.copy_(bias)
    return net


def subject(net: nn.Module, x: Tensor | None = None, *, seed: int = 0) -> Subject:
    """Returns a subject with nine images of three classes, which are training and test split alike."""
    x = images(9) if x is None else x
    split = Examples(x, torch.arange(len(x)) % 3, np.arange(len(x)) + 100)
    channels = x.shape[1]
    tensors = Tensors(split, None, split, CLASSES, Scaling((100.0,) * channels, (50.0,) * channels))
    net.eval()
    with torch.no_grad():
        logits = net(x)
    return Subject(net, tensors, logits, lambda z: z.softmax(1), seed)


def state(net: nn.Module) -> list[object]:
    """Returns all that a probe must leave as it was."""
    return [
        [each.training for each in net.modules()],
        [len(each._forward_hooks) + len(each._backward_hooks) for each in net.modules()],
        [each.requires_grad for each in net.parameters()],
        [each.grad is None for each in net.parameters()],
        [each.tolist() for each in net.state_dict().values()],
    ]
