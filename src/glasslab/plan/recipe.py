"""Settings of a recipe: loss, optimizer, schedule, and how long and on what batches to train."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from glasslab.errors import nearest
from glasslab.plan.settings import (
    Count,
    Fraction,
    NotNegative,
    Part,
    Positive,
    Problems,
    Settings,
    plain,
    read,
    show,
    takers,
)


class OptimizerSettings(Settings, frozen=True, kw_only=True, tag_field="optimizer"):
    """What every optimizer can be asked.

    Attributes:
        lr: learning rate at its highest.
        weight_decay: the L2 coefficient added to the gradient (in adamw: decoupled from it).
    """

    lr: Positive
    weight_decay: NotNegative = 0.0


class Sgd(OptimizerSettings, frozen=True, kw_only=True, tag="sgd"):
    """Stochastic gradient descent, with momentum (Polyak, 1964) or Nesterov's (Sutskever et al., 2013).

    Attributes:
        momentum: share of the last step's direction that is kept.
        nesterov: look at the gradient from where the momentum leads; needs a momentum above 0.
    """

    momentum: Fraction = 0.0
    nesterov: bool = False


class Adam(OptimizerSettings, frozen=True, kw_only=True, tag="adam"):
    """Adam (Kingma and Ba, 2015).

    Attributes:
        betas: shares kept of the running means of the gradient and of its square.
        eps: added to the root of the mean square before dividing by it.
    """

    betas: tuple[Fraction, Fraction] = (0.9, 0.999)
    eps: Positive = 1e-8


class AdamW(OptimizerSettings, frozen=True, kw_only=True, tag="adamw"):
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019).

    Attributes:
        betas: shares kept of the running means of the gradient and of its square.
        eps: added to the root of the mean square before dividing by it.
        weight_decay: share of each weight, times the learning rate, taken off at a step.
    """

    betas: tuple[Fraction, Fraction] = (0.9, 0.999)
    eps: Positive = 1e-8
    weight_decay: NotNegative = 0.01


class RmsProp(OptimizerSettings, frozen=True, kw_only=True, tag="rmsprop"):
    """RMSprop (Tieleman and Hinton, 2012).

    Attributes:
        smoothing: share kept of the running mean of the squared gradient.
        eps: added to the root of the mean square before dividing by it.
        momentum: share of the last step's direction that is kept.
    """

    smoothing: Fraction = 0.99
    eps: Positive = 1e-8
    momentum: Fraction = 0.0


class Adagrad(OptimizerSettings, frozen=True, kw_only=True, tag="adagrad"):
    """Adagrad (Duchi et al., 2011).

    Attributes:
        eps: added to the root of the sum of squares before dividing by it.
        initial_accumulator: what the sum of squared gradients begins with.
    """

    eps: Positive = 1e-10
    initial_accumulator: NotNegative = 0.0


class ScheduleSettings(Settings, frozen=True, kw_only=True, tag_field="schedule"):
    """What every learning-rate schedule can be asked.

    Attributes:
        warmup_epochs: the rate rises in equal steps to lr over so many epochs, before the schedule begins.
    """

    warmup_epochs: NotNegative = 0.0


class Constant(ScheduleSettings, frozen=True, kw_only=True, tag="constant"):
    """The rate stays."""


class Step(ScheduleSettings, frozen=True, kw_only=True, tag="step"):
    """The rate falls in steps.

    Attributes:
        decay_epochs: epochs between two falls.
        decay: what the rate is multiplied by at each.
    """

    decay_epochs: Positive
    decay: Annotated[float, Meta(gt=0, le=1)] = 0.1


class Cosine(ScheduleSettings, frozen=True, kw_only=True, tag="cosine"):
    """The rate falls along half a cosine (Loshchilov and Hutter, 2017).

    Attributes:
        final_share: what is left of the rate at the last step.
    """

    final_share: Annotated[float, Meta(ge=0, le=1)] = 0.0


