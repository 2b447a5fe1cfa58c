"""The optimizers of a stack of runs: PyTorch's own, one for all runs of the same settings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from torch import Tensor
from torch.nn import Parameter
from torch.nn import functional as F
from torch.optim import Optimizer

from glasslab.nets.products import ALIGNMENT
from glasslab.plan.recipe import Recipe
from glasslab.recipes.optimizers import make_optimizer, optimizer_tensors, restore_tensors, stepper


@dataclass(frozen=True, slots=True)
class Group:
    """Neighbouring runs that step alike, and their part of every stacked parameter.

    Attributes:
        first: the place of the first of them.
        last: the place after the last of them.
        parameters: rows of the stacked ones (last - first, numbers of a row), in the same memory.
        optimizer: over them.
        move: takes its step.
    """

    first: int
    last: int
    parameters: tuple[Parameter, ...]
    optimizer: Optimizer
    move: Callable[[], None]


class StackedOptimizer:
    """Steps along the gradients of stacked parameters (M, ...), each run by its own recipe.

    PyTorch's optimizers take one learning rate, momentum and decay for a tensor, and their arithmetic is
    element by element. So runs that share optimizer and schedule are stepped by one optimizer over their part
    of the stack, in one fused call where there is one, and every run is stepped as it would be alone.
    """

    def __init__(self, recipes: Sequence[Recipe], parameters: Sequence[Parameter]) -> None:
        """Makes the optimizers.

        Args:
            recipes: each run's; runs that step alike lie side by side.
            parameters: of all runs, each (M, ...), its rows as `glasslab.nets.stack.in_rows` lays them.
        """
        self.recipes, self.parameters = tuple(recipes), tuple(parameters)
        self.groups: list[Group] = []
        places = range(len(recipes))
        for _, alike in groupby(places, key=lambda place: stepping(recipes[place])):
            first, *rest = alike
            last = rest[-1] + 1 if rest else first + 1
            parts = tuple(Parameter(rows_of(each.detach())[first:last]) for each in parameters)
            optimizer = make_optimizer(recipes[first].optimizer, parts)
            self.groups.append(Group(first, last, parts, optimizer, stepper(optimizer)))

    def step(self, rates: Sequence[float]) -> None:
        """Moves every run's parameters along their gradients, at each run's learning rate (M,)."""
        gradients = [gradient_rows(parameter) for parameter in self.parameters]
        for group in self.groups:
            for part, gradient in zip(group.parameters, gradients, strict=True):
                part.grad = None if gradient is None else gradient[group.first : group.last]
            for each in group.optimizer.param_groups:
                each["lr"] = rates[group.first]
            group.move()

    def select(self, places: Sequence[int], parameters: Sequence[Parameter]) -> "StackedOptimizer":
        """Returns the optimizers of the runs at these places, which go on from where they are.

        Args:
            places: of the runs that stay, in order.
            parameters: the stacked parameters of those alone.
        """
        chosen = StackedOptimizer([self.recipes[place] for place in places], parameters)
        for group in chosen.groups:
            before = next(each for each in self.groups if each.first <= places[group.first] < each.last)
            rows = [place - before.first for place in places[group.first : group.last]]
            for mine, theirs in zip(group.parameters, before.parameters, strict=True):
                state = before.optimizer.state.get(theirs, {})
                group.optimizer.state[mine] = {k: of_these(v, rows, theirs) for k, v in state.items()}
        return chosen

    def state(self) -> dict[str, Tensor]:
        """Returns the optimizers' state as tensors by name."""
        return {
            f"{number}/{name}": value
            for number, group in enumerate(self.groups)
            for name, value in optimizer_tensors(group.optimizer).items()
        }

    def restore(self, state: dict[str, Tensor]) -> None:
        """Takes up where `state` was."""
        for number, group in enumerate(self.groups):
            start = f"{number}/"
            own = {k.removeprefix(start): v for k, v in state.items() if k.startswith(start)}
            restore_tensors(group.optimizer, own)


def stepping(recipe: Recipe) -> str:
    """Returns what runs that are stepped by one optimizer have in common."""
    return repr((recipe.optimizer, recipe.schedule))


def rows_of(stacked: Tensor) -> Tensor:
    """Returns all numbers of a stack's rows (M, N), those too that fill them up to a multiple of 64 bytes."""
    step = ALIGNMENT // stacked.element_size()
    numbers = -(-stacked[0].numel() // step) * step
    return stacked.detach().as_strided((len(stacked), numbers), (numbers, 1))


def gradient_rows(parameter: Parameter) -> Tensor | None:
    """Returns a stacked parameter's gradient in the form of its rows (M, N); None where it has none."""
    if parameter.grad is None:
        return None
    rows, numbers = parameter.grad.flatten(1), rows_of(parameter).shape[1]
    return rows if rows.shape[1] == numbers else F.pad(rows, (0, numbers - rows.shape[1]))


def of_these(value: Any, rows: Sequence[int], parameter: Tensor) -> Any:
    """Returns the part of an optimizer's value that belongs to some runs; a count is for all of them."""
    if isinstance(value, Tensor):
        return value[list(rows)] if value.shape == parameter.shape else value.clone()
    return value
