"""The command as a fixture, and a study small enough for tests."""

from pathlib import Path

import pytest

from tests.cli.command import Command

TINY = """
question = "Does width help on two moons?"
metric   = "test/accuracy"
seeds    = 2
baseline = "narrow"

[data]
name    = "moons"
samples = 100

[net]
name = "mlp"

[recipe]
lr         = 0.02
epochs     = 3
batch_size = 16

[variants]
narrow = { net.widths = [2] }
wide   = { net.widths = [32] }

[[claims]]
says  = "Width helps"
holds = "wide > narrow"

[reported]
source = "a test"
"test/accuracy" = { wide = 0.97 }

[quick]
recipe.epochs = 1
"""


@pytest.fixture
def glasslab(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], in_tmp: Path) -> Command:
    """The command, called in an empty folder."""
    return Command(monkeypatch, capsys)


@pytest.fixture
def tiny(in_tmp: Path) -> str:
    """A study file of a few milliseconds."""
    (in_tmp / "tiny.toml").write_text(TINY)
    return "tiny.toml"
