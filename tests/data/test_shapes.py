import numpy as np
import pytest

from glasslab.data.catalog import EXAMPLES
from glasslab.data.dataset import DECOY, OBJECT
from glasslab.data.load import load
from glasslab.data.places import Places
from glasslab.data.shapes import CLASSES, PATCH, Chances
from glasslab.data.tensors import to_tensors
from glasslab.plan.data import Shapes, drawn_per_seed

PLACES = Places.here()


def made(seed=0, **settings):
    return load(Shapes(**{"train": 300, "test": 100, **settings}), np.random.default_rng(seed), PLACES)


@pytest.fixture(scope="module")
def whole():
    return load(Shapes(), np.random.default_rng(0), PLACES)


def test_it_is_10000_and_2000_pictures_in_ten_equal_classes(whole):
    assert whole.train.x.shape == (10_000, 3, 32, 32)
    assert whole.test.x.shape == (2_000, 3, 32, 32)
    assert whole.train.x.dtype == np.uint8
    assert (len(CLASSES), CLASSES[-1]) == (10, "nothing")
    assert np.bincount(whole.train.y).tolist() == [1000] * 10
    assert EXAMPLES["shapes"] == (12_000, whole.input_shape)


def test_the_same_pictures_are_drawn_for_every_seed_for_good(whole):
    assert not drawn_per_seed(Shapes())
    assert made(seed=0).fingerprint == made(seed=1).fingerprint
    assert whole.fingerprint == "809542aa0163672a"


def test_a_larger_set_begins_with_the_smaller_one(whole):
    small = made(train=130, test=70)
    for few, many in ((small.train, whole.train), (small.test, whole.test)):
        assert np.array_equal(few.x, many.x[: len(few)])
        assert np.array_equal(few.regions, many.regions[: len(few)])


def test_another_edition_is_another_set_and_test_pictures_are_not_trained_on():
    one, other = made(), made(edition=1)
    assert one.fingerprint != other.fingerprint
    known = {picture.tobytes() for picture in one.train.x}
    assert not any(picture.tobytes() in known for picture in one.test.x)


def test_every_object_is_told_but_that_of_nothing(whole):
    objects = (whole.train.regions == OBJECT).sum((1, 2))
    nothing = whole.train.y == CLASSES.index("nothing")
    assert (objects[nothing] == 0).all()
    assert objects[~nothing].min() >= 25
    assert objects.max() < 32 * 32 / 3
    assert set(np.unique(whole.train.regions)) == {0, OBJECT}


def test_an_object_is_of_one_colour_that_is_lighter_than_the_ground_around_it(whole):
    x, regions = whole.train.x[:200].astype(float), whole.train.regions[:200]
    for picture, region in zip(x, regions, strict=True):
        if (region == OBJECT).any():
            inside = picture[:, region == OBJECT]
            middle = np.median(inside, axis=1)
            alike = np.abs(inside - middle[:, None]) < 2 * 18  # noise is 18 at the most; edges are mixed
            assert alike.mean() > 0.75
            assert (middle > np.median(picture[:, region == 0], axis=1)).all()


def test_objects_lie_everywhere(whole):
    share = (whole.train.regions == OBJECT).mean(0)
    assert share[8:-8, 8:-8].min() > 0.1
    assert abs(share[:, :16].mean() - share[:, 16:].mean()) < 0.01
    assert abs(share[:16].mean() - share[16:].mean()) < 0.02


def test_colours_do_not_tell_the_class(whole):
    means = whole.train.x.mean((2, 3))
    nearest = np.stack([means[whole.train.y == k].mean(0) for k in range(10)])
    guessed = ((whole.test.x.mean((2, 3))[:, None] - nearest) ** 2).sum(2).argmin(1)
    assert (guessed == whole.test.y).mean() < 0.2


def test_limits_and_validation_keep_pictures_with_their_regions():
    all_, cut = made(), made(train_limit=40, validation=50, test_limit=20)
    assert cut.val is not None
    for part, of in ((cut.train, all_.train), (cut.val, all_.train), (cut.test, all_.test)):
        assert np.array_equal(part.x, of.x[part.index])
        assert np.array_equal(part.regions, of.regions[part.index])
    tensors = to_tensors(cut, Shapes(normalize="channel"), "cpu")
    assert tensors.val is not None
    assert np.array_equal(tensors.val.regions, cut.val.regions)
    assert np.array_equal(tensors.test.regions, cut.test.regions)


def test_a_decoy_tells_the_class_in_training_and_nothing_in_the_test():
    plain, decoy = made(train=1000, test=1000), made(train=1000, test=1000, decoy=True)
    corner = (slice(None), slice(None), slice(PATCH), slice(PATCH))
    patches = {name: getattr(decoy, name).x[corner].reshape(1000, -1) for name in ("train", "test")}
    codes = {tuple(patches["train"][k]): k for k in range(10)}
    assert len(codes) == 10
    told = {name: np.array([codes[tuple(each)] for each in rows]) for name, rows in patches.items()}
    assert np.array_equal(told["train"], decoy.train.y)
    assert 0.05 < (told["test"] == decoy.test.y).mean() < 0.15  # 0.1 expected, deviation 0.01
    for name in ("train", "test"):
        regions = getattr(decoy, name).regions
        assert (regions[:, :PATCH, :PATCH] == DECOY).all()
        assert (regions == DECOY).sum() == 1000 * PATCH**2
        rest = getattr(plain, name).x.copy()
        rest[corner] = getattr(decoy, name).x[corner]
        assert np.array_equal(rest, getattr(decoy, name).x)


def test_no_more_chances_are_used_than_are_drawn():
    with pytest.raises(ValueError, match="only 96 chances are drawn for a picture"):
        Chances(np.zeros((2, 5), np.float32)).take(6)