class OneCycle(ScheduleSettings, frozen=True, kw_only=True, tag="one-cycle"):
    """The rate climbs from lr / 25 to lr, then falls to lr / 250,000, both along half a cosine.

    Smith and Topin (2019), with PyTorch's default ratios.

    Attributes:
        rise: share of the training over which it climbs.
    """

    rise: Annotated[float, Meta(gt=0, lt=1)] = 0.3


class LossSettings(Settings, frozen=True, kw_only=True, tag_field="loss"):
    """Base of the losses."""


class CrossEntropy(LossSettings, frozen=True, kw_only=True, tag="cross-entropy"):
    """Softmax cross-entropy in nats, one output a class.

    Attributes:
        label_smoothing: share of each label that is spread evenly over all classes (Szegedy et al., 2016).
    """

    label_smoothing: Fraction = 0.0


class BinaryCrossEntropy(LossSettings, frozen=True, kw_only=True, tag="binary-cross-entropy"):
    """Sigmoid cross-entropy in nats for two classes, on one output."""


Optimizer = Sgd | Adam | AdamW | RmsProp | Adagrad
Schedule = Constant | Step | Cosine | OneCycle
Loss = CrossEntropy | BinaryCrossEntropy

OPTIMIZERS: dict[str, Part] = {
    "sgd": Part(Sgd, "glasslab.recipes.optimizers:sgd"),
    "adam": Part(Adam, "glasslab.recipes.optimizers:adam"),
    "adamw": Part(AdamW, "glasslab.recipes.optimizers:adamw"),
    "rmsprop": Part(RmsProp, "glasslab.recipes.optimizers:rmsprop"),
    "adagrad": Part(Adagrad, "glasslab.recipes.optimizers:adagrad"),
}
SCHEDULES: dict[str, Part] = {
    "constant": Part(Constant, "glasslab.recipes.schedules:constant"),
    "step": Part(Step, "glasslab.recipes.schedules:step"),
    "cosine": Part(Cosine, "glasslab.recipes.schedules:cosine"),
    "one-cycle": Part(OneCycle, "glasslab.recipes.schedules:one_cycle"),
}
LOSSES: dict[str, Part] = {
    "cross-entropy": Part(CrossEntropy, "glasslab.recipes.losses:cross_entropy"),
    "binary-cross-entropy": Part(BinaryCrossEntropy, "glasslab.recipes.losses:binary_cross_entropy"),
}

Monitor = Literal["val/loss", "val/accuracy"]


class Course(Settings, frozen=True, kw_only=True):
    """How long a run trains, on what batches, and when it stops.

    Attributes:
        epochs: passes over the training examples; exactly one of epochs and steps is set.
        steps: optimizer steps, for training that is counted in steps.
        evaluate_every: with steps: measure every so many steps; by default 20 times over the training.
        batch_size: examples a step, or "full" for all of them at once.
        augment: "crop" pads by 4 pixels and crops at random, "flip" mirrors left to right at random.
        clip_norm: gradients longer than this (L2 norm over all parameters) are scaled down to it.
        patience: stop early after so many measurements without a better `monitor`; needs data.validation.
        monitor: the validation metric that early stopping and keep = "best" look at.
        keep: whose weights the run ends with: of the "last" epoch or of the "best" one by `monitor`.
        precision: floating-point format of weights and activations. "bfloat16" is mixed precision: weights in
            float32, the inputs of products and convolutions rounded to bfloat16. "tf32", on NVIDIA GPUs only,
            rounds those inputs to 10 bits after the point ("float32" does not, in convolutions either).
    """

    epochs: Count | None = None
    steps: Count | None = None
    evaluate_every: Count | None = None
    batch_size: Count | Literal["full"] = 128
    augment: tuple[Literal["crop", "flip"], ...] = ()
    clip_norm: Positive | None = None
    patience: Count | None = None
    monitor: Monitor = "val/loss"
    keep: Literal["last", "best"] = "last"
    precision: Literal["float32", "float64", "tf32", "bfloat16"] = "float32"


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """How to train: four parts that lie in one flat [recipe] table.

    Attributes:
        optimizer: what moves the weights, and how far.
        schedule: how the learning rate changes.
        loss: what is made small.
        course: how long, on what batches, and when to stop.
    """

    optimizer: Optimizer
    schedule: Schedule
    loss: Loss
    course: Course


