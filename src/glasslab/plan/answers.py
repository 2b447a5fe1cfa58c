"""Reading what a study wants answered: its metric, its claims, and the numbers others reported."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from glasslab.errors import nearest
from glasslab.plan.claim import Claim, parse_claim
from glasslab.plan.data import Xor
from glasslab.plan.expression import ExpressionError
from glasslab.plan.metric import Metric, parse_metric
from glasslab.plan.settings import Problems, show
from glasslab.plan.study import Reported, Variant

CLAIM_KEYS = ("says", "holds", "metric")


def read_metric(text: Any, place: str, variants: Sequence[Variant], problems: Problems) -> Metric | None:
    """Returns the metric that a text names, or None after noting what is wrong."""
    if not isinstance(text, str):
        problems.add(place, f"must be a text such as 'test/accuracy', got {show(text)}")
        return None
    try:
        metric = parse_metric(text)
    except ExpressionError as error:
        problems.add(place, str(error))
        return None
    lacking = [v.name for v in variants if isinstance(v.data, Xor) or v.data.validation == 0]
    if lacking and any(name.startswith("val/") for name in metric.names):
        problems.add(
            place, f"'{text}' needs a validation set; set data.validation (missing in {', '.join(lacking)})"
        )
        return None
    return metric


def read_claims(
    tables: Any, metric: Metric | None, variants: Collection[str], problems: Problems
) -> tuple[Claim, ...]:
    """Returns the claims, after noting what is wrong with any of them."""
    if not isinstance(tables, list) or not all(isinstance(each, Mapping) for each in tables):
        problems.add("[[claims]]", "must be tables, each begun with [[claims]] in double brackets")
        return ()
    read = [read_claim(each, i, metric, (variants, problems)) for i, each in enumerate(tables, start=1)]
    return tuple(claim for claim in read if claim is not None)


def read_claim(
    table: Mapping[str, Any], number: int, metric: Metric | None, to: tuple[Collection[str], Problems]
) -> Claim | None:
    """Returns one claim, or None after noting what is wrong."""
    variants, problems = to
    place = f"[[claims]] {number}"
    before = len(problems.found)
    for key in table.keys() - set(CLAIM_KEYS):
        problems.add(f"{place} {key}", f"is not a key of a claim{nearest(key, CLAIM_KEYS)}")
    for key in ("says", "holds"):
        if not isinstance(table.get(key), str) or not table[key].strip():
            problems.add(f"{place} {key}", "is missing; says = the claim in words, holds = 'a > b'")
    own = read_metric(table["metric"], f"{place} metric", (), problems) if "metric" in table else metric
    if len(problems.found) > before or own is None:
        return None
    try:
        return parse_claim(table["says"], table["holds"], own, variants)
    except ExpressionError as error:
        problems.add(f"{place} holds", f"'{table['holds']}': {error}")
        return None


def read_reported(table: Any, variants: Collection[str], problems: Problems) -> Reported | None:
    """Returns the numbers others reported, after noting what is wrong with them; None where none are."""
    if table is None:
        return None
    source = table.get("source")
    if not isinstance(source, str) or not source:
        problems.add("[reported] source", "is missing; say where the numbers stand")
    values: dict[str, dict[str, float]] = {}
    for name, row in table.items():
        if name == "source":
            continue
        try:
            values[parse_metric(name).text] = read_row(name, row, variants, problems)
        except ExpressionError as error:
            problems.add(f"[reported] {name}", str(error))
    return Reported(source=str(source), values=values)


def read_row(name: str, row: Any, variants: Collection[str], problems: Problems) -> dict[str, float]:
    """Returns the reported values of one metric by variant."""
    if not isinstance(row, Mapping):
        problems.add(f"[reported] {name}", f"must be a table of variants and numbers, got {show(row)}")
        return {}
    values = {}
    for variant, value in row.items():
        place = f"[reported] {name}: {variant}"
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if variant not in variants:
            problems.add(place, f"no variant '{variant}'{nearest(variant, variants)}")
        elif not number:
            problems.add(place, f"must be a number, got {show(value)}")
        elif "accuracy" in name and not 0 <= value <= 1:
            problems.add(place, f"accuracies are shares between 0 and 1 (0.978, not 97.8), got {show(value)}")
        else:
            values[variant] = float(value)
    return values
