import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from glasslab.probes.trust_measures import (
    area,
    elsewhere,
    erased,
    exchanged,
    hottest_first,
    mass_accuracy,
    pointing,
    rank_accuracy,
    ranks,
    sobel,
    spearman,
    widened,
)

CORNER = np.zeros((4, 5), bool)
CORNER[:2, :2] = True
RANDOM = np.random.default_rng(3)


def heat(*rows):
    return np.array([rows], dtype=np.float32)


def only(places, shape=(4, 5)):
    made = np.zeros((1, *shape), np.float32)
    for place in places:
        made[(0, *place)] = 1
    return made


def test_the_hottest_pixel_hits_or_misses():
    assert pointing(only([(1, 1)]), CORNER[None]).tolist() == [1]
    assert pointing(only([(2, 1)]), CORNER[None]).tolist() == [0]


def test_several_hottest_pixels_hit_by_their_share():
    assert pointing(only([(1, 1), (3, 3), (3, 4), (2, 0)]), CORNER[None]).tolist() == [0.25]


@pytest.mark.parametrize("measure", [pointing, mass_accuracy, rank_accuracy])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_map_that_says_the_same_everywhere_scores_what_chance_scores(measure, value):
    flat = np.full((1, 4, 5), value, np.float32)
    assert measure(flat, CORNER[None]) == pytest.approx([4 / 20])


@pytest.mark.parametrize("measure", [pointing, mass_accuracy, rank_accuracy])
def test_an_image_without_an_object_is_left_out(measure):
    masks = np.stack([CORNER, np.zeros_like(CORNER)])
    scores = measure(RANDOM.random((2, 4, 5), np.float32), masks)
    assert np.isfinite(scores).tolist() == [True, False]


@pytest.mark.parametrize("measure", [pointing, mass_accuracy, rank_accuracy])
def test_heat_on_all_of_the_object_and_nowhere_else_is_perfect(measure):
    assert measure(CORNER[None].astype(np.float32), CORNER[None]).tolist() == [1]


def test_mass_is_the_heat_inside_over_all_heat():
    assert mass_accuracy(heat([3, 1], [2, 4]), np.array([[[True, False], [False, True]]])) == pytest.approx(
        0.7
    )


def test_rank_is_the_share_of_the_hottest_pixels_that_lie_inside():
    mask = np.array([[[True, True, True, False, False, False]]])
    assert rank_accuracy(heat([9, 8, 1, 7, 2, 0]), mask) == pytest.approx(2 / 3)


def test_rank_with_ties_is_its_mean_over_all_orders_of_the_tied_pixels():
    mask = np.array([[[True, True, True, False, False, False]]])
    tied = np.array([9, 5, 5, 5, 5, 0], np.float32)
    shares = []
    for _ in range(4000):
        hottest = np.lexsort((RANDOM.random(6), -tied))[:3]
        shares.append(mask[0, 0, hottest].mean())
    assert rank_accuracy(tied[None, None], mask) == pytest.approx(np.mean(shares), abs=0.01)


def test_a_mask_is_widened_by_a_disc():
    mask = np.zeros((1, 7, 7), bool)
    mask[0, 3, 3] = True
    rows, columns = np.indices((7, 7)) - 3
    assert np.array_equal(widened(mask, 2)[0], rows**2 + columns**2 <= 4)
    assert widened(mask, 2).sum() == 13
    assert widened(mask, 1.5).sum() == 9


@pytest.mark.parametrize("levels", [3, 10**6])
def test_rank_correlation_is_scipys_with_many_ties_and_with_none(levels):
    a, b = (RANDOM.integers(0, levels, (5, 6, 7)).astype(np.float32) for _ in range(2))
    expected = [spearmanr(x.ravel(), y.ravel()).statistic for x, y in zip(a, b, strict=True)]
    assert spearman(a, b) == pytest.approx(expected)


