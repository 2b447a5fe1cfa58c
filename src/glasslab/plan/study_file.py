"""Reading a study: from TOML or plain tables to a Study, every problem found before anything runs."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from glasslab.errors import StudyError, nearest
from glasslab.plan.answers import (
    About,
    lacking_validation,
    read_also,
    read_baseline,
    read_claims,
    read_metric,
    read_replicates,
    read_reported,
)
from glasslab.plan.changes import (
    PARTS,
    TOP_KEYS,
    given_instead,
    laid_over,
    override_changes,
    quick_changes,
)
from glasslab.plan.probe import read_probes
from glasslab.plan.settings import Problems, is_plain, show
from glasslab.plan.study import Study, Variant
from glasslab.plan.tables import flat, merged, nested, without
from glasslab.plan.toml_text import read_toml
from glasslab.plan.toml_types import plain_tables
from glasslab.plan.variants import read_variants, variant_changes

TOP_TABLES = (*PARTS, "variants", "grid", "reported", "quick", "origin")
LARGEST_SEED = 2**32 - 1
MOST_SEEDS = 10_000

# What every system takes as a folder's name, but for the names that Windows keeps for devices.
FOLDER_NAME = re.compile(r'(?![ .])[^<>:"/\\|?*\x00-\x1f]{1,100}(?<![ .])')
DEVICE_NAME = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


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


class Origin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a resolved study was made of: the table that a study.toml in a study's folder ends with.

    Attributes:
        study: the shipped study's name or the file name that it came from.
        quick: whether [quick] has been applied.
        set: what --set changed, as "a.b=c".
        folder: where the study file stands.
    """

    study: str
    quick: bool
    set: list[str]
    folder: str


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
    tables = plain_tables(tables, problems)
    check_name(name, problems)
    check_shape(tables, problems)
    stop_if(problems)  # the rest would be echoes of these
    check_question(tables.get("question"), problems)
    quick = quick_changes(tables, problems)
    typed = override_changes(options.overrides, problems)
    if options.quick and "quick" not in tables:
        problems.add("[quick]", "is missing, so there is no quick form; add it, or run without --quick")
    own = {} if options.seeds is None else {"seeds": options.seeds}
    origin = origin_of(tables, name, options, folder)
    full = Form(tables, ({}, typed, own), folder_name(name, options), origin)
    short = Form(tables, (quick, typed, own), full.name, origin)
    study = read_form(short if options.quick else full, problems)
    if quick and not options.quick:
        note_quick(short, problems)
    stop_if(problems)
    assert study is not None  # noqa: S101 stop_if has raised otherwise
    return study


class Form(msgspec.Struct, frozen=True):
    """A study's tables with the changes that make one form of it.

    Attributes:
        tables: as the study file has them.
        changes: dotted names and values from [quick], --set and --seeds, the later over the earlier.
        name: names the study's folder.
        origin: what the study is made of.
    """

    tables: dict[str, Any]
    changes: tuple[dict[str, Any], dict[str, Any], dict[str, Any]]
    name: str
    origin: Origin

    @property
    def is_shortened(self) -> bool:
        """Whether [quick] or --set change it, and so perhaps how long it trains."""
        return bool(self.changes[0] or self.changes[1] or self.origin.quick or self.origin.set)

    @property
    def places(self) -> dict[str, str]:
        """How messages name the place of each setting that stands in [grid], [quick], --set or --seeds."""
        quick, typed, own = self.changes
        places = {key: f"[grid] {key}" for key in flat(self.tables.get("grid", {}))}
        places |= {key: f"[quick] {key}" for key in quick} | {key: f"--set {key}" for key in typed}
        return places | {key: f"--{key}" for key in own}


def note_quick(form: Form, problems: Problems) -> None:
    """Notes what only the quick form has wrong, so that it is known before it is needed."""
    only = Problems(problems.file)
    read_form(form, only)
    for sentence in only.found:
        if sentence not in problems.found:
            problems.found.append(sentence if "[quick]" in sentence else f"{sentence} (with [quick])")


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


def check_name(name: str, problems: Problems) -> None:
    """Notes a study's name that cannot name a folder on every system."""
    if not FOLDER_NAME.fullmatch(name) or DEVICE_NAME.fullmatch(name):
        problems.add(
            "name",
            f"{show(name)} cannot name a folder on every system; use letters, digits, - and _, at most 100",
        )


def check_shape(tables: Mapping[str, Any], problems: Problems) -> None:
    """Notes unknown keys at the top, tables that are none, and top-level keys that slipped into a table."""
    known = (*TOP_KEYS, *TOP_TABLES, "claims")
    for key, value in tables.items():
        if key not in known:
            place = f"[{key}]" if isinstance(value, Mapping) else key
            problems.add(place, f"is not a part of a study{nearest(key, known)}")
        elif key in TOP_TABLES and isinstance(value, list) and value and isinstance(value[0], Mapping):
            problems.add(f"[[{key}]]", f"is one table, not a list of them; begin it with [{key}]")
        elif key in TOP_TABLES and not isinstance(value, Mapping):
            problems.add(f"[{key}]", f"must be a table, got {show(value)}")
        elif key == "origin":
            check_origin(value, problems)
        elif key in TOP_TABLES:
            note_slipped(key, value, problems)


