import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from glasslab.plan.identity import RunSettings
from glasslab.training import streams
from glasslab.training.batches import Batches
from glasslab.training.gradients import clip, lengths
from glasslab.training.loop import is_better
from glasslab.training.progress import Trainee
from glasslab.training.scoring import score
from glasslab.training.solo import Solo
from tests.training.made import settings_of, setup_of, trained

MOONS = {"name": "moons", "samples": 60, "validation": 12}
MLP = {"name": "mlp", "widths": [6]}


def batches_of(settings: RunSettings) -> Batches:
    return Batches([setup_of(settings)])


def recipe(**changes: Any) -> dict[str, Any]:
    return {"lr": 0.05, "epochs": 3, "batch_size": 10} | changes


def test_training_equals_a_plain_loop_written_by_hand(tmp_path: Path) -> None:
    settings = settings_of(MOONS, MLP, recipe(optimizer="sgd", momentum=0.9, precision="float64"), seed=5)
    setup, _, rows = trained(settings, tmp_path)

    start = setup_of(settings)
    w1, b1, w2, b2 = (p.detach().clone().requires_grad_() for p in start.net.parameters())
    x, y = start.tensors.train.x, start.tensors.train.y
    speed = [torch.zeros_like(p) for p in (w1, b1, w2, b2)]
    for epoch in range(3):
        order = torch.from_numpy(streams.order(5, epoch, 36))
        total = 0.0
        for first in range(0, 36, 10):
            rows_of_batch = order[first : first + 10]
            hidden = (x[rows_of_batch] @ w1.T + b1).clamp_min(0)
            logits = hidden @ w2.T + b2
            chosen = logits.log_softmax(1)[range(len(rows_of_batch)), y[rows_of_batch]]
            loss = -chosen.mean()
            gradients = torch.autograd.grad(loss, (w1, b1, w2, b2))
            total += loss.item() * len(rows_of_batch)
            with torch.no_grad():
                for p, v, g in zip((w1, b1, w2, b2), speed, gradients, strict=True):
                    v.mul_(0.9).add_(g)
                    p.sub_(0.05 * v)
        assert rows[epoch]["train/loss"] == pytest.approx(total / 36, rel=1e-12)
    for ours, theirs in zip(setup.net.parameters(), (w1, b1, w2, b2), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-14)


def test_variants_with_the_same_seed_see_the_same_examples_in_the_same_order() -> None:
    narrow = batches_of(settings_of(MOONS, MLP, recipe(), seed=2))
    wide = batches_of(settings_of(MOONS, {"name": "mlp", "widths": [64]}, recipe(lr=1.0), seed=2))
    other = batches_of(settings_of(MOONS, MLP, recipe(), seed=3))
    for step in range(12):
        assert torch.equal(narrow.at(step)[0], wide.at(step)[0])
    assert not torch.equal(narrow.at(0)[0], other.at(0)[0])


def test_a_batch_is_the_same_whatever_was_asked_for_before() -> None:
    batches = batches_of(settings_of(MOONS, MLP, recipe()))
    in_order = [batches.at(step) for step in range(12)]
    x, y = batches.at(7)
    assert torch.equal(x, in_order[7][0])
    assert torch.equal(y, in_order[7][1])


def test_an_epoch_trains_on_every_example_once_the_ragged_last_batch_too() -> None:
    setup = setup_of(settings_of(MOONS, MLP, recipe()))
    batches = [Batches([setup]).at(step) for step in range(4)]
    assert [y.shape for _, y in batches] == [(1, 10), (1, 10), (1, 10), (1, 6)]
    seen = torch.cat([x[0] for x, _ in batches])
    assert sorted(map(tuple, seen.tolist())) == sorted(map(tuple, setup.tensors.train.x.tolist()))


def test_a_full_batch_sees_the_examples_in_their_own_order() -> None:
    setup = setup_of(settings_of(MOONS, MLP, {"lr": 0.1, "steps": 3, "batch_size": "full"}))
    x, _ = Batches([setup]).at(1)
    assert x.data_ptr() == setup.tensors.train.x.data_ptr()
    assert torch.equal(x[0], setup.tensors.train.x)


def test_rows_say_the_rate_that_the_last_step_used(tmp_path: Path) -> None:
    course = recipe(schedule="step", decay_epochs=1, decay=0.5)
    _, _, rows = trained(settings_of(MOONS, MLP, course), tmp_path)
    assert [row["lr"] for row in rows] == [0.05, 0.025, 0.0125]
    assert [(row["epoch"], row["step"]) for row in rows] == [(1, 4), (2, 8), (3, 12)]


