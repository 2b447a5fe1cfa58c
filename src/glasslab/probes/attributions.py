"""Attributions: for every pixel of an image, how far a class's score goes by it; one method a function.

Scores are logits; for a network with one output z, those of its two classes are -z and z. All methods leave
the network as it was, draw from no global generator, and give the same map for an image whatever the batch.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from glasslab.errors import StudyError
from glasslab.plan.probe import Attribution
from glasslab.probes.fillings import ZERO, Fillings
from glasslab.probes.layers import first_of, hooked, layers_of, left_as_it_was
from glasslab.probes.occluders import each_hidden, inside
from glasslab.probes.prospect import Prospect
from glasslab.probes.rectified import RectifiedMode, Rule, activations_met

AT_ONCE = 512
"""Images that are worked on together with their gradients; bounds the memory."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a method has to know of data and run.

    Attributes:
        fillings: what stands for nothing in an image; all 0 where it is not said.
        seed: what is drawn at random is drawn from it.
    """

    fillings: Fillings = ZERO
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What is explained.

    Attributes:
        net: in evaluation mode.
        x: images (B, C, H, W), without gradient.
        targets: the class explained of each (B,), int64.
        settings: of all methods.
        context: of data and run.
    """

    net: nn.Module
    x: Tensor
    targets: Tensor
    settings: Attribution
    context: Context

    def scores(self, x: Tensor) -> Tensor:
        """Returns the logit of every class, (B, classes)."""
        return class_scores(self.net(x))

    def part(self, some: slice) -> "Asked":
        """Returns some of the images with their targets."""
        return Asked(self.net, self.x[some], self.targets[some], self.settings, self.context)


