"""What a trained run is asked to be looked into with: probes by name, and settings of theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glasslab.errors import UsageError, nearest
from glasslab.plan.changes import override_value
from glasslab.plan.probe import PROBES, probe_name, probe_table, read_probe
from glasslab.plan.settings import Problems, Settings, show

Changes = Mapping[str, Mapping[str, Any]]
"""Probe -> setting -> value."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What to look with.

    Attributes:
        probes: their settings, in the order in which they look.
        named: names of those that were asked for by name, so that it is wrong use where they do not fit.
    """

    probes: tuple[Settings, ...]
    named: frozenset[str]


def read_asked(names: Sequence[str], changes: Changes, usual: Sequence[Settings] = ()) -> Asked:
    """Returns the probes that were asked for, with the settings that were asked for laid over the usual ones.

    Args:
        names: of probes; empty for all that there are.
        changes: settings of probes.
        usual: settings of those probes that the run's study names; all others have their defaults.

    Raises:
        UsageError: with everything that is wrong, a line each.
    """
    wrong = [f"--probe {name}: no such probe{nearest(name, PROBES)}" for name in names if name not in PROBES]
    for name, own in changes.items():
        if name not in PROBES:
            wrong.append(f"--set {name}: no such probe{nearest(name, PROBES)}")
        elif names and name not in names:
            wrong.append(f"--set {name}: is not among the probes asked for; add --probe {name}")
        elif not isinstance(own, Mapping):
            wrong.append(f"{name}: must be a table of settings, got {show(own)}")
    if wrong:
        raise UsageError("\n".join(wrong))
    places = {f"probes, {name}: {key}": f"{name}.{key}" for name, own in changes.items() for key in own}
    problems = Problems("--set", places)
    before = {probe_name(probe): probe_table(probe) for probe in usual}
    wanted = dict.fromkeys(names or PROBES)
    tables = [{"name": name} | before.get(name, {}) | dict(changes.get(name, {})) for name in wanted]
    probes = [read_probe(table, problems) for table in tables]
    if problems.found:
        raise UsageError("\n".join(problems.found))
    return Asked(tuple(each for each in probes if each is not None), frozenset([*names, *changes]))


def read_changes(texts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Returns the settings that "probe.key=value" texts write; the value is read as TOML, else as a text.

    Raises:
        UsageError: when a text has another form.
    """
    changes: dict[str, dict[str, Any]] = {}
    for text in texts:
        place, equals, value = (part.strip() for part in text.partition("="))
        name, dot, key = place.partition(".")
        if not (equals and dot and name and key):
            raise UsageError(f"--set needs the form probe.key=value, such as boundary.side=61, got '{text}'")
        changes.setdefault(name, {})[key] = override_value(value)
    return changes
