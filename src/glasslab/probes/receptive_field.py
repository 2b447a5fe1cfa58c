"""Receptive fields: which pixels of the image each place of a feature map can see."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from glasslab.probes.layers import first_of, hooked, left_as_it_was
from glasslab.probes.rectified import OTHERS

MAX_POOL = ("input", "kernel_size", "stride", "padding", "dilation", "ceil_mode")
TOLD: dict[Any, tuple[str, ...]] = {
    torch.conv2d: ("input", "weight", "bias", "stride", "padding", "dilation"),
    F.max_pool2d: MAX_POOL,
    torch.max_pool2d: MAX_POOL,
    F.avg_pool2d: ("input", "kernel_size", "stride", "padding", "ceil_mode"),
    F.pad: ("input", "pad"),
}
"""What functions that look through windows are told, in order; torch.conv2d is F.conv2d."""

PLACE_BY_PLACE = OTHERS | {"relu", "clamp", "clip", "clamp_min", "batch_norm", "cat", "concat", "concatenate"}
PLACE_BY_PLACE |= {"dropout", "dropout2d", "alpha_dropout", "feature_dropout", "feature_alpha_dropout"}
PLACE_BY_PLACE |= {"clone", "contiguous", "detach", "to", "float", "double", "half", "type_as", "getitem"}
PLACE_BY_PLACE |= {
    f"{way}{each}" for way in ("", "i", "r") for each in ("add", "sub", "mul", "div", "truediv")
}
PLACE_BY_PLACE |= {
    "maximum",
    "minimum",
    "abs",
    "neg",
    "square",
    "sqrt",
    "exp",
    "log",
    "pow",
    "chunk",
    "split",
}


@dataclass(frozen=True, slots=True)
class Reach:
    """What the places along one axis of a map see of that axis of the image.

    Attributes:
        low: first pixel that place 0 sees; below 0 where padding begins outside of the image.
        size: pixels that each place sees.
        jump: pixels from what one place sees to what the next one does; 0 where all see the whole image.
    """

    low: int
    size: int
    jump: int

    def through(self, kernel: int, stride: int, before: int, dilation: int = 1) -> "Reach":
        """Returns the reach after windows of `kernel` places, the first beginning `before` places early."""
        wider = self.size + (kernel - 1) * dilation * self.jump
        return Reach(self.low - before * self.jump, wider, self.jump * stride)

    def joined(self, other: "Reach", side: int) -> "Reach":
        """Returns what places see in which two maps come together; all pixels where the two do not fit."""
        if self.jump != other.jump:
            return Reach(0, side, 0)
        low = min(self.low, other.low)
        return Reach(low, max(self.low + self.size, other.low + other.size) - low, self.jump)

    def span(self, place: int, side: int) -> tuple[int, int]:
        """Returns the first pixel that a place sees and the one after the last, cut off at the edges."""
        low = self.low + place * self.jump
        return min(max(0, low), side - 1), max(min(side, low + self.size), 1)


@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """What the places of a map see of the image.

    Attributes:
        rows: down the image.
        columns: across it.
        sides: the image's height and width.
    """

    rows: Reach
    columns: Reach
    sides: tuple[int, int]

    def box(self, row: int, column: int) -> tuple[int, int, int, int]:
        """Returns top, bottom, left and right of what a place sees; bottom and right are not within."""
        return *self.rows.span(row, self.sides[0]), *self.columns.span(column, self.sides[1])

    def joined(self, other: "ReceptiveField") -> "ReceptiveField":
        """Returns the field of a map that two maps come together in."""
        rows = self.rows.joined(other.rows, self.sides[0])
        return ReceptiveField(rows, self.columns.joined(other.columns, self.sides[1]), self.sides)


def receptive_fields(
    net: nn.Module, input_shape: tuple[int, ...], names: Sequence[str]
) -> dict[str, ReceptiveField]:
    """Returns the receptive field of the places of layers' maps.

    From kernel, stride, padding and dilation of every convolution and pooling on the way, be they modules or
    functions (Dumoulin and Visin 2016, chapter 5). Branches that meet are joined. After a function that is
    not known to work place by place, the field is the whole image.

    Args:
        net: the network; it is left as it was.
        input_shape: (C, H, W) of one image.
        names: of layers with maps; one that is used several times counts with its last use.
    """
    found: dict[str, ReceptiveField] = {}
    like = next(net.parameters(), torch.empty(()))
    image = torch.zeros(1, *input_shape, dtype=like.dtype, device=like.device)
    tracing = Tracing(image)

    def note(name: str, module: nn.Module, given: tuple[Any, ...], out: Any) -> None:
        found[name] = tracing.field(first_of(out))

    with left_as_it_was(net), hooked(net, names, note), torch.no_grad(), tracing:
        net(image)
    return found


class Tracing(TorchFunctionMode):
    """Follows the receptive field through every function of a forward pass inside a with statement."""

    def __init__(self, image: Tensor) -> None:
        """Takes the image (1, C, H, W) that the forward pass is given."""
        super().__init__()
        self.sides = (image.shape[-2], image.shape[-1])
        own = ReceptiveField(Reach(0, 1, 1), Reach(0, 1, 1), self.sides)
        self.seen = {id(image): (image, own)}  # with the tensors, so that no id is used again

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Calls one of PyTorch's functions, and notes what the places of its result see."""
        named = dict(kwargs or {})
        given = [each for each in tensors([*args, *named.values()]) if id(each) in self.seen]
        before = [self.field(each) for each in given]
        out = func(*args, **named)
        for each in tensors([out]) if given else ():
            field = windowed(func, args, named, before[0])
            if field is None and works_place_by_place(func, given, each):
                field = reduce(ReceptiveField.joined, before)
            self.seen[id(each)] = (each, field or self.whole())
        return out

    def field(self, of: Tensor) -> ReceptiveField:
        """Returns what the places of a tensor see; the whole image where it is not known where it is from."""
        return self.seen[id(of)][1] if id(of) in self.seen else self.whole()

    def whole(self) -> ReceptiveField:
        """Returns the field of places that see the whole image."""
        return ReceptiveField(Reach(0, self.sides[0], 0), Reach(0, self.sides[1], 0), self.sides)


