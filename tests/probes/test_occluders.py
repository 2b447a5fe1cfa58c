import pytest
import torch

from glasslab.probes.fillings import ZERO, Fillings, blurred, fillings_of
from glasslab.probes.occluders import Places, centred, each_hidden, inside
from tests.probes.made_subjects import images, linear, subject


def hidden_by(places: Places, number: int, height: int, width: int) -> set[tuple[int, int]]:
    """Returns the pixels that one place hides."""
    covered = places.covered(height, width)[number, 0]
    return {(int(row), int(column)) for row, column in covered.nonzero()}


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7])
def test_at_stride_1_there_is_a_place_for_every_pixel_with_that_pixel_in_its_middle(size: int) -> None:
    places = centred(5, 8, size, 1)
    assert places.covered(5, 8).shape == (40, 1, 5, 8)
    for number in range(40):
        row, column = divmod(number, 8)
        low, high = size // 2, size - size // 2
        wanted = {
            (i, j)
            for i in range(max(0, row - low), min(5, row + high))
            for j in range(max(0, column - low), min(8, column + high))
        }
        assert hidden_by(places, number, 5, 8) == wanted


def test_a_larger_stride_leaves_places_out() -> None:
    all_places, some = centred(7, 7, 3, 1), centred(7, 7, 3, 3)
    assert some.tops == (-1, 2, 5)
    assert hidden_by(some, 4, 7, 7) == hidden_by(all_places, 3 * 7 + 3, 7, 7)


def test_inside_the_last_place_is_cut_off_where_strides_do_not_come_out_even() -> None:
    places = inside(7, 9, 3, 3)
    assert places.tops == (0, 3, 6)
    assert places.lefts == (0, 3, 6)
    assert hidden_by(places, 6, 7, 9) == {(6, 0), (6, 1), (6, 2)}
    assert places.covered(7, 9).any(0).all()


def test_what_is_hidden_is_filled_and_all_else_left() -> None:
    x, filling = images(1)[0], torch.full((1, 12, 12), 9.0)
    covered = centred(12, 12, 3, 1).covered(12, 12)
    seen = torch.cat([each for _, each in each_hidden(lambda given: given, x, filling, covered)])
    assert len(seen) == 144  # more than go through the network at once
    assert torch.equal(seen, torch.where(covered, torch.tensor(9.0), x))


def test_fillings_are_mean_and_least_of_each_channel_of_the_training_images() -> None:
    x = images(9, 3)
    found = fillings_of(subject(linear(torch.zeros(3, 3, 12, 12), torch.zeros(3)), x).tensors)
    for k in range(3):
        assert found.mean[k] == pytest.approx(float(x[:, k].mean()), abs=1e-6)
        assert found.black[k] == float(x[:, k].min())
    assert torch.allclose(found.like(x, "mean")[4, 1], torch.tensor(found.mean[1]))
    assert torch.equal(found.like(x, "black")[4, 2], torch.full((12, 12), found.black[2]))
    assert torch.equal(ZERO.like(x, "mean"), torch.zeros_like(x))


def test_a_blurred_image_is_a_gaussian_mean_of_its_neighbours() -> None:
    x = torch.zeros(1, 2, 31, 31)
    x[0, 1, 15, 15] = 1.0
    found = Fillings((0.0,), (0.0,)).like(x, "blur")
    weights = torch.exp(-(torch.arange(-5.0, 6.0) ** 2) / 50)
    weights = weights / weights.sum()
    assert torch.allclose(found[0, 1, 10:21, 10:21], torch.outer(weights, weights), atol=1e-7)
    assert found[0, 1].sum() == pytest.approx(1.0, abs=1e-5)
    assert not found[0, 0].any()
    flat = torch.full((1, 1, 6, 6), 3.0)
    assert torch.allclose(blurred(flat), flat)
