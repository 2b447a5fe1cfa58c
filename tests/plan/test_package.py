import subprocess
import sys
from pathlib import Path

import glasslab.plan

MODULES = [f"glasslab.plan.{path.stem}" for path in Path(glasslab.plan.__file__).parent.glob("[a-z]*.py")]
HEAVY = {
    "torch",
    "numpy",
    "scipy",
    "sklearn",
    "altair",
    "rich",
    "typer",
    "jinja2",
    "PIL",
    "safetensors",
    "asyncio",
}


def loaded_after(code: str) -> set[str]:
    """Returns the packages that are loaded in a fresh Python after this code."""
    show = "; import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code + show], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_reading_a_study_loads_nothing_heavy() -> None:
    read = "from glasslab.plan.shipped import *; [find_study(name) for name in shipped_studies()]"
    loaded = loaded_after(f"import {', '.join(MODULES)}; {read}")
    assert not loaded & HEAVY
    assert "msgspec" in loaded
