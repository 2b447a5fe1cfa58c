"""Metrics: what of a run is compared. "test/accuracy", "test/loss@1", "parameters", expressions."""

import re

import msgspec

from glasslab.errors import nearest
from glasslab.plan.expression import ExpressionError, Linear, Vocabulary, parse_linear

SPLITS = ("train", "val", "test")
QUANTITIES = ("accuracy", "loss")
OF_A_RUN = ("parameters", "seconds", "epochs", "gradient_norm")
OF_THE_CURVE = ("max", "min", "setbacks")
LAYERS = ("first", "last", "ratio")

MEASURED = re.compile(r"(train|val|test)/(accuracy|loss)(?:@[1-9]\d{0,8}|:(max|min|setbacks|clean))?")
GRADIENT = re.compile(r"gradient/(first|last|ratio)(:start)?")


class Metric(msgspec.Struct, frozen=True):
    """A quantity of a finished run, or a linear expression of several.

    Attributes:
        text: as written; the name of the metric everywhere.
        expression: over metric names, each of them `split/quantity`, `split/quantity:modifier`,
            `split/quantity@epoch`, `gradient/layer`, or one of parameters, seconds, epochs, gradient_norm.
    """

    text: str
    expression: Linear

    @property
    def names(self) -> tuple[str, ...]:
        """The simple metrics that the expression needs."""
        return self.expression.names

    @property
    def is_share(self) -> bool:
        """Whether the value is a share of examples, to be shown in per cent."""
        return all("accuracy" in name for name in self.names)

    @property
    def is_bounded(self) -> bool:
        """Whether each of its terms lies between 0 and 1; setbacks are sums and may be more."""
        return self.is_share and not any(name.endswith(":setbacks") for name in self.names)

    @property
    def higher_is_better(self) -> bool:
        """Whether more of it is better; an expression is judged by its first test term, or else its first.

        So the gap between training and test accuracy is better when it is smaller.
        """
        terms = self.expression.terms
        name, weight = next((term for term in terms if term[0].startswith("test/")), terms[0])
        rises = ("accuracy" in name and not name.endswith(":setbacks")) or name.startswith("gradient/")
        return rises == (weight > 0)

    @property
    def chosen_on_test(self) -> bool:
        """Whether the value is the best over epochs as judged on the test set itself."""
        return any(name.startswith("test/") and name.endswith((":max", ":min")) for name in self.names)

    @property
    def exact(self) -> bool:
        """Whether the value has no randomness in it: a count of parameters."""
        return set(self.names) == {"parameters"}


def is_metric_name(word: str) -> bool:
    """Returns whether a word is a simple metric, such as "test/accuracy:max"."""
    matched = MEASURED.fullmatch(word)
    if not matched:
        return word in OF_A_RUN or GRADIENT.fullmatch(word) is not None
    return matched[3] != "clean" or matched[1] == "train"


def metric_names() -> list[str]:
    """Returns every simple metric's name, but for those at an epoch, "test/loss@1"."""
    plain = [f"{split}/{quantity}" for split in SPLITS for quantity in QUANTITIES]
    curves = [f"{name}:{modifier}" for name in plain for modifier in OF_THE_CURVE]
    gradients = [f"gradient/{layer}{start}" for layer in LAYERS for start in ("", ":start")]
    return [*plain, *curves, "train/accuracy:clean", "train/loss:clean", *gradients, *OF_A_RUN]


def unknown_metric(word: str) -> str:
    """Returns what to say about a word that is no metric."""
    if word.endswith(":clean"):
        return f"no metric '{word}'; only train metrics have :clean (validation and test are always clean)"
    if word in QUANTITIES:
        return f"no metric '{word}'; did you mean 'test/{word}'?"
    return f"no metric '{word}'{nearest(word, metric_names())}"


def parse_metric(text: str) -> Metric:
    """Returns the metric that `text` writes.

    Raises:
        ExpressionError: when a word is no metric, or no metric is left when all is put together.
    """
    expression = parse_linear(text, Vocabulary(is_metric_name, unknown_metric))
    if not expression.terms:
        raise ExpressionError(f"'{text}' names no metric, or metrics that cancel")
    return Metric(text=" ".join(text.split()), expression=expression)
