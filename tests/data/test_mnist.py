import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pytest

from glasslab.data.mnist import DIGITS, FASHION, GARMENTS, MNIST, load, load_fashion
from glasslab.data.places import Places
from glasslab.errors import DataError
from glasslab.plan.data import FashionMnist, Mnist

RNG = np.random.default_rng(0)


def idx(values):
    values = np.asarray(values, dtype=np.uint8)
    return struct.pack(f">4B{values.ndim}I", 0, 0, 8, values.ndim, *values.shape) + values.tobytes()


def written(folder, packed=(), **changes):
    """Writes a set of 3 + 2 images below `folder`; `packed` names files to gzip."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        "train-images-idx3-ubyte": idx(np.arange(3 * 784).reshape(3, 28, 28) % 256),
        "train-labels-idx1-ubyte": idx([5, 0, 9]),
        "t10k-images-idx3-ubyte": idx(np.full((2, 28, 28), 7)),
        "t10k-labels-idx1-ubyte": idx([1, 2]),
    }
    for name, raw in contents.items():
        raw = changes.get(name.replace("-", "_"), raw)
        path = folder / (f"{name}.gz" if name in packed else name)
        path.write_bytes(gzip.compress(raw) if name in packed else raw)


def places(folder):
    return Places(folder, folder, cache_dir=folder / "cache")


def test_images_labels_and_positions_are_those_of_the_files(tmp_path):
    written(tmp_path, packed=("train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"))
    got = load(Mnist(), RNG, places(tmp_path))
    assert (got.input_shape, got.train.x.dtype) == ((1, 28, 28), np.uint8)
    assert got.train.x[1, 0, 0, :3].tolist() == [784 % 256, 785 % 256, 786 % 256]
    assert (got.train.y.tolist(), got.train.index.tolist()) == ([5, 0, 9], [0, 1, 2])
    assert (got.test.y.tolist(), got.test.x.max(), got.val) == ([1, 2], 7, None)
    assert (got.classes, got.origin) == (DIGITS, "mnist (idx files)")


def test_fashion_has_its_own_classes_and_folder(tmp_path):
    written(tmp_path / "FashionMNIST" / "raw")
    got = load_fashion(FashionMnist(), RNG, places(tmp_path))
    assert (got.classes[0], len(got.classes), got.origin) == ("T-shirt/top", 10, "fashion-mnist (idx files)")
    assert got.classes == GARMENTS


@pytest.mark.parametrize(
    "changes, message",
    [
        (
            {"train_images_idx3_ubyte": idx(np.zeros((3, 28, 27)))},
            "train-images-idx3-ubyte: has images of 28 x 27 pixels instead of 28 x 28",
        ),
        (
            {"train_labels_idx1_ubyte": idx([1, 2])},
            "train-images-idx3-ubyte: has 3 images, but train-labels-idx1-ubyte has 2 labels",
        ),
        (
            {"t10k_labels_idx1_ubyte": idx([1, 10])},
            "t10k-labels-idx1-ubyte: has the label 10, and the classes are 0 to 9",
        ),
        (
            {"t10k_images_idx3_ubyte": idx(np.zeros((0, 28, 28))), "t10k_labels_idx1_ubyte": idx([])},
            "t10k-images-idx3-ubyte: has no images",
        ),
        ({"train_labels_idx1_ubyte": idx([1, 2, 3]) + b"\0"}, "train-labels-idx1-ubyte: has 4 bytes of"),
    ],
)
def test_damaged_files_are_refused(tmp_path, changes, message):
    written(tmp_path, **changes)
    with pytest.raises(DataError, match=message):
        load(Mnist(), RNG, places(tmp_path))


def test_a_cut_gzip_file_is_refused(tmp_path):
    written(tmp_path, packed=("train-images-idx3-ubyte",))
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte\.gz: is cut short"):
        load(Mnist(), RNG, places(tmp_path))


@pytest.mark.parametrize("published", [MNIST, FASHION])
def test_every_published_file_has_https_addresses_size_and_checksums(published):
    (release,) = published.releases
    assert {source.name.removesuffix(".gz") for source in release} == set(published.layouts[0].files)
    for source in release:
        assert all(each.startswith("https://") for each in source.addresses)
        assert all(each.endswith("/" + source.name) for each in source.addresses)
        assert (len(source.md5), len(source.sha256)) == (32, 64)
        assert 1000 < source.size < 30_000_000


def real():
    folder = Path(os.environ.get("GLASSLAB_DATA") or "unset")
    if not (folder / "mnist").is_dir():
        pytest.skip("GLASSLAB_DATA names no folder with mnist/")
    return Places(folder, folder, cache_dir=folder / "no-cache")


def test_the_real_set_is_mnist_as_published():
    got = load(Mnist(), RNG, real())
    assert (got.train.x.shape, got.test.x.shape) == ((60_000, 1, 28, 28), (10_000, 1, 28, 28))
    train = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    test = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(got.train.y).tolist() == train
    assert np.bincount(got.test.y).tolist() == test
    assert got.train.x.mean() / 255 == pytest.approx(0.1307, abs=5e-5)
    assert got.fingerprint == "4f27550c1b22078f"  # stated in docs/data.md
