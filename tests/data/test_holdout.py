import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glasslab.data.dataset import Dataset, Split
from glasslab.data.holdout import balanced, limited
from glasslab.errors import DataError
from glasslab.plan.data import Moons


def dataset(per_class=20, classes=4, test=8):
    y = np.tile(np.arange(classes), per_class)
    x = np.arange(2 * len(y), dtype=np.float32).reshape(-1, 2)
    held = Split.whole(x[:test].copy(), y[:test].copy())
    return Dataset(Split.whole(x, y), None, held, tuple("abcdefgh"[:classes]), "by hand")


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.data())
def test_balanced_counts_are_those_of_dealing_one_from_each_class_in_turn(labels, data):
    count = data.draw(st.integers(0, len(labels)))
    left, dealt = np.bincount(labels, minlength=5), np.zeros(5, dtype=int)
    while dealt.sum() < count:
        for each in range(5):
            if dealt[each] < left[each] and dealt.sum() < count:
                dealt[each] += 1
    chosen = balanced(np.array(labels), count, "test")
    assert np.bincount(np.array(labels)[chosen], minlength=5).tolist() == dealt.tolist()
    assert chosen.tolist() == sorted(set(chosen.tolist()))


def test_balanced_choices_are_fixed_for_good():
    assert balanced(np.array([0, 1] * 8), 6, "train").tolist() == [5, 7, 8, 9, 12, 14]


def test_a_larger_choice_contains_the_smaller_one():
    y = np.arange(300) % 7
    assert set(balanced(y, 40, "train")) < set(balanced(y, 200, "train"))


def test_purposes_choose_independently():
    y = np.zeros(1000, dtype=int)
    both = set(balanced(y, 500, "train")) & set(balanced(y, 500, "test"))
    assert 200 < len(both) < 300  # 250 expected, deviation 8


def test_choices_are_spread_over_the_whole_set():
    chosen = balanced(np.zeros(10_000, dtype=int), 1000, "train")
    assert 4500 < chosen.mean() < 5500  # 5000 expected, deviation 87


def test_validation_is_taken_out_of_training_and_balanced():
    got = limited(dataset(), Moons(validation=10))
    assert got.val is not None
    assert sorted([*got.train.index, *got.val.index]) == list(range(80))
    assert np.bincount(got.val.y).tolist() == [3, 3, 2, 2]


def test_validation_stays_the_same_under_another_train_limit():
    few, many = (limited(dataset(), Moons(validation=12, train_limit=n)) for n in (8, 40))
    assert few.val is not None
    assert many.val is not None
    assert few.val.index.tolist() == many.val.index.tolist()
    assert set(few.train.index) < set(many.train.index)
    assert not set(many.train.index) & set(many.val.index)


def test_limits_keep_inputs_and_labels_together_and_in_order():
    got = limited(dataset(), Moons(train_limit=10, test_limit=5))
    assert (len(got.train), len(got.test)) == (10, 5)
    assert got.train.x[:, 0].tolist() == (2 * got.train.index).tolist()
    assert got.train.y.tolist() == (got.train.index % 4).tolist()
    assert np.all(np.diff(got.train.index) > 0)


def test_a_limit_of_all_there_is_changes_nothing():
    got = limited(dataset(), Moons(train_limit=80, test_limit=8))
    assert got.fingerprint == dataset().fingerprint


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"train_limit": 81}, r"train_limit: must be from 4 \(one a class\) to 80 \(all there are\), got 81"),
        ({"test_limit": 9}, r"test_limit: must be from 4 \(one a class\) to 8 \(all there are\), got 9"),
        ({"train_limit": 3}, r"train_limit: must be from 4 \(one a class\) to 80 .*, got 3"),
        ({"test_limit": 1}, r"test_limit: must be from 4 .*, got 1"),
        ({"validation": 2}, r"validation: must be from 4 .*, got 2"),
        ({"validation": 80}, r"validation: must be .* to 79 \(leaving one to train on\), got 80"),
        (
            {"validation": 10, "train_limit": 71},
            r"train_limit: must be .* to 70 \(all that validation leaves\), got 71",
        ),
    ],
)
def test_limits_that_cannot_be_met_are_refused_by_name(settings, message):
    with pytest.raises(DataError, match=r"^\[data\] " + message):
        limited(dataset(), Moons(**settings))
