import numpy as np
import pytest

from glasslab.data import points
from glasslab.data.places import Places
from glasslab.errors import DataError
from glasslab.plan.data import Blobs, Circles, Moons, Xor

PLACES = Places.here()


def both(dataset):
    return np.concatenate([dataset.train.x, dataset.test.x]), np.concatenate(
        [dataset.train.y, dataset.test.y]
    )


@pytest.mark.parametrize(
    "make, settings, classes",
    [
        (points.blobs, Blobs(samples=100, test=0.25, centers=3), 3),
        (points.moons, Moons(samples=100, test=0.25), 2),
        (points.circles, Circles(samples=100, test=0.25), 2),
    ],
)
def test_points_are_shuffled_and_a_share_is_held_out(make, settings, classes):
    got = make(settings, np.random.default_rng(5), PLACES)
    assert (len(got.train), len(got.test), got.val) == (75, 25, None)
    assert (got.train.x.dtype, got.input_shape, len(got.classes)) == (np.float32, (2,), classes)
    assert sorted([*got.train.index, *got.test.index]) == list(range(100))
    assert set(got.train.y) == set(got.test.y) == set(range(classes))
    assert np.count_nonzero(np.diff(got.train.y)) > 10


def test_noiseless_moons_lie_on_their_half_circles():
    x, y = both(points.moons(Moons(noise=0.0, samples=50), np.random.default_rng(0), PLACES))
    upper, lower = x[y == 0], x[y == 1]
    assert np.allclose(np.hypot(*upper.T), 1, atol=1e-6)
    assert upper[:, 1].min() > -1e-6
    assert np.allclose(np.hypot(lower[:, 0] - 1, lower[:, 1] - 0.5), 1, atol=1e-6)


def test_noiseless_circles_have_their_radii():
    x, y = both(points.circles(Circles(noise=0.0, factor=0.3), np.random.default_rng(0), PLACES))
    assert np.allclose(np.hypot(*x.T), np.where(y == 0, 1.0, 0.3), atol=1e-6)


def test_blobs_have_the_deviation_asked_for():
    x, y = both(points.blobs(Blobs(samples=20_000, deviation=0.7), np.random.default_rng(1), PLACES))
    for cloud in (0, 1):
        assert x[y == cloud].std(axis=0) == pytest.approx([0.7, 0.7], rel=0.03)  # 4 standard errors


def test_points_depend_on_the_generator_alone():
    one, same, other = (
        points.moons(Moons(), np.random.default_rng(k), PLACES).fingerprint for k in (1, 1, 2)
    )
    assert one == same != other


def test_more_clouds_than_points_are_refused():
    with pytest.raises(DataError, match=r"\[data\] samples: 10 points are fewer than the 11 clouds"):
        points.blobs(Blobs(samples=10, centers=11), np.random.default_rng(0), PLACES)


def test_xor_trains_and_tests_on_the_same_four_corners():
    got = points.xor(Xor(), np.random.default_rng(0), PLACES)
    assert got.train is got.test
    assert got.train.y.tolist() == [int(a) ^ int(b) for a, b in got.train.x]
    assert sorted(got.train.x.tolist()) == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert got.train.x.dtype == np.float32
