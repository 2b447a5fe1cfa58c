"""Maximisation: images made so that a class, a unit or a map of the network answers as strongly as it can."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from glasslab.data.tensors import Examples
from glasslab.errors import StudyError
from glasslab.plan.probe import Maximisation
from glasslab.probes.attributions import backward_through, class_scores
from glasslab.probes.canvas import Canvas, canvas_for
from glasslab.probes.layers import chosen_layers, layers_of, left_as_it_was, outputs_of_layers
from glasslab.probes.motions import drawn, moved
from glasslab.probes.prospect import Prospect
from glasslab.probes.subject import Arrays, Subject

NAME = "maximisation"
OUTPUT = "output"
AT_ONCE = 128
"""Images made together; bounds the memory."""
MEASURED_AT_ONCE = 500
"""Images of the data set that pass through the network together."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What units of a layer answer to images.

    Attributes:
        net: in evaluation mode.
        layer: "output" for the classes' logits.
        objective: of a map, its "mean" or the unit in its "centre".
    """

    net: nn.Module
    layer: str
    objective: str

    def __call__(self, x: Tensor) -> Tensor:
        """Returns the answer of every unit (B, units) to images (B, C, H, W)."""
        if self.layer == OUTPUT:
            return class_scores(self.net(x))
        out = outputs_of_layers(self.net, x, [self.layer])[self.layer]
        if out.ndim == 2:
            return out
        return (
            out.mean((2, 3)) if self.objective == "mean" else out[:, :, out.shape[2] // 2, out.shape[3] // 2]
        )


@dataclass(frozen=True, slots=True)
class Given:
    """What units answer to the images of a split.

    Attributes:
        most: the strongest answer of each unit (U,).
        place: row of the image that it is to (U,), on the CPU.
        deviation: of the answers to all images (U,), above 0.
    """

    most: Tensor
    place: Tensor
    deviation: Tensor


def look(subject: Subject, settings: Maximisation) -> Arrays:
    """Returns the images made for each unit, and what the units answer to them and to the data.

    Returns:
        `layer`, and `units` (U,), their numbers; `images` (U, R + 1, C, H, W) uint8, from R starts and the
        one made without any regularisation; `reached` (U, R + 1), what the unit answers to each, unmoved;
        `probabilities` (U, R + 1, classes); `start` (U,), the answer to the data's mean colour. Of the
        validation split, or the test split where there is none, whose name is `split`: `most` (U,), the
        strongest answer, and the image that it is to: `most_pixels` (U, C, H, W) uint8, `most_label` (U,) and
        `most_index` (U,) in the original set.

    Raises:
        StudyError: when the examples are no images, or there is no such layer or unit.
    """
    check(subject.prospect, settings)
    net, data = subject.net, subject.tensors
    held = data.val or data.test
    units = torch.tensor(units_of(subject.prospect, settings), device=data.train.x.device)
    canvas = canvas_for(data.train.x)
    answers = Answers(net, settings.layer, settings.objective)
    with left_as_it_was(net), backward_through(net):
        with torch.no_grad():
            known = class_scores(subject.logits) if settings.layer == OUTPUT and data.val is None else None
            given = given_by(known if known is not None else measured(answers, held.x), units)
            start = answers(canvas.in_range(torch.zeros_like(held.x[:1])))[0, units]
        images = made(Wish(answers, units, given.deviation), canvas, settings, subject.seed)
        with torch.no_grad():
            reached = [own(answers(each), units) for each in images.unbind(1)]
            said = [subject.probabilities(net(each).cpu()) for each in images.unbind(1)]
    rows = given.place.numpy()
    return {
        "layer": np.array(settings.layer),
        "units": units.cpu().numpy(),
        "images": as_pixels(subject, images.flatten(0, 1)).reshape(images.shape),
        "reached": torch.stack(reached, 1).float().cpu().numpy(),
        "probabilities": torch.stack(said, 1).float().numpy(),
        "start": start.float().cpu().numpy(),
        "split": np.array("test" if data.val is None else "validation"),
        "most": given.most.float().cpu().numpy(),
        "most_pixels": subject.pixels(held, rows),
        "most_label": held.y.cpu().numpy()[rows],
        "most_index": held.index[rows],
    }


def check(prospect: Prospect, settings: Maximisation) -> None:
    """Raises StudyError when the examples are no images, or there is no such layer or unit."""
    prospect.require_images(NAME)
    units_of(prospect, settings)


def units_of(prospect: Prospect, settings: Maximisation) -> list[int]:
    """Returns the units that images are made for.

    Raises:
        StudyError: when there is no such layer or unit.
    """
    if settings.layer == OUTPUT:
        count = len(prospect.classes)
    else:
        fitting = [
            each for each in layers_of(prospect.net, prospect.input_shape) if len(each.shape) in (1, 3)
        ]
        count = chosen_layers(fitting, [settings.layer], NAME, "'output', or layers of units or maps")[
            0
        ].shape[0]
    wrong = [unit for unit in settings.units if unit >= count]
    if wrong:
        raise StudyError(
            [f"probes: '{NAME}' units: '{settings.layer}' has the units 0 to {count - 1}, got {wrong[0]}"]
        )
    return list(settings.units or range(min(count, settings.count)))


def own(answers: Tensor, units: Tensor) -> Tensor:
    """Returns each image's answer of its own unit (B,) from those of all (B, all units)."""
    return answers.gather(1, units[:, None])[:, 0]


