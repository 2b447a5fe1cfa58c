import subprocess
import sys


def test_statistics_load_neither_torch_nor_the_slow_part_of_scipy() -> None:
    code = "import sys, glasslab.stats; print(sorted({'torch', 'scipy.stats'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
