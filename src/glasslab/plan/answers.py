"""Reading what a study wants answered: its metrics, its claims, its baseline, and what others reported."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from glasslab.errors import nearest
from glasslab.plan.changes import TOP_KEYS
from glasslab.plan.claim import Claim, parse_claim
from glasslab.plan.data import Xor
from glasslab.plan.expression import ExpressionError
from glasslab.plan.metric import Metric, parse_metric
from glasslab.plan.settings import Problems, is_plain, show
from glasslab.plan.study import Reported, Variant

CLAIM_KEYS = ("says", "holds", "metric", "ours")
AS_SHARES = "accuracies are shares between 0 and 1 (0.978, not 97.8)"


@dataclass(frozen=True, slots=True)
class About:
    """What the variants are that metrics and claims speak of.

    Attributes:
        names: of all variants.
        unvalidated: names of those that hold out no validation set.
        epochs: that the longest of them trains; None where that says nothing of a metric at an epoch, as in
            a shortened form.
    """

    names: tuple[str, ...]
    unvalidated: tuple[str, ...]
    epochs: int | None = None


def lacking_validation(variants: Sequence[Variant]) -> tuple[str, ...]:
    """Returns the names of the variants that hold out no validation set."""
    return tuple(v.name for v in variants if isinstance(v.data, Xor) or v.data.validation == 0)


def read_metric(text: Any, place: str, about: About, problems: Problems) -> Metric | None:
    """Returns the metric that a text names, or None after noting what is wrong."""
    if not isinstance(text, str):
        problems.add(place, f"must be a text such as 'test/accuracy', got {show(text)}")
        return None
    try:
        metric = parse_metric(text)
    except ExpressionError as error:
        problems.add(place, str(error))
        return None
    if about.unvalidated and any(name.startswith("val/") for name in metric.names):
        which = "" if len(about.unvalidated) == len(about.names) else f" in {', '.join(about.unvalidated)}"
        problems.add(place, f"'{text}' needs a validation set; set data.validation{which}")
        return None
    if about.epochs is not None and latest(metric) > about.epochs:
        rule = f"'{text}' asks for epoch {latest(metric)}, and the training has {about.epochs}"
        problems.add(place, rule)
        return None
    return metric


def latest(metric: Metric) -> int:
    """Returns the last epoch that a metric names, as "test/loss@5" does; 0 where it names none."""
    return max(int(name.partition("@")[2] or 0) for name in metric.names)


def read_also(names: Any, about: About, problems: Problems) -> tuple[Metric, ...]:
    """Returns the metrics to show beside the study's own, after noting what is wrong with any of them."""
    if not isinstance(names, list):
        problems.add("also", f"must be a list of metrics, such as ['train/loss'], got {show(names)}")
        return ()
    read = [read_metric(name, "also", about, problems) for name in names]
    found = tuple(metric for metric in read if metric is not None)
    if len({metric.text for metric in found}) < len(found):
        problems.add("also", f"names a metric twice: {show(names)}")
    return found


def read_replicates(value: Any, problems: Problems) -> str:
    """Returns the experiment that the study does again, empty for none."""
    if value is None:
        return ""
    if not is_plain(value):
        problems.add("replicates", f"must name an experiment of a report, such as 'E4', got {show(value)}")
        return ""
    return str(value).strip()


def read_claims(tables: Any, metric: Metric | None, about: About, problems: Problems) -> tuple[Claim, ...]:
    """Returns the claims, after noting what is wrong with any of them."""
    if not isinstance(tables, list) or not all(isinstance(each, Mapping) for each in tables):
        rule = f"must be tables, each begun with [[claims]] in double brackets, got {show(tables)}"
        problems.add("[[claims]]", rule)
        return ()
    read = [read_claim(each, f"[[claims]] {i}", metric, about, problems) for i, each in enumerate(tables, 1)]
    return tuple(claim for claim in read if claim is not None)


