import hashlib
import os
import pickle
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glasslab.data import cifar10
from glasslab.data.cifar10 import BINARY, CLASSES, PYTHON
from glasslab.data.load import load
from glasslab.data.places import Places
from glasslab.errors import DataError
from glasslab.plan.data import Cifar10

RNG = np.random.default_rng(0)
PIXELS = np.random.default_rng(1).integers(0, 256, (12, 3, 32, 32), dtype=np.uint8)
LABELS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 0, 7]


def written(folder, form):
    """Writes six batches of two photographs in one of the two forms, below `folder`."""
    below = folder / form.folder
    below.mkdir(parents=True)
    for number, name in enumerate(form.files):
        rows = slice(2 * number, 2 * number + 2)
        flat = PIXELS[rows].reshape(2, -1)
        if form is BINARY:
            raw = b"".join(bytes([y]) + x.tobytes() for x, y in zip(flat, LABELS[rows], strict=True))
        else:
            raw = pickle.dumps({"data": flat, "labels": LABELS[rows]})
        (below / name).write_bytes(raw)
    return below


def loaded(folder, **settings):
    return load(Cifar10(**settings), RNG, Places(folder, folder, cache_dir=folder / "cache"))


@pytest.mark.parametrize("form", [BINARY, PYTHON])
@pytest.mark.parametrize("packed", [False, True])
def test_both_forms_give_the_same_photographs_unpacked_or_not(tmp_path, monkeypatch, form, packed):
    below = written(tmp_path, form)
    if packed:
        path = tmp_path / form.archive.name
        with tarfile.open(path, "w:gz") as tar:
            tar.add(below, form.folder)
        for file in below.iterdir():
            file.unlink()
        raw = path.read_bytes()
        source = replace(form.archive, size=len(raw), md5=hashlib.md5(raw).hexdigest(), sha256="")
        monkeypatch.setattr(cifar10, "BINARY" if form is BINARY else "PYTHON", replace(form, archive=source))
    got = loaded(tmp_path)
    assert np.array_equal(got.train.x, PIXELS[:10])
    assert np.array_equal(got.test.x, PIXELS[10:])
    assert got.train.y.tolist() + got.test.y.tolist() == LABELS
    assert (got.input_shape, got.classes, got.val) == ((3, 32, 32), CLASSES, None)
    assert got.origin == f"cifar10 ({form.name})"


def test_an_archive_with_another_checksum_is_refused(tmp_path):
    (tmp_path / "cifar-10-binary.tar.gz").write_bytes(b"half")
    with pytest.raises(DataError, match=r"cifar-10-binary\.tar\.gz: has 4 bytes instead of 170052171"):
        loaded(tmp_path)


def test_a_damaged_batch_is_named(tmp_path):
    below = written(tmp_path, BINARY)
    (below / "data_batch_3.bin").write_bytes(bytes(3000))
    with pytest.raises(DataError, match=r"data_batch_3\.bin: has 3000 bytes"):
        loaded(tmp_path)


def test_a_missing_batch_is_named(tmp_path):
    (written(tmp_path, BINARY) / "test_batch.bin").unlink()
    with pytest.raises(DataError, match=r"cifar-10-batches-bin lacks test_batch\.bin"):
        loaded(tmp_path)


def test_grey_and_size_change_every_photograph(tmp_path):
    written(tmp_path, BINARY)
    got = loaded(tmp_path, grey=True, size=16)
    assert (got.input_shape, got.train.x.dtype, len(got.train)) == ((1, 16, 16), np.uint8, 10)
    luma = (PIXELS[:10] * np.array([0.299, 0.587, 0.114])[:, None, None]).sum(1)
    assert got.train.x.mean() == pytest.approx(luma.mean(), abs=0.5)


@pytest.mark.parametrize("form", [BINARY, PYTHON])
def test_archives_have_https_addresses_size_and_checksums(form):
    assert all(each.startswith("https://") for each in form.archive.addresses)
    assert "www.cs.toronto.edu/~kriz/" in form.archive.addresses[0]
    assert (len(form.archive.md5), len(form.archive.sha256)) == (32, 64)


def test_the_real_set_is_cifar10_as_published():
    folder = Path(os.environ.get("GLASSLAB_DATA") or "unset")
    if not (folder / "cifar-10-batches-bin").is_dir():
        pytest.skip("GLASSLAB_DATA names no folder with cifar-10-batches-bin/")
    got = cifar10.load(Cifar10(), RNG, Places(folder, folder))
    assert (got.train.x.shape, got.test.x.shape) == ((50_000, 3, 32, 32), (10_000, 3, 32, 32))
    assert np.bincount(got.train.y).tolist() == [5000] * 10
    assert np.bincount(got.test.y).tolist() == [1000] * 10
    mean = got.train.x.mean(axis=(0, 2, 3)) / 255
    assert mean == pytest.approx([0.4914, 0.4822, 0.4465], abs=5e-5)