def tensors(among: Iterable[Any]) -> Iterator[Tensor]:
    """Yields the tensors among values and within lists and tuples of them."""
    for each in among:
        if isinstance(each, Tensor):
            yield each
        elif isinstance(each, list | tuple):
            yield from tensors(each)


def works_place_by_place(func: Callable[..., Any], given: Sequence[Tensor], out: Tensor) -> bool:
    """Returns whether each place of a function's result depends on the same place of what it was given."""
    name = getattr(func, "__name__", "").strip("_")
    return name in PLACE_BY_PLACE and all(each.shape[-2:] == out.shape[-2:] for each in given)


def windowed(
    func: Callable[..., Any], args: Sequence[Any], named: Mapping[str, Any], before: ReceptiveField
) -> ReceptiveField | None:
    """Returns what places see after a convolution, a pooling or padding; None for another function."""
    names = TOLD.get(func)
    if names is None:
        return None
    told = dict(zip(names, args, strict=False)) | dict(named)
    if func is F.pad:
        left, _, top, _ = (*told["pad"], 0, 0)[:4]
        rows, columns = before.rows.through(1, 1, top), before.columns.through(1, 1, left)
        return ReceptiveField(rows, columns, before.sides)
    kernel = pair(told["weight"].shape[-2:] if "weight" in told else told["kernel_size"])
    stride = pair(told.get("stride") or (1 if "weight" in told else kernel))
    dilation = pair(told.get("dilation", 1))
    padding = told.get("padding", 0)
    same = ((dilation[0] * (kernel[0] - 1)) // 2, (dilation[1] * (kernel[1] - 1)) // 2)
    early = {"same": same, "valid": (0, 0)}[padding] if isinstance(padding, str) else pair(padding)
    rows = before.rows.through(kernel[0], stride[0], early[0], dilation[0])
    columns = before.columns.through(kernel[1], stride[1], early[1], dilation[1])
    return ReceptiveField(rows, columns, before.sides)


def pair(value: int | Sequence[int]) -> tuple[int, int]:
    """Returns a setting of a window down and across."""
    if isinstance(value, int):
        return value, value
    return value[0], value[-1]
