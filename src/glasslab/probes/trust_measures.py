"""Measures of how far a map of pixels can be trusted: held against the object, the network, and chance.

Heat is at least 0 and says how much each pixel counts. Ties are broken at random in expectation: a measure is
what it would be on average over all orders of tied pixels, so a map that says the same everywhere scores what
chance scores and never more.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

Heat = NDArray[np.float32]
Mask = NDArray[np.bool_]
Scores = NDArray[np.float64]

AT_ONCE = 128
"""Images that pass through the network together; few enough for what layers give to stay in the cache."""

ROUNDS = 64
"""Rounds of averaging that smooth what fills a hole; enough for holes of 20 pixels across."""


def pointing(heat: Heat, mask: Mask) -> Scores:
    """Returns for each image whether its hottest pixel lies in the mask: the pointing game.

    1 is a hit, 0 a miss, and of several hottest pixels the share that hits; NaN for an empty mask.

    Args:
        heat: (B, H, W).
        mask: (B, H, W).

    Source: Zhang et al., "Top-down neural attention by excitation backprop", 2018.
    """
    flat, inside = flattened(heat), flattened(mask)
    hottest = flat == flat.max(1, keepdims=True)
    return known(inside, (hottest & inside).sum(1) / hottest.sum(1))


def mass_accuracy(heat: Heat, mask: Mask) -> Scores:
    """Returns for each image the share of all heat that lies in the mask; NaN for an empty mask.

    A map without heat counts as one that says the same everywhere.

    Source: Arras et al., "CLEVR-XAI", 2022.
    """
    flat, inside = flattened(heat).astype(np.float64), flattened(mask)
    flat = np.where(flat.sum(1, keepdims=True) > 0, flat, 1.0)
    return known(inside, (flat * inside).sum(1) / flat.sum(1))


def rank_accuracy(heat: Heat, mask: Mask) -> Scores:
    """Returns for each image how many of the K hottest pixels lie in a mask of K pixels, as a share of K.

    NaN for an empty mask.

    Source: Arras et al., "CLEVR-XAI", 2022.
    """
    flat, inside = flattened(heat), flattened(mask)
    size = inside.sum(1)
    last = -np.sort(-flat, axis=1)[np.arange(len(flat)), np.maximum(size, 1) - 1]
    above, tied = flat > last[:, None], flat == last[:, None]
    share = (size - above.sum(1)) / tied.sum(1)  # of the tied pixels, so many are among the K
    return known(inside, ((above & inside).sum(1) + share * (tied & inside).sum(1)) / np.maximum(size, 1))


def flattened(images: NDArray[Any]) -> NDArray[Any]:
    """Returns images (B, H, W) as rows (B, H W)."""
    return images.reshape(len(images), -1)


def known(inside: NDArray[Any], scores: NDArray[Any]) -> Scores:
    """Returns the scores, NaN where the mask is empty."""
    return np.where(inside.any(1), scores, np.nan)


def widened(mask: Mask, radius: float) -> Mask:
    """Returns masks (B, H, W) with all pixels that lie no farther than `radius` pixels from them."""
    reach = int(radius)
    places = torch.arange(-reach, reach + 1)
    disc = (places[:, None] ** 2 + places**2 <= radius**2).float()[None, None]
    found = F.conv2d(torch.from_numpy(mask)[:, None].float(), disc, padding=reach)[:, 0] > 0.5
    return found.numpy()


def spearman(a: NDArray[Any], b: NDArray[Any]) -> Scores:
    """Returns Spearman's rank correlation of two maps (B, H, W) for each image, ties with their mean rank.

    NaN where one of them is the same everywhere.
    """
    return np.array([correlated(ranks(one), ranks(other)) for one, other in zip(a, b, strict=True)])


def ranks(values: NDArray[Any]) -> Scores:
    """Returns the ranks of all values (N,), from 1; equal ones share the mean of theirs."""
    _, where, counts = np.unique(values.ravel(), return_inverse=True, return_counts=True)
    found: Scores = (np.cumsum(counts) - (counts - 1) / 2)[where]
    return found


def correlated(a: Scores, b: Scores) -> float:
    """Returns Pearson's correlation; NaN where one side never varies."""
    a, b = a - a.mean(), b - b.mean()
    size = np.sqrt((a * a).sum() * (b * b).sum())
    return float((a * b).sum() / size) if size > 0 else float("nan")


