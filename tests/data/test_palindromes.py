import numpy as np
import pytest
import torch

from glasslab.data.load import load
from glasslab.data.places import Places
from glasslab.data.tensors import to_tensors
from glasslab.errors import DataError
from glasslab.plan.data import Palindromes, drawn_per_seed

PLACES = Places.here()


def made(seed: int = 0, **settings):
    return load(Palindromes(**settings), np.random.default_rng(seed), PLACES)


@pytest.mark.parametrize("length", [2, 5, 10, 25])
def test_the_class_is_the_first_digit_and_the_digits_read_are_a_palindrome_without_its_last(
    length: int,
) -> None:
    split = made(length=length, train=50, test=10).train
    assert split.x.shape == (50, length - 1, 1)
    whole = np.concatenate([split.x[:, :, 0], split.y[:, None]], axis=1)
    assert np.array_equal(whole, whole[:, ::-1])
    assert np.array_equal(split.y, split.x[:, 0, 0])


def test_every_digit_is_as_likely_as_any_other_in_every_free_place() -> None:
    x = made(length=10, train=20_000, test=10).train.x[:, :5, 0]
    for place in range(5):
        counts = np.bincount(x[:, place].astype(int), minlength=10)
        assert np.all(np.abs(counts - 2000) < 5 * np.sqrt(2000 * 0.9))


def test_the_free_places_are_independent_of_one_another() -> None:
    x = made(length=10, train=20_000, test=10).train.x[:, :5, 0]
    correlation = np.corrcoef(x.T) - np.eye(5)
    assert np.abs(correlation).max() < 5 / np.sqrt(20_000)


def test_they_are_drawn_anew_for_each_seed() -> None:
    assert drawn_per_seed(Palindromes())
    assert made(seed=0, train=20, test=10).fingerprint == made(seed=0, train=20, test=10).fingerprint
    assert made(seed=0, train=20, test=10).fingerprint != made(seed=1, train=20, test=10).fingerprint


def test_long_test_palindromes_were_not_trained_on() -> None:
    data = made(length=20, train=2000, test=500)
    known = {row.tobytes() for row in data.train.x}
    assert not any(row.tobytes() in known for row in data.test.x)


@pytest.mark.parametrize(
    "normalize, scaled", [("none", [0.0, 9.0]), ("unit", [0.0, 1.0]), ("signed", [-1.0, 1.0])]
)
def test_digits_are_scaled_alike_at_every_step(normalize: str, scaled: list[float]) -> None:
    settings = Palindromes(length=6, train=200, test=10, normalize=normalize)
    tensors = to_tensors(load(settings, np.random.default_rng(0), PLACES), settings, "cpu")
    assert tensors.train.x.amin(dim=(0, 2)).tolist() == [scaled[0]] * 5
    assert tensors.train.x.amax(dim=(0, 2)).tolist() == [scaled[1]] * 5
    raw = tensors.scaling.undo(tensors.train.x)
    assert torch.allclose(raw, raw.round(), atol=1e-6)


def test_more_digits_than_memory_holds_are_refused() -> None:
    with pytest.raises(
        DataError, match=r"100,000,010 palindromes of length 10000 are more than 1,000,000,000"
    ):
        made(length=10_000, train=100_000_000, test=10)


def test_they_can_be_limited_and_held_out_by_class() -> None:
    data = made(length=5, train=200, test=50, train_limit=20, validation=30)
    assert (len(data.train), len(data.val), len(data.test)) == (20, 30, 50)
    assert set(data.train.y) == set(range(10))