CHOICES: dict[str, tuple[str, dict[str, Part]]] = {
    "optimizer": ("adam", OPTIMIZERS),
    "schedule": ("constant", SCHEDULES),
    "loss": ("cross-entropy", LOSSES),
}


def setting_names(kind: type[Settings]) -> tuple[str, ...]:
    """Returns the names of a struct's settings."""
    return kind.__struct_fields__


def read_recipe(table: dict[str, Any], problems: Problems, place: str = "[recipe]") -> Recipe | None:
    """Returns the recipe in a flat `table`, or None after noting what is wrong."""
    before = len(problems.found)
    rest = dict(table)
    read_parts = {choice: take_part(choice, rest, problems, place) for choice in CHOICES}
    note_unknown(rest, problems, place)
    own = {key: rest[key] for key in setting_names(Course) if key in rest}
    course = read(Course, own, place, problems)
    if course is None or len(problems.found) > before:
        return None
    recipe = Recipe(**read_parts, course=course)
    check_together(recipe, problems, place)
    return recipe if len(problems.found) == before else None


def take_part(choice: str, rest: dict[str, Any], problems: Problems, place: str) -> Any:
    """Takes a part of a recipe with its settings off the table's rest; None after noting what is wrong.

    Args:
        choice: "optimizer", "schedule" or "loss".
        rest: the keys of the recipe that no part has taken yet.
        problems: receives a sentence for each thing wrong.
        place: how messages name the table.
    """
    default, parts = CHOICES[choice]
    chosen = rest.pop(choice, default)
    own = {key: rest.pop(key) for key in list(rest) if takers(key, parts)}
    if not isinstance(chosen, str) or chosen not in parts:
        problems.add(f"{place} {choice}", f"no {choice} {show(chosen)}{nearest(str(chosen), parts)}")
        return None
    return read(parts[chosen].settings, own, place, problems, parts)


def note_unknown(rest: dict[str, Any], problems: Problems, place: str) -> None:
    """Notes every key that no part of a recipe takes, with the nearest one that some part does."""
    known = recipe_names()
    for key in rest:
        if key not in known:
            problems.add(f"{place} {key}", f"is not a setting here{nearest(key, known)}")


def recipe_names() -> set[str]:
    """Returns the names of all settings that some recipe takes."""
    tables = [parts for _, parts in CHOICES.values()]
    kinds: list[type[Settings]] = [Course, *(part.settings for parts in tables for part in parts.values())]
    return {*CHOICES, *(name for kind in kinds for name in setting_names(kind))}


def check_together(recipe: Recipe, problems: Problems, place: str) -> None:
    """Notes settings of a recipe that are right alone and wrong together."""
    course, optimizer = recipe.course, recipe.optimizer
    if (course.epochs is None) == (course.steps is None):
        got = "neither" if course.epochs is None else "both"
        problems.add(f"{place} epochs", f"set exactly one of epochs and steps, got {got}")
    if course.evaluate_every is not None and course.steps is None:
        problems.add(f"{place} evaluate_every", "goes with steps; training by epochs is measured every epoch")
    if len(set(course.augment)) < len(course.augment):
        problems.add(f"{place} augment", f"names something twice: {show(course.augment)}")
    if isinstance(optimizer, Sgd) and optimizer.nesterov and optimizer.momentum == 0:
        problems.add(f"{place} nesterov", "needs a momentum above 0; set momentum, such as 0.9")


def recipe_table(recipe: Recipe) -> dict[str, Any]:
    """Returns a recipe as the one flat table that a study file would hold, every default filled in."""
    return {
        **plain(recipe.optimizer),
        **plain(recipe.schedule),
        **plain(recipe.loss),
        **plain(recipe.course),
    }
