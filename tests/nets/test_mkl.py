"""MKL's kernels, asked for by the environment; in processes of their own, since the choice is made once."""

import os
import platform
import subprocess
import sys

import pytest

from glasslab.nets.mkl import LIBRARY
from glasslab.records.machine import mkl_entry

SCRIPT = """
import ctypes, torch
from glasslab.nets.mkl import LIBRARY, QUESTION, choose_kernels
chosen = choose_kernels()
answer = getattr(ctypes.CDLL(str(LIBRARY)), QUESTION)() if LIBRARY.exists() else None
a, b = torch.randn(300, 200), torch.randn(200, 100)
exact = (a.double() @ b.double()).float()
print(chosen, answer, torch.allclose(a @ b, exact, atol=1e-4))
"""

here = pytest.mark.skipif(
    not sys.platform.startswith("linux") or platform.machine() != "x86_64" or not LIBRARY.exists(),
    reason="PyTorch multiplies by MKL on x86-64 only, and is asked on Linux only",
)


def said(value: str | None) -> subprocess.CompletedProcess[str]:
    environment = {name: own for name, own in os.environ.items() if name != "GLASSLAB_MKL"}
    environment |= {} if value is None else {"GLASSLAB_MKL": value}
    command = [sys.executable, "-c", SCRIPT]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_mkl_is_left_alone_unless_it_is_asked_for() -> None:
    assert said(None).stdout.split()[0] == "False"


@here
def test_where_it_is_asked_for_mkl_takes_the_processor_for_intels_and_multiplies_as_before() -> None:
    assert said("intel").stdout.split() == ["True", "1", "True"]


def test_another_value_is_refused() -> None:
    assert "GLASSLAB_MKL: must be 'intel' or unset, got 'amd'" in said("amd").stderr


def test_the_machines_fingerprint_says_which_kernels_were_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GLASSLAB_MKL", raising=False)
    assert mkl_entry() == {}
    monkeypatch.setenv("GLASSLAB_MKL", "intel")
    assert mkl_entry() == {"mkl": "intel"}
