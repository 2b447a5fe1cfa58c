"""Networks: plain PyTorch modules built from their settings, one family a file."""
