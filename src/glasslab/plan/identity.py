"""A run is known by its settings: the canonical form of a run and the hash that names its folder."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from glasslab.plan.data import Data
from glasslab.plan.net import Net, net_table
from glasslab.plan.recipe import Recipe, recipe_table
from glasslab.plan.settings import plain
from glasslab.plan.study import Variant

SCHEMA = 1  # raised when a default changes or a setting changes its meaning, so that old runs are not reused


@dataclass(frozen=True, slots=True)
class RunSettings:
    """Everything that determines a run's result on a given machine.

    Attributes:
        data: which examples.
        net: which network.
        recipe: how to train it.
        seed: decides start, order, augmentation, dropout and generated data.
    """

    data: Data
    net: Net
    recipe: Recipe
    seed: int

    @classmethod
    def of(cls, variant: Variant, seed: int) -> "RunSettings":
        """Returns the settings of one variant's run with one seed."""
        return cls(variant.data, variant.net, variant.recipe, seed)

    def table(self) -> dict[str, Any]:
        """Returns the settings as plain tables, every default filled in and unset ones left out."""
        return {
            "data": plain(self.data),
            "net": net_table(self.net),
            "recipe": recipe_table(self.recipe),
            "seed": self.seed,
        }


def identity(settings: RunSettings, data_fingerprint: str, net_source: str | None = None) -> dict[str, Any]:
    """Returns what a run's hash is taken over.

    A setting that is None is left out, so that one added later with the default None changes no hash. The
    path of a data file is left out too: its content counts, by its fingerprint.

    Args:
        settings: the run's settings.
        data_fingerprint: hash of the examples themselves.
        net_source: hash of a user's module; None for the lab's own nets.
    """
    table = settings.table()
    table["data"].pop("path", None)
    table["data"]["fingerprint"] = data_fingerprint
    if net_source is not None:
        table["net"]["source"] = net_source
    return {"schema": SCHEMA, **table}


def run_hash(known_by: dict[str, Any]) -> str:
    """Returns 10 hex digits of SHA-256 over the canonical JSON of an identity."""
    canonical = json.dumps(
        known_by, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )
    return hashlib.sha256(canonical.encode()).hexdigest()[:10]
