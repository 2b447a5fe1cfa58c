import subprocess
import sys

import pytest


@pytest.mark.parametrize("layer", ["plan", "records", "stats", "analysis"])
def test_what_reads_results_loads_neither_torch_nor_the_slow_part_of_scipy(layer: str) -> None:
    code = (
        "import importlib, pkgutil, sys, glasslab\n"
        f"package = importlib.import_module('glasslab.{layer}')\n"
        "for each in pkgutil.iter_modules(package.__path__, package.__name__ + '.'):\n"
        "    importlib.import_module(each.name)\n"
        "print(sorted({'torch', 'scipy.stats', 'sklearn', 'altair'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
