import math

import numpy as np
import pytest
import torch
from scipy.ndimage import rotate
from torch.nn import functional as F

from glasslab.probes.motions import Motion, drawn, moved
from tests.probes.made_subjects import images

X = images(2, 3, 12)


def test_no_motion_leaves_an_image_as_it_is() -> None:
    assert torch.equal(moved(X, Motion()), X)


def test_whole_pixels_are_shifted_and_the_border_repeated() -> None:
    found = moved(X, Motion(right=2, down=-1))
    wanted = F.pad(X, (0, 2, 1, 0), mode="replicate")[:, :, :-1, 2:]
    assert torch.allclose(found, wanted, atol=1e-5)


def by_grid(motion: Motion) -> torch.Tensor:
    """Returns what PyTorch's own bilinear sampling makes of the images."""
    cos, sin = motion.zoom * math.cos(motion.turn), motion.zoom * math.sin(motion.turn)
    theta = torch.tensor([[cos, -sin, motion.right / 6], [sin, cos, motion.down / 6]])
    grid = F.affine_grid(theta.expand(2, 2, 3), list(X.shape), align_corners=False)
    return F.grid_sample(X, grid, padding_mode="border", align_corners=False)


def test_shifts_and_changes_of_size_are_those_of_bilinear_sampling() -> None:
    for motion in (Motion(0.3, 1.7), Motion(zoom=0.9), Motion(-0.5, 0.25, 1.08)):
        assert torch.allclose(moved(X, motion), by_grid(motion), atol=1e-5)


def test_a_turn_is_that_of_sampling_at_once_for_what_changes_slowly() -> None:
    ramp = torch.arange(12.0)
    plane = (2 * ramp[:, None] + 3 * ramp)[None, None]
    found = moved(plane, Motion(turn=math.radians(8)))[0, 0, 3:-3, 3:-3].numpy()
    wanted = rotate(plane[0, 0].numpy(), 8, reshape=False, order=1)[3:-3, 3:-3]
    other = rotate(plane[0, 0].numpy(), -8, reshape=False, order=1)[3:-3, 3:-3]
    assert min(np.abs(found - wanted).max(), np.abs(found - other).max()) < 1e-4
    turned = Motion(0.5, -0.4, 1.05, math.radians(-5))
    cos, sin = 1.05 * math.cos(turned.turn), 1.05 * math.sin(turned.turn)
    v, u = (ramp - 5.5)[:, None], ramp - 5.5
    exact = 2 * (sin * u + cos * v - 0.4 + 5.5) + 3 * (cos * u - sin * v + 0.5 + 5.5)
    assert torch.allclose(moved(plane, turned)[0, 0, 3:-3, 3:-3], exact[3:-3, 3:-3], atol=1e-4)


def test_the_gradient_is_that_of_finite_differences() -> None:
    x = torch.rand(1, 2, 5, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    motion = Motion(0.3, -0.6, 1.04, 0.05)
    assert torch.autograd.gradcheck(lambda given: moved(given, motion), (x.requires_grad_(),))


def test_motions_are_drawn_evenly_within_their_bounds_from_a_seed() -> None:
    def sequence() -> list[Motion]:
        generator = torch.Generator().manual_seed(0)
        return [drawn(generator, 2.0, 0.05, 5.0) for _ in range(2000)]

    found = sequence()
    assert found == sequence()
    for values, middle, most in (
        ([each.right for each in found], 0, 2),
        ([each.down for each in found], 0, 2),
        ([each.zoom for each in found], 1, 0.05),
        ([math.degrees(each.turn) for each in found], 0, 5),
    ):
        away = np.abs(np.array(values) - middle)
        assert away.max() <= most
        assert away.mean() == pytest.approx(most / 2, rel=0.05)