def check_question(question: Any, problems: Problems) -> None:
    """Notes a question that is missing or says nothing."""
    if question is None:
        problems.add("question", "is missing; say in one sentence what the study asks")
    elif not is_plain(question):
        rule = f"must say in one sentence, on one line, what the study asks, got {show(question)}"
        problems.add("question", rule)


def note_slipped(key: str, table: Mapping[str, Any], problems: Problems) -> None:
    """Notes top-level keys that stand below a table's heading, and so are part of it for TOML.

    A variant may be named as a key is, and [quick] may change the seeds.
    """
    for slipped in TOP_KEYS:
        is_variant = key in ("variants", "reported") and isinstance(table.get(slipped), Mapping)
        if slipped in table and not is_variant and (key, slipped) != ("quick", "seeds"):
            problems.add(
                f"[{key}] {slipped}",
                f"is a key of the whole study; move it above the first table, or it is part of [{key}]",
            )


def check_origin(table: Mapping[str, Any], problems: Problems) -> None:
    """Notes an [origin] that glasslab did not write."""
    try:
        msgspec.convert(table, Origin)
    except msgspec.ValidationError:
        problems.add("[origin]", "is glasslab's own note of where a study came from; leave it out")


def origin_of(tables: Mapping[str, Any], name: str, options: Options, folder: Path) -> Origin:
    """Returns what a study is made of, going on from what it was made of already."""
    was = Origin(name, False, [], str(folder.resolve()))
    if "origin" in tables:
        was = msgspec.convert(tables["origin"], Origin)
    return msgspec.structs.replace(was, quick=options.quick or was.quick, set=[*was.set, *options.overrides])


def resolve(form: Form, problems: Problems) -> dict[str, Any]:
    """Returns a form's tables with grid and changes folded in, so that they alone say what is run.

    Without variants after noting problems with them.
    """
    tables, changes = form.tables, reduce(laid_over, (nested(each) for each in form.changes))
    kept = {key: tables[key] for key in (*TOP_KEYS, "claims", "reported") if key in tables}
    if "seeds" in changes:
        kept["seeds"] = changes.pop("seeds")
    names = flat(changes)
    gone = [*names, *given_instead(names)]
    base = without({part: tables.get(part, {}) for part in PARTS}, gone)
    variants = {name: without(own, gone) for name, own in variant_changes(tables, problems).items()}
    origin = msgspec.to_builtins(form.origin)
    return {**kept, **merged(base, changes), "variants": variants, "origin": origin}


def read_form(form: Form, problems: Problems) -> Study | None:
    """Returns the study that a form's tables describe, or None after noting every problem found."""
    tables = resolve(form, problems)
    places, changes = form.places, tables["variants"]
    here = Problems(problems.file, {k: v for k, v in places.items() if k == "seeds"}, problems.found)
    variants = read_variants({part: tables[part] for part in PARTS}, changes, places, here)
    about = About(
        tuple(changes), lacking_validation(variants), None if form.is_shortened else longest(variants)
    )
    metric = read_metric(tables.get("metric", "test/accuracy"), "metric", about, here)
    seeds = read_seeds(tables.get("seeds", 1), here)
    probes = read_probes(tables.get("probes", []), here)
    if not changes:  # their names are not known, so nothing can be said of what is asked about them
        return None
    claims = read_claims(tables.get("claims", []), metric, about, here)
    reported = read_reported(tables.get("reported"), about, here)
    baseline = read_baseline(tables.get("baseline"), about, here)
    also = read_also(tables.get("also", []), about, here)
    replicates = read_replicates(tables.get("replicates"), here)
    if problems.found or metric is None:
        return None
    return Study(
        name=form.name,
        question=tables["question"],
        metric=metric,
        seeds=seeds,
        variants=variants,
        claims=claims,
        baseline=baseline,
        reported=reported,
        also=also,
        replicates=replicates,
        probes=probes,
        quick=form.origin.quick,
        overrides=tuple(form.origin.set),
        shipped=form.origin.study,
        folder=Path(form.origin.folder),
        tables=tables,
    )


def longest(variants: Sequence[Variant]) -> int | None:
    """Returns the most epochs that a variant trains, None where one counts steps."""
    epochs = [variant.recipe.course.epochs for variant in variants]
    return None if not epochs or None in epochs else max(each for each in epochs if each is not None)


def read_seeds(value: Any, problems: Problems) -> tuple[int, ...]:
    """Returns the seeds: 0 to n - 1 for a number n, or the list as given."""
    if type(value) is int:
        if 1 <= value <= MOST_SEEDS:
            return tuple(range(value))
        rule = f"must be from 1 to {MOST_SEEDS:,} (5 or more give an interval worth having), got {value}"
        problems.add("seeds", rule)
        return ()
    ok = isinstance(value, list) and value and all(type(s) is int and 0 <= s <= LARGEST_SEED for s in value)
    if not ok:
        rule = f"must be how many seeds, or a list of whole numbers from 0 to 2^32 - 1, got {show(value)}"
        problems.add("seeds", rule)
        return ()
    if len(set(value)) < len(value):
        problems.add("seeds", f"names a seed twice, which would count one run as two: {show(value)}")
    return tuple(value)


def study_toml(study: Study) -> str:
    """Returns the resolved study as the text of a study file, from which the same study can be read again."""
    return tomli_w.dumps(dict(study.tables))
