"""A trial pass: what a network gives for empty input, without a trace left behind."""

from typing import Any

import torch
from torch import nn


@torch.no_grad()
def trial(module: nn.Module, input_shape: tuple[int, ...], examples: int = 1) -> Any:
    """Returns the module's output for all-zero examples, in evaluation mode and without gradients.

    Every submodule is left in the mode, training or evaluation, in which it was.

    Args:
        module: any module that takes one tensor of (examples, *input_shape).
        input_shape: one example's shape.
        examples: the batch size.
    """
    modes = [(each, each.training) for each in module.modules()]
    like = next(module.parameters(), torch.empty(()))
    batch = torch.zeros(examples, *input_shape, dtype=like.dtype, device=like.device)
    module.eval()
    try:
        return module(batch)
    finally:
        for each, training in modes:
            each.training = training
