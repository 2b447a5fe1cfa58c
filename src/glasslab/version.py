"""The version of glasslab, on its own so that everything may read it."""

VERSION = "0.1.0"
