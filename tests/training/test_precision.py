"""Precisions of a recipe, and recorded steps: what any machine can show of them, and what needs a GPU."""

from pathlib import Path
from typing import Any

import pytest
import torch

from glasslab.errors import StudyError
from glasslab.runner.order import Order, survey
from glasslab.training.graphed import WARM_UP, Graphed
from glasslab.training.progress import Trainee
from glasslab.training.solo import Solo
from glasslab.training.stacked import Cohort
from tests.runner.jobs import TWENTY_STEPS, small_study
from tests.training.made import settings_of, setup_of, train_all, trained

MOONS = {"name": "moons", "samples": 200}
MANY = {"name": "moons", "samples": 2000}
MLP = {"name": "mlp", "widths": [32]}
RECIPE: dict[str, Any] = {"lr": 0.01, "epochs": 5, "batch_size": 20}

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")


def test_mixed_precision_rounds_what_is_multiplied_and_keeps_weights_in_float32(tmp_path: Path) -> None:
    _, _, rows = trained(settings_of(MOONS, MLP, RECIPE), tmp_path / "a")
    mixed, _, rounded = trained(settings_of(MOONS, MLP, RECIPE | {"precision": "bfloat16"}), tmp_path / "b")
    assert {p.dtype for p in mixed.net.parameters()} == {torch.float32}
    first, second = rows[-1]["train/loss"], rounded[-1]["train/loss"]
    assert first != second
    assert second == pytest.approx(first, rel=0.05)


def test_mixed_precision_means_the_same_in_a_cohort(tmp_path: Path) -> None:
    runs = [settings_of(MOONS, MLP, RECIPE | {"precision": "bfloat16"}, seed) for seed in range(2)]
    trainees = [Trainee(setup_of(run)) for run in runs]
    together = train_all(Cohort(trainees), trainees, tmp_path / "cohort")
    for seed, run in enumerate(runs):
        _, _, alone = trained(run, tmp_path / str(seed))
        assert together[seed][-1]["train/loss"] == pytest.approx(alone[-1]["train/loss"], rel=1e-2)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_precision_that_only_gpus_have_is_refused_elsewhere(tmp_path: Path) -> None:
    study = small_study(recipe=TWENTY_STEPS["recipe"] | {"precision": "tf32"})
    with pytest.raises(
        StudyError, match=r"variant base: \[recipe\] precision: 'tf32' is for NVIDIA GPUs, and"
    ):
        survey(study, Order(out=tmp_path))


def test_without_cuda_a_step_is_computed_each_time() -> None:
    seen = (torch.zeros(1), torch.zeros(1))
    calls: list[torch.Tensor] = []

    def compute(x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, ...]:
        calls.append(x)
        return seen

    graphed = Graphed(compute, [], 2)  # type: ignore[arg-type]
    for step in range(WARM_UP + 3):
        assert graphed(torch.full((2,), step), torch.zeros(2)) is seen
    assert [x[0].item() for x in calls] == list(range(WARM_UP + 3))


@needs_cuda
@pytest.mark.parametrize("engine", [Solo, Cohort])
def test_replayed_steps_give_what_computed_ones_give(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for recordable in (True, False):
        setup = setup_of(settings_of(MANY, MLP | {"dropout": 0.3}, RECIPE), torch.device("cuda"))
        trainee = Trainee(setup)
        made = engine(trainee if engine is Solo else [trainee])
        made.graphed.recordable = recordable
        for step in range(50):
            made.step(step)
        assert (made.graphed.recording is not None) is recordable
        found.append((made.weights(0), made.sums.totals.tolist()))
    (replayed, sums), (computed, other) = found
    assert sums == pytest.approx(other, rel=1e-5)
    for name, value in replayed.items():
        torch.testing.assert_close(value, computed[name])
