import subprocess
import sys


def test_figures_and_report_load_neither_torch_nor_a_drawing_library() -> None:
    heavy = ("torch", "altair", "vl_convert")
    code = f"import sys, glasslab.report.html; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
