import os
from pathlib import Path

import numpy as np
import pytest
import torch

from glasslab.data.dataset import Dataset, Split
from glasslab.data.load import load
from glasslab.data.places import Places
from glasslab.data.tensors import Scaling, to_tensors
from glasslab.errors import DataError
from glasslab.plan.data import Mnist, Moons, Npz, Xor

RNG = np.random.default_rng(7)
PIXELS = RNG.integers(0, 256, (600, 3, 5, 4), dtype=np.uint8)
PLANE = RNG.normal(3, 2, (40, 2)).astype(np.float32)


def dataset(x, val=False):
    y = np.arange(len(x), dtype=np.int64) % 3
    held = Split(x[-5:].copy(), y[-5:].copy(), np.arange(len(x) - 5, len(x)))
    return Dataset(Split.whole(x, y), held if val else None, held, ("a", "b", "c"), "by hand")


@pytest.mark.parametrize(
    "normalize, expected",
    [
        ("none", PIXELS.astype(np.float64)),
        ("unit", PIXELS / 255),
        ("signed", PIXELS / 127.5 - 1),
        (
            "channel",
            (PIXELS - PIXELS.mean((0, 2, 3), keepdims=True)) / PIXELS.std((0, 2, 3), keepdims=True),
        ),
    ],
)
def test_pixels_are_scaled_as_the_setting_says_and_back(normalize, expected):
    got = to_tensors(dataset(PIXELS), Mnist(normalize=normalize), "cpu", torch.float64)
    assert np.allclose(got.train.x.numpy(), expected, rtol=0, atol=1e-12)
    assert np.allclose(got.scaling.undo(got.train.x).numpy(), PIXELS, rtol=0, atol=1e-9)
    assert np.allclose(got.scaling.apply(torch.zeros(1, 3, 1, 1)).flatten(), got.scaling.black)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_inputs_have_the_type_asked_for_and_labels_are_whole_numbers(dtype):
    got = to_tensors(dataset(PIXELS, val=True), Mnist(), "cpu", dtype)
    assert got.val is not None
    for examples in (got.train, got.val, got.test):
        assert (examples.x.dtype, examples.y.dtype, examples.index.dtype) == (dtype, torch.int64, np.int64)
    assert got.val.y.tolist() == (np.arange(595, 600) % 3).tolist()
    assert got.test.index.tolist() == [595, 596, 597, 598, 599]
    assert got.classes == ("a", "b", "c")


def test_scaling_is_measured_on_the_training_examples_alone():
    x = np.stack([np.full((1, 2, 2), value, np.uint8) for value in (0, 10, 200, 200)])
    split = Split.whole(x, np.array([0, 1, 2, 0]))
    mixed = Dataset(split.take(np.array([0, 1])), None, split.take(np.array([2, 3])), ("a", "b", "c"), "")
    got = to_tensors(mixed, Mnist(normalize="channel"), "cpu")
    assert got.scaling == Scaling((5.0,), (5.0,))
    assert got.test.x.unique().tolist() == [39.0]


def test_a_channel_that_never_varies_becomes_zero():
    got = to_tensors(dataset(np.full((9, 1, 2, 2), 77, np.uint8)), Mnist(normalize="channel"), "cpu")
    assert got.scaling == Scaling((77.0,), (1.0,))
    assert got.train.x.unique().tolist() == [0.0]


def test_points_are_scaled_coordinate_by_coordinate():
    got = to_tensors(dataset(PLANE), Moons(normalize="channel"), "cpu", torch.float64)
    assert got.scaling.shift == pytest.approx(PLANE.mean(0, dtype=np.float64))
    assert got.scaling.scale == pytest.approx(PLANE.std(0, dtype=np.float64))
    assert got.train.x.mean(0).tolist() == pytest.approx([0, 0], abs=1e-12)
    assert got.train.x.std(0, correction=0).tolist() == pytest.approx([1, 1])


def test_the_data_set_itself_stays_as_it_was():
    data, before = dataset(PLANE.copy()), PLANE.copy()
    to_tensors(data, Moons(), "cpu").train.x.zero_()
    assert np.array_equal(data.train.x, before)


def test_a_set_without_the_setting_is_not_scaled():
    got = to_tensors(dataset(PLANE), Xor(), "cpu")
    assert got.scaling == Scaling((0.0, 0.0), (1.0, 1.0))
    assert np.array_equal(got.train.x.numpy(), PLANE)


@pytest.mark.parametrize("normalize", ["unit", "signed"])
def test_scaling_pixels_of_what_has_none_is_refused(normalize):
    with pytest.raises(DataError, match=rf"\[data\] normalize: '{normalize}' needs uint8 images, .* float32"):
        to_tensors(dataset(PLANE), Npz(path="x", normalize=normalize), "cpu")


def test_read_only_arrays_are_taken_without_a_warning():
    x = PIXELS.copy()
    x.flags.writeable = False
    assert to_tensors(dataset(x), Mnist(normalize="none"), "cpu").train.x.max() <= 255


def test_mnist_has_its_known_mean_and_deviation():
    folder = Path(os.environ.get("GLASSLAB_DATA") or "unset")
    if not (folder / "mnist").is_dir():
        pytest.skip("GLASSLAB_DATA names no folder with mnist/")
    settings = Mnist(normalize="channel")
    scaling = to_tensors(load(settings, RNG, Places(folder, folder)), settings, "cpu").scaling
    assert scaling.shift[0] / 255 == pytest.approx(0.1307, abs=5e-5)
    assert scaling.scale[0] / 255 == pytest.approx(0.3081, abs=5e-5)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_tensors_on_cuda_equal_those_on_the_cpu():
    here, there = (to_tensors(dataset(PIXELS), Mnist(normalize="channel"), d) for d in ("cpu", "cuda"))
    assert there.train.x.is_cuda
    assert torch.allclose(there.train.x.cpu(), here.train.x, atol=1e-6)