@dataclass(frozen=True, slots=True)
class Method:
    """A way to tell which pixels count.

    Attributes:
        name: "integrated-gradients".
        attribute: what is asked -> map (B, C or 1, H, W).
        needs: prospect -> why the method does not fit such a network, None where it does.
        each: images of the network that one image takes; so many fewer are worked on together.
        contributes: whether the numbers are shares of the score, so that a sign says for or against, and
            channels may be added; else only their size counts (a gradient).
    """

    name: str
    attribute: Callable[[Asked], Tensor]
    needs: Callable[[Prospect], str | None]
    each: Callable[[Attribution], int] = lambda settings: 1
    contributes: bool = False

    def __call__(
        self,
        net: nn.Module,
        x: Tensor,
        targets: Tensor,
        settings: Attribution,
        context: Context = Context(),
    ) -> Tensor:
        """Returns a map of signed numbers for each image, (B, C or 1, H, W) in float32.

        Args:
            net: a network for images; it may be in any mode, and is used in evaluation mode.
            x: images (B, C, H, W).
            targets: the class to be explained of each (B,), int64.
            settings: of all methods.
            context: what there is to know of data and run.
        """
        step = max(1, AT_ONCE // self.each(settings))
        with left_as_it_was(net), backward_through(net), torch.enable_grad():
            asked = Asked(net, x.detach().clone(), targets, settings, context)
            parts = [asked.part(slice(start, start + step)) for start in range(0, len(x), step)]
            maps = [self.attribute(part).detach().to(torch.float32) for part in parts]
        return torch.cat(maps) if maps else x.new_zeros(x.shape, dtype=torch.float32)

    def heat(self, signed: Tensor) -> Tensor:
        """Returns how much speaks for the class at each pixel, (B, H, W), at least 0; see `to_heat`."""
        return to_heat(signed, contributes=self.contributes)


def to_heat(signed: Tensor, *, contributes: bool = False) -> Tensor:
    """Returns one number at least 0 for each pixel of a signed map.

    Of gradients the largest size over channels (Simonyan et al., 2014, section 3.1), since their sign says
    only where to change a pixel to; of contributions the positive part of the sum over channels, what speaks
    for the class (Arras et al., 2022).

    Args:
        signed: (B, C or 1, H, W).
        contributes: whether the numbers are contributions to the score.

    Returns:
        (B, H, W).
    """
    return signed.sum(1).clamp_min(0) if contributes else signed.abs().amax(1)


def class_scores(outputs: Tensor) -> Tensor:
    """Returns the logits of all classes (B, classes) from a network's outputs (B, K)."""
    return torch.cat((-outputs, outputs), 1) if outputs.shape[1] == 1 else outputs


def of_targets(scores: Tensor, targets: Tensor) -> Tensor:
    """Returns each image's score of its own target, (B,)."""
    return scores.gather(1, targets[:, None])[:, 0]


def backward_through(net: nn.Module) -> AbstractContextManager[Any]:
    """Returns what a backward pass has to be inside of: cuDNN has none for recurrent layers in evaluation."""
    recurrent = any(isinstance(each, nn.RNNBase) for each in net.modules())
    return torch.backends.cudnn.flags(enabled=False) if recurrent else nullcontext()


def saliency(asked: Asked) -> Tensor:
    """Returns the gradient of the score, with its sign (Simonyan et al., 2014)."""
    from captum.attr import Saliency  # type: ignore[import-untyped]  # noqa: PLC0415  # takes a second

    found: Tensor = Saliency(asked.scores).attribute(asked.x.requires_grad_(), asked.targets, abs=False)
    return found


def input_x_gradient(asked: Asked) -> Tensor:
    """Returns the gradient times the input (Shrikumar et al., 2016)."""
    from captum.attr import InputXGradient  # noqa: PLC0415  # see above

    found: Tensor = InputXGradient(asked.scores).attribute(asked.x.requires_grad_(), asked.targets)
    return found


def integrated_gradients(asked: Asked) -> Tensor:
    """Returns the mean gradient on the way from the baseline, times that way (Sundararajan et al., 2017).

    The sum over a map is the score of the image less that of the baseline, but for the error of so many
    steps, by Gauss and Legendre's rule.
    """
    from captum.attr import IntegratedGradients  # noqa: PLC0415  # see above

    settings = asked.settings
    baseline = asked.context.fillings.like(asked.x, settings.baseline)
    found: Tensor = IntegratedGradients(asked.scores).attribute(
        asked.x, baseline, asked.targets, n_steps=settings.steps, method="gausslegendre"
    )
    return found


def smoothgrad(asked: Asked) -> Tensor:
    """Returns the mean gradient over noisy copies of an image (Smilkov et al., 2017).

    The noise is the same for all images, but for its size, which is a share of each image's own range.
    """
    from captum.attr import Saliency  # noqa: PLC0415  # see above

    x, settings = asked.x, asked.settings
    generator = torch.Generator().manual_seed(asked.context.seed)
    noise = torch.randn(settings.samples, *x.shape[1:], generator=generator).to(x)
    spread = settings.noise * (x.amax((1, 2, 3)) - x.amin((1, 2, 3)))
    copies = x[:, None] + spread[:, None, None, None, None] * noise
    targets = asked.targets.repeat_interleave(settings.samples)
    gradients = Saliency(asked.scores).attribute(copies.flatten(0, 1).requires_grad_(), targets, abs=False)
    return gradients.unflatten(0, (-1, settings.samples)).mean(1)  # type: ignore[no-any-return]


def grad_cam(asked: Asked) -> Tensor:
    """Returns a layer's maps weighed by their mean gradients, added up and enlarged (Selvaraju et al., 2017).

    Signed: the paper's map is its positive part. Bilinear.
    """
    maps: list[Tensor] = []

    def note(name: str, module: nn.Module, given: tuple[Any, ...], out: Any) -> Tensor:
        maps.append(first_of(out).clone())
        return maps[-1].clone()  # an activation in place would change it

    layer = weighed_layer(asked.net, tuple(asked.x.shape[1:]), asked.settings.layer)
    with hooked(asked.net, [layer or ""], note):
        scores = asked.scores(asked.x.requires_grad_())
    (gradient,) = torch.autograd.grad(of_targets(scores, asked.targets).sum(), maps[-1])
    weighed = (gradient.mean((2, 3), keepdim=True) * maps[-1]).sum(1, keepdim=True)
    return F.interpolate(weighed, asked.x.shape[2:], mode="bilinear", align_corners=False)


def weighed_layer(net: nn.Module, input_shape: tuple[int, ...], asked: str = "") -> str | None:
    """Returns the layer whose maps Grad-CAM weighs: that asked for, or the last convolution's activation.

    None where there is no such layer with maps.
    """
    layers = layers_of(net, input_shape)
    if asked:
        return next((each.name for each in layers if each.name == asked and each.has_maps), None)
    places = [k for k, each in enumerate(layers) if each.has_maps and isinstance(each.module, nn.Conv2d)]
    if not places:
        return None
    following = layers[places[-1] + 1 : places[-1] + 2]
    return next((each.name for each in following if each.is_pointwise), layers[places[-1]].name)


def guided_backpropagation(asked: Asked) -> Tensor:
    """Returns the gradient through guided ReLUs (Springenberg et al., 2015)."""
    return rectified(asked, "guided")


def deconvnet(asked: Asked) -> Tensor:
    """Returns the deconvnet's projection of the score to the pixels (Zeiler and Fergus, 2014)."""
    return rectified(asked, "deconvnet")


def rectified(asked: Asked, rule: Rule) -> Tensor:
    """Returns the gradient of the score by another rule at each ReLU."""
    x = asked.x.requires_grad_()
    with RectifiedMode(rule):
        scores = asked.scores(x)
    return torch.autograd.grad(of_targets(scores, asked.targets).sum(), x)[0]


@torch.no_grad()
def occlusion(asked: Asked) -> Tensor:
    """Returns by how much the score falls with an occluder on a pixel, averaged over its places there.

    (B, 1, H, W). The occluder stays within the image; see the probe `occlusion` for Zeiler and Fergus' maps.
    """
    height, width = asked.x.shape[2:]
    size = window_side(asked.settings, (height, width))
    covered = inside(height, width, size, min(asked.settings.stride, size)).covered(height, width)
    covered = covered.to(asked.x.device)
    whole = of_targets(asked.scores(asked.x), asked.targets)
    filling = asked.context.fillings.like(asked.x, asked.settings.baseline)
    maps = []
    for image, fill, target, before in zip(asked.x, filling, asked.targets, whole, strict=True):
        total = torch.zeros(1, height, width, dtype=image.dtype, device=image.device)
        for some, scores in each_hidden(asked.scores, image, fill, covered):
            falls = before - scores[:, target]
            total += torch.einsum("p,pchw->chw", falls, covered[some].to(falls.dtype))
        maps.append(total / covered.sum(0))
    return torch.stack(maps)


def window_side(settings: Attribution, sides: tuple[int, int]) -> int:
    """Returns the occluder's side in pixels: as asked for, or a quarter of the image's shorter side."""
    return settings.window or max(1, round(min(sides) / 4))


def any_images(prospect: Prospect) -> str | None:
    """Returns why a method that takes images as they come does not fit, None where it does."""
    return None if prospect.has_images else f"needs images, these examples have {prospect.shape_words}"


def maps_to_weigh(prospect: Prospect) -> str | None:
    """Returns why Grad-CAM does not fit a network, None where it does."""
    if why := any_images(prospect):
        return why
    found = weighed_layer(prospect.net, prospect.input_shape)
    return None if found else "needs a convolution, and this network has none"


def relus_only(prospect: Prospect) -> str | None:
    """Returns why guided backpropagation and the deconvnet do not fit a network, None where they do."""
    if why := any_images(prospect):
        return why
    if any(isinstance(each, nn.RNNBase) for each in prospect.net.modules()):
        return "has no meaning for a recurrent network"
    mode = activations_met(prospect)
    if mode.others:
        return f"needs ReLU as the only activation function, and this network has {', '.join(mode.others)}"
    return None if mode.relus else "needs ReLUs, and this network has none"


METHODS: dict[str, Method] = {
    each.name: each
    for each in (
        Method("saliency", saliency, any_images),
        Method("input-x-gradient", input_x_gradient, any_images, contributes=True),
        Method("integrated-gradients", integrated_gradients, any_images, lambda s: s.steps, contributes=True),
        Method("smoothgrad", smoothgrad, any_images, lambda s: s.samples),
        Method("grad-cam", grad_cam, maps_to_weigh, contributes=True),
        Method("guided-backpropagation", guided_backpropagation, relus_only),
        Method("deconvnet", deconvnet, relus_only),
        Method("occlusion", occlusion, any_images, contributes=True),
    )
}
"""All methods, by the names that settings give them, in the order in which they are shown."""


def fitting(prospect: Prospect, asked: Sequence[str]) -> list[str]:
    """Returns which of the methods asked for fit a network, of all for none, in the table's order."""
    return [
        name
        for name, each in METHODS.items()
        if (not asked or name in asked) and each.needs(prospect) is None
    ]


def require_methods(prospect: Prospect, asked: Sequence[str], probe: str) -> None:
    """Raises StudyError when a method asked of a probe does not fit a network; lists those that do."""
    fits = fitting(prospect, asked)
    unfit = [name for name in asked if name not in fits]
    if unfit:
        why, known = METHODS[unfit[0]].needs(prospect), ", ".join(fitting(prospect, ()))
        raise StudyError([f"probes: '{probe}' methods: '{unfit[0]}' {why}; those that fit: {known}"])
