"""The data sets of a study: which of its variants were trained on the same examples."""

from dataclasses import dataclass

from glasslab.analysis.names import setting_value
from glasslab.analysis.results import Results, VariantResults
from glasslab.plan.settings import plain
from glasslab.records.run import Run

# Settings that leave the examples what they are: how many of them are used, and how they are scaled.
USE = ("train_limit", "test_limit", "validation", "normalize")


@dataclass(frozen=True, slots=True)
class DataSet:
    """One data set.

    Attributes:
        title: its name, with the settings that tell it from others of that name: "moons, noise 0.3".
        variants: those trained on it, in the study's order; twins left out.
    """

    title: str
    variants: tuple[VariantResults, ...]

    @property
    def runs(self) -> list[Run]:
        """Every run on it."""
        return [run for each in self.variants for run in each.runs.values()]


def datasets(results: Results) -> list[DataSet]:
    """Returns the study's data sets in the order in which its variants name them."""
    gathered: dict[tuple[tuple[str, str], ...], list[VariantResults]] = {}
    for each in results.variants:
        if each.same_as is None:
            gathered.setdefault(examples_of(each), []).append(each)
    keys = [dict(key) for key in gathered]
    return [DataSet(title(dict(key), keys), tuple(variants)) for key, variants in gathered.items()]


def examples_of(results: VariantResults) -> tuple[tuple[str, str], ...]:
    """Returns the settings that decide which examples a variant's data set has."""
    table = plain(results.variant.data)
    return tuple((name, setting_value(value)) for name, value in table.items() if name not in USE)


def title(own: dict[str, str], among: list[dict[str, str]]) -> str:
    """Returns a data set's name with what tells it from those of the same name."""
    alike = [each for each in among if each["name"] == own["name"]]
    told = [
        f"{name} {value}" for name, value in own.items() if any(each.get(name) != value for each in alike)
    ]
    return ", ".join([own["name"], *told])
