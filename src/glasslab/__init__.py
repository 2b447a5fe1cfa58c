"""A lab for neural networks with glass walls: studies over seeds, honest statistics, traceable reports."""

from typing import Any

from glasslab.version import VERSION

__version__ = VERSION
__all__ = [
    "Results",
    "Study",
    "__version__",
    "compare",
    "inspect",
    "open_study",
    "results",
    "run",
    "shipped_studies",
    "write_inside_page",
    "write_report",
]


def __getattr__(name: str) -> Any:
    """Loads the lab when one of its names is first used, so that importing glasslab costs nothing."""
    if name in __all__:
        from glasslab import lab  # noqa: PLC0415

        return getattr(lab, name)
    raise AttributeError(f"module 'glasslab' has no attribute '{name}'")
