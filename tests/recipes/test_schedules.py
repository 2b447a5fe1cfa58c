import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from glasslab.plan import recipe
from glasslab.recipes.schedules import make_schedule


def factors(settings: recipe.Schedule, steps: int, steps_per_epoch: int = 10) -> list[float]:
    factor = make_schedule(settings, steps, steps_per_epoch)
    return [factor(i) for i in range(steps)]


def by_torch(kind: type, steps: int, **settings) -> list[float]:
    """The factors that a scheduler of PyTorch's gives a learning rate of 1."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = kind(optimizer, **settings)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if len(rates) < steps:
            scheduler.step()
    return rates


def test_constant_stays_at_1():
    assert set(factors(recipe.Constant(), 30)) == {1.0}


def test_step_is_that_of_pytorch():
    ours = factors(recipe.Step(decay_epochs=2, decay=0.3), 95)
    assert ours == pytest.approx(by_torch(torch.optim.lr_scheduler.StepLR, 95, step_size=20, gamma=0.3))


def test_step_takes_parts_of_epochs_in_whole_steps():
    ours = factors(recipe.Step(decay_epochs=0.1, decay=0.5), 7, steps_per_epoch=30)
    assert ours == [1, 1, 1, 0.5, 0.5, 0.5, 0.25]


def test_step_shorter_than_a_step_decays_every_step():
    assert factors(recipe.Step(decay_epochs=0.01, decay=0.5), 3) == [1, 0.5, 0.25]


def test_step_counts_from_the_end_of_the_warmup():
    ours = factors(recipe.Step(decay_epochs=1, decay=0.5, warmup_epochs=0.5), 26)
    assert ours == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0] + [1.0] * 10 + [0.5] * 10 + [0.25])


def test_cosine_is_that_of_pytorch():
    ours = factors(recipe.Cosine(final_share=0.2), 50)
    theirs = by_torch(torch.optim.lr_scheduler.CosineAnnealingLR, 50, T_max=49, eta_min=0.2)
    assert ours == pytest.approx(theirs)


def test_cosine_passes_its_middle_halfway():
    ours = factors(recipe.Cosine(final_share=0.2), 101)
    assert (ours[0], ours[50], ours[100]) == pytest.approx((1.0, 0.6, 0.2), abs=1e-12)


def test_cosine_reaches_its_final_share_at_the_last_step_after_a_warmup_too():
    ours = factors(recipe.Cosine(warmup_epochs=3), 50)
    assert (ours[29], ours[30], ours[49]) == pytest.approx((1.0, 1.0, 0.0), abs=1e-12)


def test_one_step_of_cosine_is_taken_at_the_full_rate():
    assert factors(recipe.Cosine(), 1) == [1.0]


@pytest.mark.parametrize(
    "steps, rise", [(100, 0.3), (97, 0.25), (50, 0.9), (7, 0.3), (3, 0.5), (2, 0.3), (1, 0.3)]
)
def test_one_cycle_is_that_of_pytorch(steps: int, rise: float):
    theirs = by_torch(
        torch.optim.lr_scheduler.OneCycleLR,
        steps,
        max_lr=1.0,
        total_steps=steps,
        pct_start=rise,
        anneal_strategy="cos",
        cycle_momentum=False,
        div_factor=25,
        final_div_factor=1e4,
    )
    assert factors(recipe.OneCycle(rise=rise), steps) == pytest.approx(theirs, rel=1e-9)


def test_one_cycle_that_turns_at_its_first_step_begins_at_the_full_rate():
    assert factors(recipe.OneCycle(rise=0.5), 2) == pytest.approx([1.0, 1 / 250_000])


@given(steps=st.integers(2, 200), rise=st.floats(0.01, 0.99))
def test_one_cycle_climbs_and_then_falls(steps: int, rise: float):
    ours = factors(recipe.OneCycle(rise=rise), steps)
    top = ours.index(max(ours))
    assert ours[: top + 1] == sorted(ours[: top + 1])
    assert ours[top:] == sorted(ours[top:], reverse=True)
    assert math.isclose(ours[-1], 1 / 250_000, rel_tol=1e-6)


@given(steps=st.integers(1, 200), final=st.floats(0, 1), warmup=st.floats(0, 5))
def test_cosine_only_falls_once_warm(steps: int, final: float, warmup: float):
    ours = factors(recipe.Cosine(final_share=final, warmup_epochs=warmup), steps)
    warm = ours[round(warmup * 10) :]
    assert warm == sorted(warm, reverse=True)
    assert all(value >= final - 1e-12 for value in warm)


def test_warmup_of_parts_of_an_epoch_is_rounded_to_steps():
    assert factors(recipe.Constant(warmup_epochs=0.24), 4) == [0.5, 1.0, 1.0, 1.0]
