"""A study: a question, a metric, variants and seeds, as a frozen value."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from glasslab.plan.claim import Claim
from glasslab.plan.data import Data
from glasslab.plan.metric import Metric
from glasslab.plan.net import Net, net_table
from glasslab.plan.recipe import Recipe, recipe_table
from glasslab.plan.settings import Settings, plain


@dataclass(frozen=True, slots=True)
class Variant:
    """One named setting of everything.

    Attributes:
        name: as in [variants], or the grid's values joined with "-".
        data: which examples.
        net: which network.
        recipe: how to train it.
    """

    name: str
    data: Data
    net: Net
    recipe: Recipe

    def table(self) -> dict[str, dict[str, Any]]:
        """Returns the settings as the tables data, net and recipe, every default filled in."""
        return {"data": plain(self.data), "net": net_table(self.net), "recipe": recipe_table(self.recipe)}

    def settings(self) -> dict[str, Any]:
        """Returns the settings under dotted names: "recipe.lr"."""
        return {f"{part}.{key}": v for part, table in self.table().items() for key, v in table.items()}


@dataclass(frozen=True, slots=True)
class Reported:
    """Numbers that somebody else published, one run each unless they said.

    Attributes:
        source: where they stand.
        values: metric -> variant -> value, in the metric's unit (accuracies as shares).
    """

    source: str
    values: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Study:
    """A question, and everything that answering it takes.

    Attributes:
        name: names the study folder.
        question: the sentence that the report answers.
        metric: what variants are compared by.
        seeds: one run of every variant for each.
        variants: in the order written.
        claims: statements to test.
        baseline: the variant that pairs are compared with; None compares all pairs.
        reported: published numbers to show beside the measured ones.
        also: metrics to show beside the one that decides.
        replicates: the experiment of a report that the study does again, such as "E4"; empty for none.
        probes: the ways to look inside, with their settings.
        quick: whether [quick] has been applied.
        overrides: what --set changed, as "a.b=c".
        shipped: the shipped study's name or the file name that it came from.
        folder: where the study file stands; its paths and modules are relative to it.
        tables: the study as plain tables with quick and overrides folded in, as study.toml keeps it.
    """

    name: str
    question: str
    metric: Metric
    seeds: tuple[int, ...]
    variants: tuple[Variant, ...]
    claims: tuple[Claim, ...] = ()
    baseline: str | None = None
    reported: Reported | None = None
    also: tuple[Metric, ...] = ()
    replicates: str = ""
    probes: tuple[Settings, ...] = ()
    quick: bool = False
    overrides: tuple[str, ...] = ()
    shipped: str = ""
    folder: Path = Path()
    tables: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def variant(self, name: str) -> Variant:
        """Returns the variant of this name.

        Raises:
            KeyError: when there is none.
        """
        for each in self.variants:
            if each.name == name:
                return each
        raise KeyError(name)

    def differing(self) -> tuple[str, ...]:
        """Returns the dotted names of the settings that are not the same in every variant."""
        tables = [variant.settings() for variant in self.variants]
        names = dict.fromkeys(name for table in tables for name in table)
        return tuple(n for n in names if any(t.get(n) != tables[0].get(n) for t in tables[1:]))

    def twins(self) -> dict[str, str]:
        """Returns each variant whose settings equal an earlier one's, with that one's name."""
        first: dict[str, str] = {}
        same: dict[str, str] = {}
        for variant in self.variants:
            key = json.dumps(variant.table(), sort_keys=True)
            if key in first:
                same[variant.name] = first[key]
            else:
                first[key] = variant.name
        return same