def hottest_first(heat: Heat, lots: Scores) -> NDArray[np.int64]:
    """Returns the order of pixels from hot to cold (B, H W); ties in the order of their lots.

    Args:
        heat: (B, H, W).
        lots: a number drawn for every pixel (B, H W).
    """
    rows = zip(flattened(heat), lots, strict=True)
    return np.stack([np.lexsort((lot, -row)) for row, lot in rows])


def exchanged(
    score: Callable[[Tensor, Tensor], Tensor], start: Tensor, end: Tensor, order: Tensor, parts: int
) -> Tensor:
    """Returns the score of images while their pixels are exchanged for those of others, part by part.

    Args:
        score: images (B, C, H, W), which of the images each stems from (B,) -> a number for each (B,).
        start: images (N, C, H, W).
        end: what their pixels become.
        order: in which they do (N, H W), all channels of a pixel together.
        parts: equal parts that the pixels are exchanged in.

    Returns:
        (N, parts + 1), beginning with the score of `start` and ending with that of `end`.
    """
    count, pixels = order.shape
    turn = torch.empty_like(order)
    turn.scatter_(1, order, torch.arange(pixels, device=order.device).expand_as(order))
    turn = turn.view(count, 1, *start.shape[2:])
    cuts = [round(pixels * part / parts) for part in range(parts + 1)]
    step = max(1, AT_ONCE // len(cuts))
    found = []
    for first in range(0, count, step):
        some = slice(first, min(first + step, count))
        stages = [torch.where(turn[some] < cut, end[some], start[some]) for cut in cuts]
        stems = torch.arange(some.start, some.stop, device=start.device).repeat(len(cuts))
        found.append(score(torch.cat(stages), stems).view(len(cuts), -1).T)
    return torch.cat(found)


def area(curves: Tensor) -> Tensor:
    """Returns the area under curves (N, K) over 0 to 1 by the trapezoidal rule, (N,).

    Source: Petsiuk et al., "RISE", 2018, whose code has (sum - first / 2 - last / 2) / (K - 1).
    """
    return (curves.sum(1) - (curves[:, 0] + curves[:, -1]) / 2) / (curves.shape[1] - 1)


def sobel(x: Tensor) -> Tensor:
    """Returns how steeply images (B, C, H, W) rise, all channels averaged (B, H, W); borders repeated."""
    grey = F.pad(x.mean(1, keepdim=True), (1, 1, 1, 1), mode="replicate")
    smooth, slope = x.new_tensor([1.0, 2.0, 1.0]), x.new_tensor([-1.0, 0.0, 1.0])
    across = F.conv2d(grey, torch.outer(smooth, slope)[None, None])
    down = F.conv2d(grey, torch.outer(slope, smooth)[None, None])
    return (across**2 + down**2).sqrt()[:, 0]


def elsewhere(mask: Mask) -> Mask:
    """Returns masks moved by half of both sides, out of one border and in at the other, off the old ones."""
    height, width = mask.shape[1:]
    moved: Mask = np.roll(mask, (height // 2, width // 2), axis=(1, 2)) & ~mask
    return moved


def erased(x: Tensor, mask: Mask) -> Tensor:
    """Returns images without what the masks cover and one pixel around: filled in smoothly from outside.

    A flat filling would keep the outline that it is meant to take away, so each hidden pixel becomes the mean
    of its four neighbours, as far as some rounds of averaging come.

    Args:
        x: images (B, C, H, W).
        mask: (B, H, W).

    Source: after Rong et al., "A consistent and efficient evaluation strategy for attribution methods",
    2022, without their noise.
    """
    hidden = torch.from_numpy(widened(mask, 1.5))[:, None].to(x.device)
    kept = (~hidden).to(x.dtype)
    mean = (x * kept).sum((2, 3), keepdim=True) / kept.sum((2, 3), keepdim=True).clamp_min(1)
    filled = torch.where(hidden, mean, x)
    for size in (9, 5):  # coarse first: a mean over wide windows is nearly there at once
        wide = F.avg_pool2d(F.pad(filled, (size // 2,) * 4, mode="replicate"), size, stride=1)
        filled = torch.where(hidden, wide, x)
    for _ in range(ROUNDS):
        around = F.pad(filled, (1, 1, 1, 1), mode="replicate")
        mean = around[..., :-2, 1:-1] + around[..., 2:, 1:-1] + around[..., 1:-1, :-2] + around[..., 1:-1, 2:]
        filled = torch.where(hidden, mean / 4, x)
    return filled
