from typing import Any

import pytest

from glasslab.plan.recipe import (
    CHOICES,
    LOSSES,
    OPTIMIZERS,
    SCHEDULES,
    Adam,
    Constant,
    Course,
    CrossEntropy,
    Loss,
    Optimizer,
    Recipe,
    Schedule,
    read_recipe,
    recipe_table,
    setting_names,
)
from glasslab.plan.settings import Problems, kinds
from tests.plan.small import TABLES, told

KNOWN = (
    "augment, batch_size, betas, clip_norm, decay, decay_epochs, epochs, eps, evaluate_every, final_share, "
    "initial_accumulator, keep, label_smoothing, loss, lr, momentum, monitor, nesterov, optimizer, patience, "
    "precision, rise, schedule, smoothing, steps, warmup_epochs, weight_decay"
)


def read(**table: Any) -> tuple[Recipe | None, list[str]]:
    """Returns the recipe in a table, and what is said of it."""
    problems = Problems("s")
    return read_recipe(table, problems), problems.found


def test_a_rate_and_a_length_are_all_that_a_recipe_needs() -> None:
    recipe, found = read(lr=0.1, epochs=2)
    assert found == []
    assert recipe == Recipe(
        optimizer=Adam(lr=0.1), schedule=Constant(), loss=CrossEntropy(), course=Course(epochs=2)
    )


@pytest.mark.parametrize(
    "more, sentence",
    [
        ({"lr": -0.1}, "lr: must be a number above 0, got -0.1"),
        ({"lr": float("nan")}, "lr: must be a number above 0, got nan (NaN and infinity are refused)"),
        ({"lr": "0.1"}, "lr: must be a number above 0, got '0.1'; write 0.1, without quotes"),
        (
            {"lr": [0.1, 0.2]},
            "lr: must be a number above 0, got [0.1, 0.2]; values to try in turn stand in [grid]",
        ),
        ({"optimizer": "adm"}, "optimizer: no optimizer 'adm'; did you mean 'adam'?"),
        ({"optimizer": None}, "optimizer: no optimizer None; known: adagrad, adam, adamw, rmsprop, sgd"),
        (
            {"optimizer": "lbfgs", "momentum": 0.9},
            "optimizer: no optimizer 'lbfgs'; known: adagrad, adam, adamw, rmsprop, sgd",
        ),
        ({"schedule": "cosin"}, "schedule: no schedule 'cosin'; did you mean 'cosine'?"),
        ({"loss": ["mse"]}, "loss: no loss ['mse']; known: binary-cross-entropy, cross-entropy"),
        (
            {"momentum": 0.9},
            "momentum: adam does not take it (sgd, rmsprop do); adam takes lr, weight_decay, betas, eps",
        ),
        ({"decay": 0.9}, "decay: constant does not take it (step does); constant takes warmup_epochs"),
        (
            {"loss": "binary-cross-entropy", "label_smoothing": 0.1},
            "label_smoothing: binary-cross-entropy does not take it (cross-entropy does); "
            "binary-cross-entropy takes no settings",
        ),
        ({"schedule": "step"}, "decay_epochs: is missing; it needs a number above 0"),
        ({"weight_dacay": 0.1}, "weight_dacay: is not a setting here; did you mean 'weight_decay'?"),
        ({"learning_rate": 0.1}, f"learning_rate: is not a setting here; known: {KNOWN}"),
        ({"betas": [0.9]}, "betas: must be a list of 2, each a number of 0 or more and below 1, got [0.9]"),
        ({"batch_size": 0}, "batch_size: must be a whole number of 1 or more, or 'full', got 0"),
        (
            {"batch_size": "ful"},
            "batch_size: must be a whole number of 1 or more, or 'full', got 'ful'; did you mean 'full'?",
        ),
        ({"epochs": True}, "epochs: must be a whole number of 1 or more, got true"),
        ({"epochs": 2.0}, "epochs: must be a whole number of 1 or more, got 2.0; write 2"),
        ({"steps": 3}, "epochs: set exactly one of epochs and steps, got both"),
        (
            {"evaluate_every": 3},
            "evaluate_every: goes with steps; training by epochs is measured every epoch",
        ),
        ({"augment": ["flip", "flip"]}, "augment: names something twice: ['flip', 'flip']"),
        (
            {"augment": "flip"},
            "augment: must be a list, each one of 'crop', 'flip', got 'flip'; write ['flip']",
        ),
        (
            {"monitor": "test/loss"},
            "monitor: must be one of 'val/accuracy', 'val/loss', got 'test/loss'",
        ),
        (
            {"precision": "float16"},
            "precision: must be one of 'bfloat16', 'float32', 'float64', 'tf32', got 'float16'; "
            "did you mean 'bfloat16'?",
        ),
        (
            {"optimizer": "sgd", "nesterov": True},
            "nesterov: needs a momentum above 0; set momentum, such as 0.9",
        ),
    ],
)
def test_a_wrong_recipe_is_told_in_one_sentence(more: dict[str, Any], sentence: str) -> None:
    recipe, found = read(**{**TABLES["recipe"], **more})
    assert recipe is None
    assert found == [f"s [recipe] {sentence}"]


def test_a_recipe_without_a_length_is_told_so() -> None:
    assert read(lr=0.1)[1] == ["s [recipe] epochs: set exactly one of epochs and steps, got neither"]


def test_everything_wrong_with_a_recipe_is_told_at_once() -> None:
    assert told(recipe={"lr": 0, "momentum": 1, "loss": "mse", "lrr": 1, "epochs": -1}) == [
        "[recipe] momentum: adam does not take it (sgd, rmsprop do); adam takes lr, weight_decay, betas, eps",
        "[recipe] lr: must be a number above 0, got 0",
        "[recipe] loss: no loss 'mse'; known: binary-cross-entropy, cross-entropy",
        "[recipe] lrr: is not a setting here; did you mean 'lr'?",
        "[recipe] epochs: must be a whole number of 1 or more, got -1",
    ]


@pytest.mark.parametrize(
    "table, union", [(OPTIMIZERS, Optimizer), (SCHEDULES, Schedule), (LOSSES, Loss)], ids=list(CHOICES)
)
def test_the_tables_list_every_part(table: dict[str, Any], union: Any) -> None:
    assert {part.settings for part in table.values()} == set(kinds(union))


def test_no_two_parts_of_a_recipe_share_the_name_of_a_setting() -> None:
    names = [set(setting_names(Course)), set(CHOICES)]
    for _, parts in CHOICES.values():
        names.append({name for part in parts.values() for name in setting_names(part.settings)})
    assert sum(len(each) for each in names) == len(set.union(*names))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_recipe_is_read_from_what_it_writes(optimizer: str, schedule: str, loss: str) -> None:
    needed = {"decay_epochs": 2} if schedule == "step" else {}
    recipe, _ = read(lr=0.1, steps=3, optimizer=optimizer, schedule=schedule, loss=loss, **needed)
    assert recipe is not None
    assert read(**recipe_table(recipe)) == (recipe, [])
