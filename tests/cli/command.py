"""Calling the glasslab command in this process."""

import sys
from dataclasses import dataclass

import pytest

from glasslab.cli import main


@dataclass(frozen=True)
class Said:
    """What a command printed and returned."""

    code: int
    out: str
    err: str


class Command:
    """The command line, called as a person would call it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys

    def __call__(self, *words: str) -> Said:
        """Returns what `glasslab <words>` says."""
        self.monkeypatch.setattr(sys, "argv", ["glasslab", *words])
        self.monkeypatch.setenv("COLUMNS", "200")
        self.capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = self.capsys.readouterr()
        return Said(code, captured.out, captured.err)
