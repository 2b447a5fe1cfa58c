"""What every loss must do."""

import numpy as np
import pytest
import torch

from glasslab.plan import recipe
from glasslab.plan.settings import kinds
from glasslab.recipes.losses import make_loss

every_loss = pytest.mark.parametrize("name", recipe.LOSSES)
CLASSES = 2  # what every loss takes


def case(name: str, scale: float = 1.0):
    loss = make_loss(recipe.LOSSES[name].settings())
    rng = np.random.default_rng(0)
    logits = torch.from_numpy(rng.normal(size=(64, loss.outputs(CLASSES))) * scale)
    return loss, logits, torch.from_numpy(rng.integers(0, CLASSES, 64))


def test_the_table_lists_every_loss():
    assert {part.settings for part in recipe.LOSSES.values()} == set(kinds(recipe.Loss))


@every_loss
def test_without_smoothing_the_mean_is_that_of_the_examples(name: str):
    loss, logits, y = case(name)
    assert loss.per_example(logits, y).shape == (64,)
    assert loss.mean(logits, y).item() == pytest.approx(loss.per_example(logits, y).mean().item(), rel=1e-12)


@every_loss
def test_the_loss_is_the_negative_log_probability_of_the_label(name: str):
    loss, logits, y = case(name)
    probabilities = loss.probabilities(logits)
    assert probabilities.shape == (64, CLASSES)
    assert torch.allclose(probabilities.sum(1), torch.ones(64, dtype=torch.float64))
    of_label = probabilities[torch.arange(64), y]
    assert torch.allclose(loss.per_example(logits, y), -of_label.log(), rtol=1e-12)


@every_loss
def test_correct_is_whether_the_most_probable_class_is_the_label(name: str):
    loss, logits, y = case(name)
    correct = loss.correct(logits, y)
    assert correct.dtype == torch.bool
    assert torch.equal(correct, loss.probabilities(logits).argmax(1) == y)


@every_loss
def test_equal_probabilities_count_for_the_first_class(name: str):
    loss, logits, _ = case(name)
    y = torch.tensor([0, 1])
    assert loss.correct(torch.zeros_like(logits[:2]), y).tolist() == [True, False]


@every_loss
def test_huge_logits_stay_finite(name: str):
    loss, logits, y = case(name, scale=1e4)
    assert loss.per_example(logits, y).isfinite().all()
    assert loss.probabilities(logits).isfinite().all()


@every_loss
def test_the_gradient_leads_towards_the_label(name: str):
    loss, logits, y = case(name)
    logits.requires_grad_()
    loss.mean(logits, y).backward()
    nearer = logits.detach() - 0.1 * logits.grad
    assert (loss.per_example(nearer, y) < loss.per_example(logits.detach(), y)).all()
