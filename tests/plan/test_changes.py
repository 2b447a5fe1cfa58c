from typing import Any

from glasslab.plan.study import Study
from tests.plan.small import small

SLIPPED = "is a key of the whole study; move it above the first table, or it is part of [quick]"


def rates(study: Study) -> list[float]:
    """Returns each variant's learning rate."""
    return [variant.recipe.optimizer.lr for variant in study.variants]


def test_each_place_goes_over_the_one_before() -> None:
    tables: dict[str, Any] = {"recipe": {"lr": 1, "epochs": 2}}
    assert rates(small(**tables)) == [1]
    tables["variants"] = {"a": {"recipe": {"lr": 2}}, "b": {}}
    assert rates(small(**tables)) == [2, 1]
    tables["quick"] = {"recipe": {"lr": 3}}
    assert rates(small(**tables)) == [2, 1]
    assert rates(small(**tables, quick=True)) == [3, 3]  # type: ignore[misc]
    assert rates(small("recipe.lr=4", **tables, quick=True)) == [4, 4]  # type: ignore[misc]
    assert rates(small("recipe.lr=4", "recipe.lr=5", **tables)) == [5, 5]
