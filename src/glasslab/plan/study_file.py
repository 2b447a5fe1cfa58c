"""Reading a study: from TOML or plain tables to a Study, every problem found before anything runs."""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from glasslab.errors import StudyError, nearest
from glasslab.plan.answers import read_claims, read_metric, read_reported
from glasslab.plan.probe import PROBES
from glasslab.plan.settings import Problems, show
from glasslab.plan.study import Study
from glasslab.plan.tables import flat, merged, nested
from glasslab.plan.variants import PARTS, read_variants, variant_changes

TOP_KEYS = ("question", "metric", "seeds", "probes", "baseline")
TOP_TABLES = (*PARTS, "variants", "grid", "reported", "quick", "origin")
LARGEST_SEED = 2**32 - 1


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line or a caller changes about a study.

    Attributes:
        quick: apply the study's [quick].
        overrides: "a.b=c" texts that override everything else.
        seeds: so many seeds instead of the study's.
    """

    quick: bool = False
    overrides: tuple[str, ...] = ()
    seeds: int | None = None


def read_toml(path: Path) -> dict[str, Any]:
    """Returns the tables of a TOML file.

    Raises:
        StudyError: when the file cannot be read or is not TOML, with the line and column.
    """
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise StudyError([f"{path}: cannot be read ({error.strerror})"]) from error
    except UnicodeDecodeError as error:
        raise StudyError([f"{path.name}: is not UTF-8 text; save it as UTF-8"]) from error
    except tomllib.TOMLDecodeError as error:
        raise StudyError([f"{path.name}: is not TOML: {error}"]) from error


def read_study(path: Path, options: Options | None = None) -> Study:
    """Returns the study that a file describes.

    Args:
        path: the study file; one named study.toml is called after its folder.
        options: what to change about it.

    Raises:
        StudyError: with every problem found.
    """
    name = path.resolve().parent.name if path.name == "study.toml" else path.stem
    return make_study(read_toml(path), name, options or Options(), folder=path.parent, file=path.name)


def make_study(
    tables: Mapping[str, Any], name: str, options: Options, *, folder: Path = Path(), file: str = ""
) -> Study:
    """Returns the study that plain tables describe, in the form of a study file.

    Args:
        tables: what a study file holds, as nested tables and lists.
        name: names the study's folder.
        options: what to change about it.
        folder: paths and modules in the study are relative to it.
        file: how messages name the study; its name when empty.

    Raises:
        StudyError: with every problem found.
    """
    problems = Problems(file or name)
    tables = msgspec.to_builtins(tables)
    check_shape(tables, problems)
    quick = quick_changes(tables, problems) if options.quick else {}
    typed = override_changes(options.overrides, problems)
    stop_if(problems)
    changes = merged(nested(quick), nested(typed))
    if options.seeds is not None:
        changes["seeds"] = options.seeds
    places = {key: f"[grid] {key}" for key in flat(tables.get("grid", {}))}
    places |= {key: f"[quick] {key}" for key in quick} | {key: f"--set {key}" for key in typed}
    resolved = resolve(tables, changes, problems)
    stop_if(problems)
    was = tables.get("origin", {})
    resolved["origin"] = {
        "study": was.get("study", name),
        "quick": options.quick or bool(was.get("quick", False)),
        "set": [*was.get("set", []), *options.overrides],
        "folder": str(was.get("folder", folder.resolve())),
    }
    return build(resolved, folder_name(name, options), places, problems)


def stop_if(problems: Problems) -> None:
    """Raises a StudyError with everything found so far, if anything was."""
    if problems.found:
        raise StudyError(problems.found)


def folder_name(name: str, options: Options) -> str:
    """Returns the name of a study's folder; quick and overridden studies have folders of their own."""
    made = f"{name}-quick" if options.quick else name
    if options.overrides:
        made += "-set-" + hashlib.sha256("\n".join(options.overrides).encode()).hexdigest()[:6]
    return made


def check_shape(tables: Mapping[str, Any], problems: Problems) -> None:
    """Notes unknown keys at the top, tables that are none, and top-level keys that slipped into a table."""
    known = (*TOP_KEYS, *TOP_TABLES, "claims")
    for key, value in tables.items():
        if key not in known:
            problems.add(key, f"is not a key of a study{nearest(key, known)}")
        elif key in TOP_TABLES and not isinstance(value, Mapping):
            problems.add(f"[{key}]", f"must be a table, got {show(value)}")
        elif key in TOP_TABLES:
            for slipped in [k for k in TOP_KEYS if k in value and key != "quick"]:
                problems.add(
                    f"[{key}] {slipped}",
                    f"is a key of the whole study; move it above the first table, or it is part of [{key}]",
                )
    if not isinstance(tables.get("question", ""), str) or not tables.get("question"):
        problems.add("question", "is missing; say in one sentence what the study asks")