def test_clipping_scales_a_long_gradient_down_to_the_limit_and_leaves_a_short_one() -> None:
    for limit, expected in ((1e-3, 1e-3), (1e6, None)):
        setup = setup_of(settings_of(MOONS, MLP, recipe(clip_norm=limit)))
        (x,), (y,) = Batches([setup]).at(0)
        setup.loss.mean(setup.net(x), y).backward()
        gradients = [p.grad[None] for p in setup.net.parameters() if p.grad is not None]
        length = math.sqrt(sum(float((g**2).sum()) for g in gradients))
        norms = lengths(gradients)
        assert norms.item() == pytest.approx(length, rel=1e-6)
        clip(gradients, norms, limit)
        after = math.sqrt(sum(float((g**2).sum()) for g in gradients))
        assert after == pytest.approx(expected or length, rel=1e-4)


def test_a_loss_that_is_not_finite_ends_the_run_as_diverged(tmp_path: Path) -> None:
    settings = settings_of(MOONS, MLP, recipe(optimizer="sgd", lr=1e30, epochs=50))
    _, progress, rows = trained(settings, tmp_path)
    assert progress.diverged
    assert rows[-1]["train/loss"] is None
    assert len(rows) < 50
    assert "NaN" not in (tmp_path / "metrics.jsonl").read_text()


def test_early_stopping_waits_for_patience_measurements_without_a_better_one(tmp_path: Path) -> None:
    settings = settings_of(MOONS, MLP, recipe(lr=0.5, epochs=200, patience=4, keep="best"))
    setup, progress, rows = trained(settings, tmp_path)
    losses = [row["val/loss"] for row in rows]
    best = min(range(len(losses)), key=losses.__getitem__)
    assert progress.stopped
    assert len(losses) - 1 - best == 4
    assert progress.kept == rows[best]
    assert setup.tensors.val is not None
    assert score(setup, setup.tensors.val).loss == losses[best]


def test_keeping_the_last_weights_keeps_the_last_row(tmp_path: Path) -> None:
    setup, progress, rows = trained(settings_of(MOONS, MLP, recipe()), tmp_path)
    assert progress.kept == rows[-1]
    assert all(torch.equal(value, progress.weights[name]) for name, value in setup.net.state_dict().items())


def test_accuracy_is_better_when_higher_and_loss_when_lower() -> None:
    assert is_better("val/accuracy", 0.9, 0.8)
    assert not is_better("val/accuracy", 0.8, 0.8)
    assert is_better("val/loss", 0.1, 0.2)
    assert not is_better("val/loss", 0.2, 0.1)
    assert is_better("val/loss", 7.0, None)


def test_scores_are_taken_without_dropout_and_leave_the_mode_alone() -> None:
    setup = setup_of(settings_of(MOONS, MLP | {"dropout": 0.9}, recipe()))
    first = score(setup, setup.tensors.test)
    assert first == score(setup, setup.tensors.test)
    assert setup.net.training


def test_a_score_is_the_mean_over_examples_whatever_the_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    setup = setup_of(settings_of(MOONS | {"samples": 1000}, MLP, recipe(precision="float64")))
    whole = score(setup, setup.tensors.train)
    monkeypatch.setattr("glasslab.training.scoring.VALUES_PER_CHUNK", 140)
    parts = score(setup, setup.tensors.train)
    x, y = setup.tensors.train.x, setup.tensors.train.y
    with torch.no_grad():
        loss = nn.functional.cross_entropy(setup.net(x), y).item()
    assert whole.loss == pytest.approx(loss, rel=1e-12)
    assert parts.loss == pytest.approx(loss, rel=1e-12)
    assert parts.accuracy == whole.accuracy


def test_running_sums_count_every_example_of_the_steps_taken() -> None:
    engine = Solo(Trainee(setup_of(settings_of(MOONS, MLP, recipe()))))
    for step in range(4):
        engine.step(step)
    assert engine.sums.examples == 36


def test_dropout_layers_draw_alike_in_runs_of_the_same_seed(tmp_path: Path) -> None:
    settings = settings_of(MOONS, MLP | {"dropout": 0.5}, recipe(), seed=9)
    first, _, _ = trained(settings, tmp_path / "a")
    torch.manual_seed(12345)
    again, _, _ = trained(settings, tmp_path / "b")
    for ours, theirs in zip(first.net.parameters(), again.net.parameters(), strict=True):
        assert torch.equal(ours, theirs)
