"""Rectified gradients: the backward pass of a deconvnet or of guided backpropagation, through any ReLU."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from glasslab.probes.layers import left_as_it_was
from glasslab.probes.prospect import Prospect

Rule = Literal["deconvnet", "guided"]
Placing = Literal["sum", "write-once"]

RELUS = {F.relu, torch.relu, Tensor.relu}
RELUS_IN_PLACE = {F.relu_, torch.relu_, Tensor.relu_}
CLAMPS = {torch.clamp, Tensor.clamp, torch.clip, Tensor.clip, torch.clamp_min, Tensor.clamp_min}
CLAMPS_IN_PLACE = {torch.clamp_, Tensor.clamp_, torch.clip_, Tensor.clip_}
CLAMPS_IN_PLACE |= {torch.clamp_min_, Tensor.clamp_min_}
MAX_POOLS = {F.max_pool2d, torch.max_pool2d}
WINDOWS = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")  # what a pooling is told
SUMS = {torch.add, Tensor.add, Tensor.add_, Tensor.__add__, Tensor.__radd__, Tensor.__iadd__}
JOINS = {torch.cat, torch.concat, torch.concatenate}
OTHERS = {"tanh", "sigmoid", "leaky_relu", "rrelu", "prelu", "elu", "celu", "selu", "gelu", "silu", "mish"}
OTHERS |= {"softplus", "softsign", "hardtanh", "relu6", "hardswish", "hardsigmoid", "hardshrink"}
OTHERS |= {"softshrink", "tanhshrink", "logsigmoid", "threshold", "glu"}


class RectifiedMode(TorchFunctionMode):
    """Gives every ReLU of a forward pass, inside a with statement, another backward pass.

    With the rule "deconvnet" what flows back is rectified, whatever came in (Zeiler and Fergus 2014, section
    2.1); with "guided" it flows only where the input was positive as well (Springenberg et al. 2015).
    Modules, functions, methods, those in place, `clamp(min=0)` and one module that is used several times are
    all met, and the network is not touched. Outside the statement `torch.autograd.grad` of what was worked
    out inside gives the rectified gradient. Compiled and scripted networks pass it by: nothing is met there.

    Attributes:
        relus: how many ReLUs were met.
        relus_on_maps: how many of them worked on maps (B, C, H, W).
        others: names of other activation functions met, in order, each once; they keep their own derivative.
        others_on_maps: those of them that worked on maps.
        joins: how often two tensors that both need a gradient were added or put side by side, as skip
            connections are; the rules are not made for those, what flows back from both sides is added.
    """

    def __init__(self, rule: Rule, placing: Placing = "sum") -> None:
        """Makes the mode.

        Args:
            rule: what happens at a ReLU on the way back.
            placing: what happens at a max-pooling where windows overlap and share their maximum: "sum" adds
                what they send back, the true transpose; "write-once" keeps what the last one sends, as
                `torch.nn.functional.max_unpool2d` does.
        """
        super().__init__()
        self.rule = rule
        self.placing = placing
        self.relus = 0
        self.relus_on_maps = 0
        self.others: list[str] = []
        self.others_on_maps: list[str] = []
        self.joins = 0

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Calls one of PyTorch's functions, a ReLU in its other form."""
        named = dict(kwargs or {})
        in_place = relu_in_place(func, args, named)
        if in_place is not None:
            x = args[0] if args else named["input"]
            self.relus += 1
            self.relus_on_maps += x.ndim == 4
            return Rectified.apply(x, self.rule, in_place)  # type: ignore[no-untyped-call]
        if func in MAX_POOLS and self.placing == "write-once" and not named.get("return_indices"):
            windows = dict(zip(WINDOWS, args[1:], strict=False)) | named
            x = args[0] if args else windows.pop("input")
            return WriteOnce.apply(x, {key: windows[key] for key in WINDOWS if key in windows})  # type: ignore[no-untyped-call]
        self.note(func, args)
        return func(*args, **named)

    def note(self, func: Callable[..., Any], args: Sequence[Any]) -> None:
        """Keeps in mind what the rules are not made for."""
        name = getattr(func, "__name__", "").rstrip("_")
        if name in OTHERS:
            on_maps = bool(args) and isinstance(args[0], Tensor) and args[0].ndim == 4
            for met in (self.others, self.others_on_maps) if on_maps else (self.others,):
                met.extend([name] if name not in met else [])
        given = args[0] if func in JOINS and args else args if func in SUMS else ()
        self.joins += sum(isinstance(each, Tensor) and each.requires_grad for each in given) > 1


def relu_in_place(func: Callable[..., Any], args: Sequence[Any], named: Mapping[str, Any]) -> bool | None:
    """Returns whether a call is a ReLU that works in place; None when it is no ReLU."""
    if func in RELUS:
        return bool(named.get("inplace", len(args) > 1 and args[1]))
    if func in RELUS_IN_PLACE:
        return True
    if func in CLAMPS or func in CLAMPS_IN_PLACE:
        low = args[1] if len(args) > 1 else named.get("min")
        high = args[2] if len(args) > 2 else named.get("max")
        if isinstance(low, int | float) and low == 0 and high is None:
            return func in CLAMPS_IN_PLACE
    return None


class Rectified(torch.autograd.Function):
    """ReLU with the backward pass of a deconvnet or of guided backpropagation."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, rule: Rule, in_place: bool) -> Tensor:
        """Returns max(x, 0)."""
        if in_place:
            ctx.mark_dirty(x)
        out = x.clamp_(min=0) if in_place else x.clamp(min=0)
        ctx.open = out > 0 if rule == "guided" else None
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        """Returns what flows back: the positive part, for "guided" only where the input was positive."""
        back = gradients[0].clamp(min=0)
        return back if ctx.open is None else back * ctx.open, None, None


class WriteOnce(torch.autograd.Function):
    """Max-pooling whose backward pass writes each place once."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, windows: Mapping[str, Any]) -> Tensor:
        """Returns the maxima."""
        found: tuple[Tensor, Tensor] = F.max_pool2d(x, **windows, return_indices=True)
        out, ctx.places = found
        ctx.shape = x.shape
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """Returns what the last window sends to each place, 0 where no window has its maximum."""
        places, back = ctx.places.flatten(-2), gradients[0].flatten(-2)
        order = torch.arange(places.shape[-1], device=places.device).expand_as(places)
        last = torch.full((*places.shape[:-1], math.prod(ctx.shape[-2:])), -1, device=places.device)
        last = last.scatter_reduce(-1, places, order, "amax")
        placed = back.gather(-1, last.clamp(min=0)) * (last >= 0)
        return placed.view(ctx.shape), None


def activations_met(prospect: Prospect) -> RectifiedMode:
    """Returns the activation functions and skip connections that a forward pass meets."""
    like = next(prospect.net.parameters(), torch.empty(()))
    image = torch.zeros(1, *prospect.input_shape, dtype=like.dtype, device=like.device, requires_grad=True)
    met = RectifiedMode("deconvnet")
    with left_as_it_was(prospect.net), torch.enable_grad(), met:
        prospect.net(image)
    return met
