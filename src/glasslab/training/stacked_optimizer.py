"""The optimizers of a stack of runs: PyTorch's own, one for all runs of the same settings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from torch import Tensor
from torch.nn import Parameter
from torch.optim import Optimizer

from glasslab.plan.recipe import Recipe
from glasslab.recipes.optimizers import make_optimizer, optimizer_tensors, restore_tensors, stepper
from glasslab.training.checkpoint import under


@dataclass(frozen=True, slots=True)
class Group:
    """Neighbouring runs that step alike, and their part of every stacked parameter.

    Attributes:
        first: the place of the first of them.
        last: the place after the last of them.
        parameters: all of theirs (last - first, P), in the memory of the stack, as are their gradients.
        optimizer: over them.
        move: takes its step.
    """

    first: int
    last: int
    parameters: Parameter
    optimizer: Optimizer
    move: Callable[[], None]


class StackedOptimizer:
    """Steps along the gradients of stacked parameters (M, ...), each run by its own recipe.

    PyTorch's optimizers take one learning rate, momentum and decay for a tensor, and their arithmetic is
    element by element. So runs that share optimizer and schedule are stepped by one optimizer over their part
    of the stack, in one fused call where there is one, and every run is stepped as it would be alone.
    """

    def __init__(self, recipes: Sequence[Recipe], rows: Tensor, gradients: Tensor) -> None:
        """Makes the optimizers.

        Args:
            recipes: each run's; runs that step alike lie side by side.
            rows: all parameters of the runs (M, P).
            gradients: where their gradients will stand (M, P).
        """
        self.recipes = tuple(recipes)
        self.groups: list[Group] = []
        for _, alike in groupby(range(len(recipes)), key=lambda place: stepping(recipes[place])):
            places = list(alike)
            first, last = places[0], places[-1] + 1
            part = Parameter(rows[first:last])
            part.grad = gradients[first:last]
            optimizer = make_optimizer(recipes[first].optimizer, [part])
            self.groups.append(Group(first, last, part, optimizer, stepper(optimizer)))

    def step(self, rates: Sequence[float]) -> None:
        """Moves every run's parameters along their gradients, at each run's learning rate (M,)."""
        for group in self.groups:
            for each in group.optimizer.param_groups:
                each["lr"] = rates[group.first]
            group.move()

    def select(self, places: Sequence[int], rows: Tensor, gradients: Tensor) -> "StackedOptimizer":
        """Returns the optimizers of the runs at these places, which go on from where they are.

        Args:
            places: of the runs that stay, in order.
            rows: all parameters of those alone.
            gradients: theirs.
        """
        chosen = StackedOptimizer([self.recipes[place] for place in places], rows, gradients)
        for group in chosen.groups:
            before = next(each for each in self.groups if each.first <= places[group.first] < each.last)
            kept = [place - before.first for place in places[group.first : group.last]]
            state = before.optimizer.state.get(before.parameters, {})
            own = {name: of_these(value, kept, before.parameters) for name, value in state.items()}
            group.optimizer.state[group.parameters] = own
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
            restore_tensors(group.optimizer, under(state, f"{number}/"))


def stepping(recipe: Recipe) -> str:
    """Returns what runs that are stepped by one optimizer have in common."""
    return repr((recipe.optimizer, recipe.schedule))


def of_these(value: Any, rows: Sequence[int], parameter: Tensor) -> Any:
    """Returns the part of an optimizer's value that belongs to some runs; a count is for all of them."""
    if isinstance(value, Tensor):
        return value[list(rows)] if value.shape == parameter.shape else value.clone()
    return value