def quick_changes(tables: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
    """Returns what [quick] changes, under dotted names."""
    if "quick" not in tables:
        problems.add("[quick]", "is missing, so there is no quick form; add it, or run without --quick")
    changes = flat(tables.get("quick", {}))
    for name in changes:
        check_changeable(f"[quick] {name}", name, problems)
    return changes


def override_changes(overrides: Sequence[str], problems: Problems) -> dict[str, Any]:
    """Returns what "a.b=c" texts change, under dotted names; c is read as TOML, else taken as text."""
    changes: dict[str, Any] = {}
    for text in overrides:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name:
            problems.add("--set", f"needs the form a.b=c, such as recipe.lr=0.01, got '{text}'")
            continue
        check_changeable(f"--set {name}", name, problems)
        try:
            changes[name] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            changes[name] = value
    return changes


def check_changeable(place: str, name: str, problems: Problems) -> None:
    """Notes a dotted name that is neither "seeds" nor a setting of data, net or recipe."""
    part, dot, rest = name.partition(".")
    if name != "seeds" and not (part in PARTS and dot and rest):
        problems.add(
            place, "is not a setting; settings begin with data., net. or recipe., and seeds stands alone"
        )


def resolve(tables: Mapping[str, Any], changes: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
    """Returns the study's tables with grid and changes folded in, so that they alone say what is run."""
    kept = {key: tables[key] for key in (*TOP_KEYS, "claims", "reported") if key in tables}
    if "seeds" in changes:
        kept["seeds"] = changes["seeds"]
    settings = {part: changes[part] for part in PARTS if part in changes}
    base = {part: tables.get(part, {}) for part in PARTS}
    replaced = flat(settings).keys()
    variants = {
        name: nested({key: value for key, value in flat(own).items() if key not in replaced})
        for name, own in variant_changes(tables, problems).items()
    }
    return {**kept, **merged(base, settings), "variants": variants}


def build(tables: Mapping[str, Any], name: str, places: Mapping[str, str], problems: Problems) -> Study:
    """Returns the study of resolved tables.

    Raises:
        StudyError: with every problem found.
    """
    changes = tables["variants"]
    variants = read_variants({part: tables[part] for part in PARTS}, changes, places, problems)
    metric = read_metric(tables.get("metric", "test/accuracy"), "metric", variants, problems)
    claims = read_claims(tables.get("claims", []), metric, changes, problems)
    reported = read_reported(tables.get("reported"), changes, problems)
    seeds = read_seeds(tables.get("seeds", 1), problems)
    probes = read_probes(tables.get("probes", []), problems)
    baseline = tables.get("baseline")
    if baseline is not None and baseline not in changes:
        problems.add("baseline", f"no variant {show(baseline)}{nearest(str(baseline), changes)}")
    stop_if(problems)
    assert metric is not None  # noqa: S101 stop_if has raised otherwise
    origin = tables["origin"]
    return Study(
        name=name,
        question=tables["question"],
        metric=metric,
        seeds=seeds,
        variants=variants,
        claims=claims,
        baseline=baseline,
        reported=reported,
        probes=probes,
        quick=origin["quick"],
        overrides=tuple(origin["set"]),
        shipped=origin["study"],
        folder=Path(origin["folder"]),
        tables=tables,
    )


def read_seeds(value: Any, problems: Problems) -> tuple[int, ...]:
    """Returns the seeds: 0 to n - 1 for a number n, or the list as given."""
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 1:
            problems.add("seeds", f"must be 1 or more (5 or more give an interval worth having), got {value}")
        return tuple(range(value))
    ok = isinstance(value, list) and value and all(type(s) is int and 0 <= s <= LARGEST_SEED for s in value)
    if not ok:
        problems.add(
            "seeds", f"must be a whole number of 1 or more, or a list of whole numbers, got {show(value)}"
        )
        return ()
    if len(set(value)) < len(value):
        problems.add("seeds", f"names a seed twice, which would count one run as two: {show(value)}")
    return tuple(value)


def read_probes(value: Any, problems: Problems) -> tuple[str, ...]:
    """Returns the names of the probes."""
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        problems.add("probes", f"must be a list of names, got {show(value)}")
        return ()
    for name in value:
        if name not in PROBES:
            problems.add("probes", f"no probe '{name}'{nearest(name, PROBES)}")
    return tuple(value)


def study_toml(study: Study) -> str:
    """Returns the resolved study as the text of a study file, from which the same study can be read again."""
    return tomli_w.dumps(dict(study.tables))
