"""What every learning-rate schedule must do."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glasslab.plan import recipe
from glasslab.plan.settings import kinds
from glasslab.recipes.schedules import make_schedule

NEEDED = {"step": {"decay_epochs": 2.5}}  # settings without a default
every_schedule = pytest.mark.parametrize("name", recipe.SCHEDULES)


def settings(name: str, warmup_epochs: float = 0.0) -> recipe.Schedule:
    kind = recipe.SCHEDULES[name].settings
    return kind(warmup_epochs=warmup_epochs, **NEEDED.get(name, {}))


def test_the_table_lists_every_schedule():
    assert {part.settings for part in recipe.SCHEDULES.values()} == set(kinds(recipe.Schedule))


@every_schedule
@given(steps=st.integers(1, 300), per_epoch=st.integers(1, 50), warmup=st.floats(0, 10), data=st.data())
def test_the_factor_is_above_0_and_at_most_1(name: str, steps: int, per_epoch: int, warmup: float, data):
    factor = make_schedule(settings(name, warmup), steps, per_epoch)
    value = factor(data.draw(st.integers(0, steps - 1)))
    assert isinstance(value, float)
    assert 0 <= value <= 1
    assert factor(0) > 0


@every_schedule
def test_asking_twice_or_out_of_order_changes_nothing(name: str):
    factor = make_schedule(settings(name, 1.0), 60, 10)
    forwards = [factor(i) for i in range(60)]
    assert [factor(i) for i in reversed(range(60))] == forwards[::-1]


@every_schedule
def test_warmup_rises_linearly_and_then_the_schedule_begins(name: str):
    factor = make_schedule(settings(name, 2.0), 50, 10)
    plain = make_schedule(settings(name), 30, 10)
    assert [factor(i) for i in range(20)] == pytest.approx([k / 20 for k in range(1, 21)])
    assert [factor(i) for i in range(20, 50)] == [plain(i) for i in range(30)]


@every_schedule
def test_a_warmup_longer_than_training_never_ends(name: str):
    factor = make_schedule(settings(name, 4.0), 20, 10)
    assert math.isclose(factor(19), 0.5)
