"""Data sets: found or made, checked, split, and put on the device as tensors."""
