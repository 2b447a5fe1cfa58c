import numpy as np
import pytest
import torch

from glasslab.data.augment import AugmentPlan, apply, check_augment, draw
from glasslab.errors import DataError

IMAGES = torch.randn(6, 3, 7, 9, generator=torch.Generator().manual_seed(0))
FILL = torch.tensor([-1.0, 0.5, 2.0])


def one_by_one(x, offsets, flips):
    """What augmentation means, image by image, in NumPy."""
    out = []
    for image, (top, left), flip in zip(x.numpy(), offsets, flips, strict=True):
        channels = [
            np.pad(c, 4, constant_values=f)[top : top + 7, left : left + 9]
            for c, f in zip(image, FILL.numpy(), strict=True)
        ]
        out.append(np.stack(channels)[:, :, ::-1] if flip else np.stack(channels))
    return np.stack(out)


@pytest.mark.parametrize("augment", [("crop",), ("flip",), ("crop", "flip"), ("flip", "crop"), ()])
def test_a_batch_is_augmented_as_each_image_would_be(augment):
    plan = draw(augment, 50, np.random.default_rng(1))
    rows = torch.tensor([3, 0, 49, 7, 7, 12])
    offsets = [(4, 4)] * 6 if plan.offsets is None else plan.offsets[rows].tolist()
    flips = [False] * 6 if plan.flips is None else plan.flips[rows].tolist()
    assert np.array_equal(apply(plan, rows, IMAGES, FILL).numpy(), one_by_one(IMAGES, offsets, flips))


def test_the_corners_of_the_padded_image_can_be_reached():
    ends = torch.tensor([[0, 0], [8, 8], [0, 8], [8, 0], [4, 4], [4, 4]])
    got = apply(AugmentPlan(ends, None), torch.arange(6), IMAGES, FILL).numpy()
    assert np.array_equal(got, one_by_one(IMAGES, ends.tolist(), [False] * 6))
    assert np.array_equal(got[4], IMAGES[4].numpy())
    assert got[0, :, 0, 0].tolist() == FILL.tolist()


def test_without_augmentation_the_batch_itself_is_returned():
    plan = draw((), 6, np.random.default_rng(0))
    assert apply(plan, torch.arange(6), IMAGES, FILL) is IMAGES


def test_draws_cover_their_ranges_evenly():
    plan = draw(("crop", "flip"), 90_000, np.random.default_rng(2))
    assert plan.offsets is not None
    assert plan.flips is not None
    for column in plan.offsets.T:
        counts = np.bincount(column.numpy(), minlength=9)
        assert len(counts) == 9
        assert np.abs(counts - 10_000).max() < 500  # five standard deviations
    assert abs(plan.flips.sum().item() - 45_000) < 750


def test_mirroring_is_the_same_with_and_without_crops():
    alone, both = (draw(a, 100, np.random.default_rng(3)) for a in (("flip",), ("crop", "flip")))
    assert alone.flips is not None
    assert both.flips is not None
    assert torch.equal(alone.flips, both.flips)
    assert alone.offsets is None


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_the_type_of_the_batch_stays(dtype):
    plan = draw(("crop",), 6, np.random.default_rng(0))
    assert apply(plan, torch.arange(6), IMAGES.to(dtype), FILL.to(dtype)).dtype == dtype


def test_augmentation_of_points_is_refused():
    check_augment(("crop",), (1, 28, 28))
    check_augment((), (2,))
    with pytest.raises(DataError, match=r"\[recipe\] augment: 'flip' needs images, .* shape \(2,\); leave"):
        check_augment(("flip",), (2,))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_augmentation_on_cuda_equals_that_on_the_cpu():
    plan, rows = draw(("crop", "flip"), 6, np.random.default_rng(1)), torch.arange(6)
    there = apply(plan.to("cuda"), rows.cuda(), IMAGES.cuda(), FILL.cuda())
    assert torch.equal(there.cpu(), apply(plan, rows, IMAGES, FILL))