def test_equal_values_share_the_mean_of_their_ranks():
    assert ranks(np.array([[5, 1], [5, 9]])).tolist() == [2.5, 1, 2.5, 4]


def test_a_map_that_never_varies_has_no_rank_correlation():
    assert np.isnan(spearman(np.zeros((1, 3, 3)), RANDOM.random((1, 3, 3)))).all()


def test_pixels_go_from_hot_to_cold_and_ties_by_their_lots():
    order = hottest_first(heat([1, 3, 1, 2]), np.array([[0.9, 0.0, 0.1, 0.5]]))
    assert order.tolist() == [[1, 3, 2, 0]]


def test_pixels_are_exchanged_part_by_part_as_a_loop_does_it():
    start, end = (torch.rand(3, 2, 4, 5, generator=torch.Generator().manual_seed(k)) for k in (0, 1))
    order = torch.from_numpy(np.stack([RANDOM.permutation(20) for _ in range(3)]))
    weights = torch.rand(3, generator=torch.Generator().manual_seed(2))

    def score(images, stems):
        return (images[:, 0] * 3 + images[:, 1] ** 2).sum((1, 2)) * weights[stems]

    expected = torch.empty(3, 6)
    for image in range(3):
        current = start[image].clone()
        expected[image, 0] = score(current[None], torch.tensor([image]))[0]
        for part in range(5):
            for place in order[image, 4 * part : 4 * part + 4]:
                current[:, place // 5, place % 5] = end[image, :, place // 5, place % 5]
            expected[image, part + 1] = score(current[None], torch.tensor([image]))[0]
    torch.testing.assert_close(exchanged(score, start, end, order, 5), expected)


def test_the_number_of_images_at_once_changes_nothing(monkeypatch):
    start, end = torch.zeros(5, 1, 2, 2), torch.ones(5, 1, 2, 2)
    order = torch.arange(4).expand(5, 4)

    def score(images, stems):
        return images.sum((1, 2, 3)) + 10 * stems

    whole = exchanged(score, start, end, order, 4)
    monkeypatch.setattr("glasslab.probes.trust_measures.AT_ONCE", 1)
    assert torch.equal(exchanged(score, start, end, order, 4), whole)
    assert whole[2].tolist() == [20, 21, 22, 23, 24]


def test_the_area_is_numpys_by_the_trapezoidal_rule():
    curves = torch.rand(4, 9, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    expected = np.trapezoid(curves.numpy(), dx=1 / 8, axis=1)
    assert area(curves).tolist() == pytest.approx(expected.tolist())


def test_sobel_finds_the_edge_and_nothing_on_flat_ground():
    x = torch.zeros(1, 3, 5, 6)
    x[..., 3:] = 1
    edges = sobel(x)
    assert edges.shape == (1, 5, 6)
    assert edges[0, 2].tolist() == [0, 0, 4, 4, 0, 0]


def test_as_large_a_region_elsewhere_is_as_large_and_elsewhere():
    mask = np.zeros((1, 8, 8), bool)
    mask[0, 5:8, 4:7] = True
    other = elsewhere(mask)
    assert other.sum() == 9
    assert not (other & mask).any()
    assert other[0, 1:4, 0:3].all()
    assert not elsewhere(np.ones((1, 4, 4), bool)).any()


def test_what_is_erased_is_filled_in_from_around_and_the_rest_is_left():
    x = torch.linspace(0, 1, 16).expand(1, 2, 16, 16).clone()  # rises evenly from left to right
    spoilt = x.clone()
    spoilt[:, :, 6:10, 6:10] = 9
    mask = np.zeros((1, 16, 16), bool)
    mask[0, 6:10, 6:10] = True
    filled = erased(spoilt, mask)
    torch.testing.assert_close(filled, x, rtol=0, atol=0.02)
    outside = torch.from_numpy(~widened(mask, 1.5))[0]
    assert torch.equal(filled[..., outside], x[..., outside])
    assert torch.equal(erased(x, np.zeros_like(mask)), x)
