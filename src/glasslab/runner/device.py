"""The device that runs are trained on."""

import torch

from glasslab.errors import UsageError


def choose_device(name: str) -> str:
    """Returns the device that "auto" means here, or the one that was asked for.

    Raises:
        UsageError: when this machine does not have it.
    """
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return next(device for device, available in there.items() if available)
    if name not in there:
        raise UsageError(f"--device: must be one of auto, {', '.join(there)}, got '{name}'")
    if not there[name]:
        have = ", ".join(device for device, available in there.items() if available)
        raise UsageError(f"--device: this machine has no {name}; it has {have}")
    return name
