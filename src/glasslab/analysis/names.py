"""How metrics, expressions and settings are named for people."""

import re
from typing import Any

from glasslab.analysis.numbers import MINUS, TIMES, difference_unit, fixed, significant, unit
from glasslab.plan.expression import Linear
from glasslab.plan.metric import Metric

SPLIT_NAMES = {"train": "training", "val": "validation", "test": "test"}
RUN_QUANTITIES = {"seconds": "training time", "gradient_norm": "gradient norm"}
GRADIENTS = {
    "first": "mean gradient of the first layer",
    "last": "mean gradient of the last layer",
    "ratio": "gradient of the first layer over the last",
}
MODIFIED = {
    "max": "highest {} over epochs",
    "min": "lowest {} over epochs",
    "clean": "clean {}",
    "setbacks": "setbacks in {}",
}


def metric_name(metric: Metric) -> str:
    """Returns a metric in words: "test accuracy", "clean training accuracy − test accuracy"."""
    return expression_text(
        Linear(tuple((simple_name(name), weight) for name, weight in metric.expression.terms))
    )


def metric_heading(metric: Metric) -> str:
    """Returns a metric in words with its unit, to stand over a column or an axis: "test accuracy, %"."""
    its_unit = unit(metric)
    return f"{metric_name(metric)}, {its_unit}" if its_unit and not metric.exact else metric_name(metric)


def difference_heading(metric: Metric) -> str:
    """Returns what a difference in a metric is measured in: "difference in test accuracy, points"."""
    its_unit = difference_unit(metric)
    heading = f"difference in {metric_name(metric)}"
    return f"{heading}, {its_unit}" if its_unit and not metric.exact else heading


def simple_name(name: str) -> str:
    """Returns a simple metric in words: "test/accuracy" is "test accuracy"."""
    plain, _, modifier = name.partition(":")
    split, slash, quantity = plain.partition("/")
    if split == "gradient":
        return GRADIENTS[quantity] + (" at the start" if modifier else "")
    quantity, _, at = quantity.partition("@")
    said = f"{SPLIT_NAMES[split]} {quantity}" if slash else RUN_QUANTITIES.get(plain, plain)
    said = f"{said} after epoch {at}" if at else said
    return MODIFIED[modifier].format(said) if modifier else said


def expression_text(expression: Linear, with_constant: bool = False) -> str:
    """Returns an expression as one would write it: "relu − 0.5 × tanh"."""
    text = ""
    for name, weight in expression.terms:
        if weight == 0:
            continue
        factor = "" if abs(weight) == 1 else f"{significant(abs(weight), 3)} {TIMES} "
        text += joint(text, weight) + factor + name
    if with_constant and expression.constant:
        text += joint(text, expression.constant) + significant(abs(expression.constant), 3)
    return text


def joint(before: str, weight: float) -> str:
    """Returns the sign that stands before a term."""
    if before:
        return f" {MINUS} " if weight < 0 else " + "
    return MINUS if weight < 0 else ""


def setting_value(value: Any) -> str:
    """Returns a setting's value for people: true is "yes", a list has commas, what is not set is "–"."""
    if value is None or value in ((), []):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        inner = (
            "(" + setting_value(each) + ")" if isinstance(each, list | tuple) else setting_value(each)
            for each in value
        )
        return ", ".join(inner)
    if isinstance(value, float):
        return tidy(value)
    return str(value)


def tidy(number: float) -> str:
    """Returns a setting's number as short as it can be told: 0.001, 1e-08."""
    text = f"{number:.10g}"
    return re.sub(r"e([+-])0*(\d)", r"e\1\2", text) if 1e-5 > abs(number) > 0 else text


def bound(number: float, metric: Metric) -> str:
    """Returns a number that somebody set (a threshold, a margin) in a metric's unit, with no digit more."""
    scaled = 100 * number if metric.is_share else number
    if float(scaled).is_integer() and abs(scaled) >= 1e5:
        return fixed(scaled, 0)
    text = f"{scaled:.6g}"
    return fixed(scaled, len(text.partition(".")[2])) if "e" not in text else text