def measured(answers: Answers, x: Tensor) -> Tensor:
    """Returns the answer of every unit (N, units) to the images of a split (N, C, H, W), in parts."""
    starts = range(0, len(x), MEASURED_AT_ONCE)
    return torch.cat([answers(x[start : start + MEASURED_AT_ONCE]) for start in starts])


def given_by(everything: Tensor, units: Tensor) -> Given:
    """Returns what some units answer to the images of a split, from the answers of all units (N, all)."""
    found = everything[:, units.to(everything.device)].to(units.device)
    deviation = found.std(0, correction=0)
    most, place = found.max(0)
    return Given(most, place.cpu(), torch.where(deviation > 0, deviation, 1))


@dataclass(frozen=True, slots=True)
class Wish:
    """Which unit is to answer strongly to each image.

    Attributes:
        answers: of the network.
        units: one for each image (B,).
        deviation: of each of these units' answers to the data (B,), which is what they are measured in.
    """

    answers: Answers
    units: Tensor
    deviation: Tensor

    def met(self, x: Tensor) -> Tensor:
        """Returns how strongly the units answer, added up over images (B, C, H, W)."""
        return (own(self.answers(x), self.units) / self.deviation).sum()

    def part(self, some: slice, times: int = 1) -> "Wish":
        """Returns the wish for some of the images, so many times over."""
        return Wish(self.answers, self.units[some].repeat(times), self.deviation[some].repeat(times))


def made(wish: Wish, canvas: Canvas, settings: Maximisation, seed: int) -> Tensor:
    """Returns the images made for U units, (U, R + 1, C, H, W), the last without regularisation.

    Every unit starts from the same R images, which are moved in the same way, so that none depends on which
    others are made with it.
    """
    generator = torch.Generator().manual_seed(seed)
    starts = torch.stack([canvas.start(generator) for _ in range(settings.restarts)]).to(canvas.low)
    moves = generator.get_state()
    step = max(1, AT_ONCE // settings.restarts)
    parts = []
    for first in range(0, len(wish.units), step):
        some = slice(first, first + step)
        count = len(wish.units[some])
        generator.set_state(moves)
        again = regular(wish.part(some, settings.restarts), starts, canvas, settings, generator)
        blank = canvas.low.new_zeros(count, len(canvas.low), *canvas.sides)
        plain = climbed(blank, canvas.in_range, wish.part(some).met, settings)
        both = torch.cat((again, plain))
        parts.append(both.view(-1, count, *both.shape[1:]).transpose(0, 1))
    return torch.cat(parts)


def regular(
    wish: Wish, starts: Tensor, canvas: Canvas, settings: Maximisation, generator: torch.Generator
) -> Tensor:
    """Returns images made from each of R starts for U units, (R * U, C, H, W)."""

    def worth(x: Tensor) -> Tensor:
        motion = drawn(generator, settings.jitter, settings.zoom, settings.rotate)
        return wish.met(moved(x, motion)) - settings.variation * canvas.variation(x).sum()

    free = starts.repeat_interleave(len(wish.units) // len(starts), dim=0)
    return climbed(free, canvas.painted, worth, settings)


def climbed(
    free: Tensor,
    paint: Callable[[Tensor], Tensor],
    worth: Callable[[Tensor], Tensor],
    settings: Maximisation,
) -> Tensor:
    """Returns the images that Adam comes to by making what they are worth larger.

    Args:
        free: what is changed (B, ...).
        paint: that -> images (B, C, H, W).
        worth: images -> what is to become large, added up over them.
        settings: steps and learning rate.
    """
    free = free.clone().requires_grad_()
    optimizer = torch.optim.Adam([free], lr=settings.lr)
    with torch.enable_grad():
        for _ in range(settings.steps):
            (free.grad,) = torch.autograd.grad(-worth(paint(free)), free)
            optimizer.step()
        return paint(free).detach()


def as_pixels(subject: Subject, x: Tensor) -> NDArray[np.uint8]:
    """Returns images that were made, as images of 0 to 255."""
    test = subject.tensors.test
    return subject.pixels(Examples(x, test.y, test.index), np.arange(len(x)))
