import importlib.util
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import msgspec

from glasslab.plan.data import DATASETS
from glasslab.plan.net import NETS
from glasslab.plan.probe import PROBES
from glasslab.plan.recipe import CHOICES, Course

ROOT = Path(__file__).parents[2]
TABLES = [DATASETS, NETS, PROBES, *(parts for _, parts in CHOICES.values())]


def script() -> ModuleType:
    """Returns scripts/settings-reference as a module."""
    loader = SourceFileLoader("settings_reference", str(ROOT / "scripts" / "settings-reference"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_the_page_of_settings_is_up_to_date() -> None:
    shown = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert shown == script().page(), "run .venv/bin/python scripts/settings-reference"


def test_the_page_names_every_part_and_every_setting() -> None:
    page = script().page()
    for name, part in (each for table in TABLES for each in table.items()):
        assert f"\n### `{name}`\n" in page
        assert all(f"\n| `{setting}` | " in page for setting in part.settings.__struct_fields__)
    assert all(f"\n| `{setting}` | " in page for setting in Course.__struct_fields__)


def test_every_setting_has_a_meaning() -> None:
    meanings = script().meanings
    for part in (part for table in TABLES for part in table.values()):
        said = meanings(part.settings)
        assert all(len(said[field.name]) > 5 for field in msgspec.structs.fields(part.settings))
