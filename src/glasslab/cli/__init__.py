"""The command line: one command a file, and the only place that prints."""

from glasslab.cli.app import main

__all__ = ["main"]
