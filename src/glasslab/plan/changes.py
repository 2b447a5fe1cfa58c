"""What changes a study's settings: the rules for naming them, [quick], and --set."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from glasslab.errors import nearest
from glasslab.plan.data import DATASETS
from glasslab.plan.net import NETS
from glasslab.plan.recipe import recipe_names
from glasslab.plan.settings import Problems
from glasslab.plan.tables import flat, merged, without
from glasslab.plan.toml_text import toml_value
from glasslab.plan.toml_types import is_date, plain_value

PARTS = ("data", "net", "recipe")
TOP_KEYS = ("question", "metric", "also", "seeds", "probes", "baseline", "replicates")

# A setting that is given instead of others takes them away when it is written later than they are.
INSTEAD = {"recipe.epochs": ("recipe.steps", "recipe.evaluate_every"), "recipe.steps": ("recipe.epochs",)}


def laid_over(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Returns base settings with changes laid over them; steps replace epochs, and epochs steps."""
    return merged(without(base, given_instead(flat(changes))), changes)


def given_instead(names: Iterable[str]) -> list[str]:
    """Returns the settings that these ones take away."""
    written = set(names)
    return [each for name in INSTEAD if name in written for each in INSTEAD[name] if each not in written]


def quick_changes(tables: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
    """Returns what [quick] changes, under dotted names, after noting what it cannot change."""
    if "quick" not in tables:
        return {}
    changes = flat(tables["quick"])
    if not changes:
        problems.add("[quick]", "is empty; say what it changes, such as recipe.epochs = 1, or leave it out")
    return {name: value for name, value in changes.items() if changeable("[quick]", name, problems)}


def override_changes(overrides: Sequence[str], problems: Problems) -> dict[str, Any]:
    """Returns what "a.b=c" texts change, under dotted names; c is read as TOML, else taken as text."""
    changes: dict[str, Any] = {}
    for text in overrides:
        name, equals, written = (part.strip() for part in text.partition("="))
        before = len(problems.found)
        if not equals or not name:
            problems.add("--set", f"needs the form a.b=c, such as recipe.lr=0.01, got '{text}'")
        elif changeable("--set", name, problems):
            value = plain_value(override_value(written), f"--set {name}", problems)
            changes |= {name: value} if len(problems.found) == before else {}
    return changes


def override_value(text: str) -> Any:
    """Returns the value that a text writes in TOML, or the text itself; a date is a text here."""
    try:
        value = toml_value(text)
    except ValueError:
        return text
    return text if is_date(value) else value


def changeable(place: str, name: str, problems: Problems) -> bool:
    """Returns whether a dotted name is "seeds" or a setting, after noting where it is neither."""
    part, *keys = name.split(".")
    if name == "seeds" or (part in PARTS and keys and all(keys)):
        return True
    problems.add(f"{place} {name}", not_a_setting(name, ("seeds",)))
    return False


def not_a_setting(name: str, others: Sequence[str] = ()) -> str:
    """Returns what to say of a name that should be a setting's, or one of these others, and is not."""
    if name in TOP_KEYS:
        return "is a key of the whole study, not a setting; it stands above the first table"
    if name in PARTS:
        return f"is a table of settings; name one of them: {name}.a = ..."
    known = setting_names()
    meant = [each for each in known if each.partition(".")[2] == name]
    if meant:
        return f"is not a setting; did you mean {' or '.join(repr(each) for each in meant)}?"
    close = nearest(name, [*PARTS, *others, *known])
    how = close if close.startswith("; did") else "; settings begin with data., net. or recipe."
    return f"is not a setting{how}"


def setting_names() -> list[str]:
    """Returns the dotted name of every setting that some data set, net or recipe takes."""
    names = {"data.name", "net.name", *(f"recipe.{name}" for name in recipe_names())}
    for part, parts in (("data", DATASETS), ("net", NETS)):
        for each in parts.values():
            names.update(f"{part}.{name}" for name in each.settings.__struct_fields__)
    return sorted(names)
