"""What a study would cost before it starts: runs, parameters, arithmetic, time, disk."""

import time
from dataclasses import dataclass
from pathlib import Path

import torch

from glasslab.data.dataset import Dataset
from glasslab.data.tensors import to_tensors
from glasslab.nets.summary import Summary, summarize
from glasslab.plan.identity import RunSettings
from glasslab.plan.study import Study, Variant
from glasslab.probes.evolution import wanted_by
from glasslab.runner.cohorts import units_of
from glasslab.runner.device import choose_device
from glasslab.runner.fingerprints import Fingerprints
from glasslab.runner.order import Order, survey, worker_count
from glasslab.runner.process import ready_to_train
from glasslab.training.loop import Engine
from glasslab.training.progress import Trainee
from glasslab.training.scoring import score
from glasslab.training.setup import DTYPES, Setup, make_setup
from glasslab.training.solo import Solo
from glasslab.training.stacked import Cohort

TRIED_SECONDS = 0.5  # of training steps, for each variant
TRIED_EXAMPLES = 512  # scored, for each variant
BYTES_BESIDES = 200_000  # of a run folder: manifest, logs, pictures
BYTES_OF_A_LOOK = 250_000  # about; of attribution a million


@dataclass(frozen=True, slots=True)
class VariantCost:
    """What one run of a variant takes.

    Attributes:
        variant: its name.
        summary: its network, layer by layer.
        steps: optimizer steps.
        training_flops: of all steps, taking a backward pass as two forward passes; None where unknown.
        seconds: of one run on one core, in a cohort its share, from a few steps tried now; a rough figure.
        disk_bytes: of the run's folder.
    """

    variant: str
    summary: Summary
    steps: int
    training_flops: int | None
    seconds: float
    disk_bytes: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a study takes.

    Attributes:
        variants: what one run of each takes.
        runs: in all.
        done: of them, there already.
        workers: processes that train at the same time.
        seconds: until the missing runs are made, all workers busy.
        disk_bytes: of all run folders.
        unfit: a sentence for each probe and variant that do not go together.
    """

    variants: tuple[VariantCost, ...]
    runs: int
    done: int
    workers: int
    seconds: float
    disk_bytes: int
    unfit: tuple[str, ...] = ()


def cost(study: Study, order: Order) -> Cost:
    """Returns what a study would cost, after trying a few steps of each variant.

    Raises:
        StudyError, DataError, UsageError: as running it would.
    """
    work = survey(study, order)
    device = choose_device(order.device)
    sets = Fingerprints(order.places(study))
    workers = worker_count(order, work.jobs) if work.jobs else 1
    company = {job.variant: len(unit) for unit in units_of(work.jobs, workers, order.engine) for job in unit}
    with ready_to_train(1, device):
        variants = tuple(
            variant_cost(study, v, sets.first(v, study.seeds[0]), Trial(device, company.get(v.name, 1)))
            for v in study.variants
        )
    by_name = {each.variant: each for each in variants}
    return Cost(
        variants=variants,
        runs=len(work.jobs) + work.done,
        done=work.done,
        workers=workers,
        seconds=sum(by_name[job.variant].seconds for job in work.jobs) / workers,
        disk_bytes=sum(by_name[job.variant].disk_bytes for job in work.jobs),
        unfit=work.unfit,
    )


@dataclass(frozen=True, slots=True)
class Trial:
    """How a variant is tried.

    Attributes:
        device: "cpu", "cuda", "mps".
        company: runs that are trained together with one of it, itself included.
    """

    device: str
    company: int


def variant_cost(study: Study, variant: Variant, dataset: Dataset, trial: Trial) -> VariantCost:
    """Returns what one run of a variant takes."""
    settings = RunSettings.of(variant, study.seeds[0])
    dtype = DTYPES[settings.recipe.course.precision]
    tensors = to_tensors(dataset, settings.data, torch.device(trial.device), dtype)
    setup = make_setup(settings, tensors, Path(study.folder))
    summary = summarize(setup.net, dataset.input_shape)
    pace = setup.pace
    examples = pace.steps / pace.steps_per_epoch * pace.examples
    flops = None if summary.flops is None else round(3 * summary.flops * examples)
    weights = summary.parameters * (1 + len(wanted_by(study.probes, pace.measurements)))
    looks = BYTES_OF_A_LOOK * len(study.probes)
    predictions = len(tensors.test.y) * (4 * len(dataset.classes) + 16)
    return VariantCost(
        variant=variant.name,
        summary=summary,
        steps=pace.steps,
        training_flops=flops,
        seconds=tried_seconds(setup, trial.company),
        disk_bytes=weights * dtype.itemsize + predictions + BYTES_BESIDES + looks,
    )


def tried_seconds(setup: Setup, company: int) -> float:
    """Returns the seconds that a run would take, from a few steps and a little scoring tried now.

    Args:
        setup: the run's.
        company: runs that are trained together with it, itself included.
    """
    engine: Engine = Cohort([Trainee(setup)] * company) if company > 1 else Solo(Trainee(setup))
    engine.step(0)  # the first step also pays for what is prepared once
    started, steps = time.perf_counter(), 0
    while time.perf_counter() - started < TRIED_SECONDS and steps + 1 < setup.pace.steps:
        steps += 1
        engine.step(steps)
    step_seconds = (time.perf_counter() - started) / max(1, steps) / company
    some = setup.tensors.test
    few = type(some)(some.x[:TRIED_EXAMPLES], some.y[:TRIED_EXAMPLES], some.index[:TRIED_EXAMPLES])
    started = time.perf_counter()
    score(setup, few)
    example_seconds = (time.perf_counter() - started) / len(few.y)
    held = len(some.y) + (len(setup.tensors.val.y) if setup.tensors.val else 0)
    measurements = -(-setup.pace.steps // setup.pace.period)
    return setup.pace.steps * step_seconds + (measurements * held + setup.pace.examples) * example_seconds
