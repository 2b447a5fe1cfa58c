"""From tables to variants: base, changes and grid put together, and every variant's settings read."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from glasslab.plan.changes import PARTS, laid_over, not_a_setting
from glasslab.plan.data import PointSettings, Xor, read_data
from glasslab.plan.grid import check_names, crossed, expand_grid
from glasslab.plan.net import NumpyMlp, read_net
from glasslab.plan.recipe import CrossEntropy, Recipe, Sgd, read_recipe
from glasslab.plan.settings import Problems, one_line, part_name, show
from glasslab.plan.study import Variant
from glasslab.plan.tables import flat, nested

ONLY_VARIANT = "base"  # the name of the one variant of a study that varies nothing
MOST_NAMED = 5  # variants that a sentence lists


def variant_changes(tables: Mapping[str, Any], problems: Problems) -> dict[str, dict[str, Any]]:
    """Returns what each variant changes, by name: [variants], or [grid], or their product.

    Settings may be nested tables, as TOML makes them, or stand under dotted names. Empty after noting
    problems but for wrong names.
    """
    before = len(problems.found)
    if "variants" in tables and not tables["variants"]:
        problems.add("[variants]", "is empty; name at least one variant, or leave it out")
    for name, changes in tables.get("variants", {}).items():
        check_changes(name, changes, problems)
    if len(problems.found) > before:
        return {}
    variants = {name: nested(flat(own)) for name, own in tables.get("variants", {}).items()}
    check_names(variants, "[variants]", problems)
    if "grid" not in tables:
        return variants or {ONLY_VARIANT: {}}
    grid = nested(flat(tables["grid"]))
    check_parts("[grid]", grid, problems)
    points = expand_grid(grid, problems)
    made = crossed(variants, points, problems) if variants else points
    if len(problems.found) == before:
        check_names(made, "[grid]", problems)
    return made


def check_changes(name: str, changes: Any, problems: Problems) -> None:
    """Notes a variant that is not a table of changes to data, net or recipe."""
    if not isinstance(changes, Mapping):
        rule = f"must be a table such as {{ recipe.lr = 0.1 }}, got {show(changes)}"
        problems.add(f"[variants] {name}", rule)
        return
    meant = list(meant_names(name, changes))
    for dotted in meant:
        rule = f'TOML reads the dot in a bare name as a table; quote the name: "{dotted}" = ...'
        problems.add(f"[variants] {dotted}", rule)
    if not meant:
        check_parts(f"[variants] {name}:", nested(flat(changes)), problems)


def meant_names(name: str, changes: Mapping[str, Any]) -> Iterator[str]:
    """Yields the variants' names that TOML has turned into tables, as adam-0.01 without quotes is."""
    for key, below in changes.items():
        if key in PARTS or not isinstance(below, Mapping):
            continue
        dotted = f"{name}.{key}"
        if below.keys() & set(PARTS) or (not below and key[:1].isdigit()):
            yield dotted
        yield from meant_names(dotted, below)


def check_parts(place: str, changes: Mapping[str, Any], problems: Problems) -> None:
    """Notes changes to anything but data, net and recipe, and tables that should be."""
    for key, value in changes.items():
        if key not in PARTS:
            problems.add(f"{place} {key}", not_a_setting(key))
        elif not isinstance(value, Mapping):
            problems.add(
                f"{place} {key}", f"must be a table of settings, such as {key}.a = ..., got {show(value)}"
            )


def read_variants(
    base: Mapping[str, Any],
    changes: Mapping[str, Mapping[str, Any]],
    places: Mapping[str, str],
    problems: Problems,
) -> tuple[Variant, ...]:
    """Returns every variant with its settings read; empty after noting problems.

    Args:
        base: the tables data, net and recipe.
        changes: what each variant changes, by name.
        places: dotted settings that the grid, [quick] or --set wrote, with how messages name the place.
        problems: receives what is wrong, each sentence once, with the variants it concerns.
    """
    found: dict[str, list[str]] = {}
    variants = []
    for name, own in changes.items():
        written = {setting: f"[variants] {name}: {setting}" for setting in flat(own)} | dict(places)
        by_table = {in_table(setting): place for setting, place in written.items()}
        local = Problems(problems.file, by_table)
        variant = read_variant(name, laid_over(base, own), local)
        for sentence in local.found:
            found.setdefault(sentence, []).append(name)
        if variant is not None:
            variants.append(variant)
    for sentence, names in found.items():
        everywhere = len(names) == len(changes) or "[variants]" in sentence
        whose = "" if everywhere else one_line(f" (in variant {some(names)})")
        problems.found.append(sentence + whose)
    return () if found else tuple(variants)


def some(names: Sequence[str]) -> str:
    """Returns a list of names, cut where it is long."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def in_table(setting: str) -> str:
    """Returns how messages name a dotted setting's own place: "recipe.lr" is "[recipe] lr"."""
    part, _, key = setting.partition(".")
    return f"[{part}] {key.partition('.')[0]}"


def read_variant(name: str, tables: Mapping[str, Any], problems: Problems) -> Variant | None:
    """Returns one variant, or None after noting what is wrong with it."""
    data = read_data(tables.get("data", {}), problems)
    net = read_net(tables.get("net", {}), problems)
    recipe = read_recipe(tables.get("recipe", {}), problems)
    if data is None or net is None or recipe is None:
        return None
    variant = Variant(name, data, net, recipe)
    check_together(variant, problems)
    return None if problems.found else variant


def check_together(variant: Variant, problems: Problems) -> None:
    """Notes settings that are right alone and wrong together."""
    if isinstance(variant.net, NumpyMlp):
        check_by_hand(variant.recipe, problems)
    course = variant.recipe.course
    held_out = not isinstance(variant.data, Xor) and variant.data.validation > 0
    if course.patience is not None and not held_out:
        problems.add(
            "[recipe] patience",
            "early stopping looks at a validation set, never at the test set; set data.validation",
        )
    if course.keep == "best" and not held_out:
        problems.add(
            "[recipe] keep",
            "'best' is judged on a validation set, never on the test set; set data.validation",
        )
    if course.augment and isinstance(variant.data, PointSettings | Xor):
        problems.add("[recipe] augment", "is for images; points in the plane have no pixels to crop or flip")


def check_by_hand(recipe: Recipe, problems: Problems) -> None:
    """Notes what of a recipe the network by hand has no backward pass or step for."""
    optimizer, loss = recipe.optimizer, recipe.loss
    if not isinstance(optimizer, Sgd):
        rule = f"net 'numpy-mlp' has plain SGD only, got '{part_name(optimizer)}'; set optimizer = 'sgd'"
        problems.add("[recipe] optimizer", rule)
    elif optimizer.momentum > 0:
        rule = f"net 'numpy-mlp' has SGD without momentum only, got {optimizer.momentum}; leave it out"
        problems.add("[recipe] momentum", rule)
    if not isinstance(loss, CrossEntropy):
        rule = f"net 'numpy-mlp' has cross-entropy only, got '{part_name(loss)}'; set loss = 'cross-entropy'"
        problems.add("[recipe] loss", rule)
    elif loss.label_smoothing > 0:
        rule = f"net 'numpy-mlp' has none, got {loss.label_smoothing}; leave it out"
        problems.add("[recipe] label_smoothing", rule)
