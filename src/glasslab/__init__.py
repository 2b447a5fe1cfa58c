"""A lab for neural networks with glass walls."""

__version__ = "0.1.0"