def read_claim(
    table: Mapping[str, Any], place: str, metric: Metric | None, about: About, problems: Problems
) -> Claim | None:
    """Returns one claim, or None after noting what is wrong; `metric` is the study's."""
    before = len(problems.found)
    check_claim_keys(table, place, problems)
    ours = table.get("ours", False)
    if not isinstance(ours, bool):
        problems.add(f"{place} ours", f"must be true or false, got {show(ours)}")
    own = read_metric(table["metric"], f"{place} metric", about, problems) if "metric" in table else metric
    if len(problems.found) > before or own is None:
        return None
    try:
        claim = parse_claim(table["says"], table["holds"], own, about.names)
    except ExpressionError as error:
        problems.add(f"{place} holds", f"'{table['holds']}': {error}")
        return None
    if own.is_bounded and not undecided(claim):
        problems.add(f"{place} holds", f"'{table['holds']}': {AS_SHARES}")
    return msgspec.structs.replace(claim, ours=ours) if ours else claim


def check_claim_keys(table: Mapping[str, Any], place: str, problems: Problems) -> None:
    """Notes keys that a claim does not have, and those that it lacks."""
    for key in table:
        if key in TOP_KEYS and key not in CLAIM_KEYS:
            problems.add(f"{place} {key}", "is a key of the whole study; move it above the first table")
        elif key not in CLAIM_KEYS:
            problems.add(f"{place} {key}", f"is not a key of a claim{nearest(key, CLAIM_KEYS)}")
    for key, what in (("says", "the claim in words"), ("holds", "a comparison, such as 'a > b'")):
        if key not in table:
            problems.add(f"{place} {key}", f"is missing; it is {what}")
        elif not is_plain(table[key]):
            problems.add(f"{place} {key}", f"must be {what}, got {show(table[key])}")


def undecided(claim: Claim) -> bool:
    """Returns whether a claim about accuracies could come out either way while they lie between 0 and 1."""
    ranges = [each.bounds(*claim.metric.expression.bounds(0.0, 1.0)) for each in claim.differences]
    within_reach = claim.margin is None or all(claim.margin < max(-low, high) for low, high in ranges)
    return within_reach and all(low <= 0 <= high for low, high in ranges)


def read_reported(table: Any, about: About, problems: Problems) -> Reported | None:
    """Returns the numbers others reported, after noting what is wrong with them."""
    if table is None:
        return None
    source = table.get("source")
    if source is None:
        problems.add("[reported] source", "is missing; say where the numbers stand")
    elif not is_plain(source):
        problems.add("[reported] source", f"must say where the numbers stand, got {show(source)}")
    values: dict[str, dict[str, float]] = {}
    for name, row in table.items():
        if name == "source":
            continue
        try:
            metric = parse_metric(name)
        except ExpressionError as error:
            problems.add(f"[reported] {name}", str(error))
            continue
        values[metric.text] = read_row(metric, row, about, problems)
    return Reported(source=str(source), values=values)


def read_row(metric: Metric, row: Any, about: About, problems: Problems) -> dict[str, float]:
    """Returns the reported values of one metric by variant."""
    place = f"[reported] {metric.text}"
    if not isinstance(row, Mapping):
        problems.add(place, f"must be a table such as {{ relu = 0.978 }}, got {show(row)}")
        return {}
    values = {}
    low, high = metric.expression.bounds(0.0, 1.0)
    for variant, value in row.items():
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if isinstance(value, Mapping):
            rule = "TOML reads the dot in a bare name as a table; quote the variant's name"
            problems.add(f"{place}: {variant}", rule)
        elif variant not in about.names:
            problems.add(f"{place}: {variant}", f"no variant '{variant}'{nearest(variant, about.names)}")
        elif not number:
            problems.add(f"{place}: {variant}", f"must be a number, got {show(value)}")
        elif metric.is_bounded and not low <= value <= high:
            problems.add(f"{place}: {variant}", f"{AS_SHARES}, got {show(value)}")
        else:
            values[variant] = float(value)
    return values


def read_baseline(value: Any, about: About, problems: Problems) -> str | None:
    """Returns the name of the variant that pairs are compared with, after noting where there is none such."""
    if value is None or value in about.names:
        return None if value is None else str(value)
    problems.add("baseline", f"no variant {show(value)}{nearest(str(value), about.names)}")
    return None
