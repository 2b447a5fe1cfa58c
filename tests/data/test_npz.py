import io
import zipfile

import numpy as np
import pytest

from glasslab.data.npz import load
from glasslab.data.places import Places
from glasslab.errors import DataError
from glasslab.plan.data import Npz

GREY = np.arange(4 * 6 * 5, dtype=np.uint8).reshape(4, 6, 5)
LABELS = np.array([0, 1, 2, 1])


def loaded(folder, **changes):
    arrays = {"x_train": GREY, "y_train": LABELS, "x_test": GREY[:2], "y_test": LABELS[:2], **changes}
    np.savez(folder / "own.npz", **{key: value for key, value in arrays.items() if value is not None})
    return load(Npz(path="own.npz"), np.random.default_rng(0), Places(None, folder))


def test_images_without_channels_get_one(tmp_path):
    got = loaded(tmp_path)
    assert (got.input_shape, got.train.x.dtype) == ((1, 6, 5), np.uint8)
    assert np.array_equal(got.train.x[:, 0], GREY)
    assert (got.train.y.tolist(), got.train.y.dtype) == ([0, 1, 2, 1], np.int64)
    assert (got.classes, got.origin, got.val) == (("0", "1", "2"), "npz (own.npz)", None)


@pytest.mark.parametrize("channels", [1, 3])
def test_channels_in_the_last_place_are_turned_to_the_front(tmp_path, channels):
    images = np.random.default_rng(0).integers(0, 256, (4, 6, 5, channels), dtype=np.uint8)
    got = loaded(tmp_path, x_train=images, x_test=images[:2])
    assert got.input_shape == (channels, 6, 5)
    assert got.train.x[2, channels - 1, 4, 3] == images[2, 4, 3, channels - 1]


@pytest.mark.parametrize("shape", [(4, 1, 6, 5), (4, 3, 6, 5), (4, 3, 6, 3), (4, 4, 6, 5), (4, 2, 8, 8)])
def test_channels_in_the_second_place_stay_there(tmp_path, shape):
    images = np.zeros(shape, np.float64)
    got = loaded(tmp_path, x_train=images, x_test=images[:2])
    assert (got.input_shape, got.train.x.dtype) == (shape[1:], np.float32)


def test_points_become_float32_whatever_their_number_type(tmp_path):
    for dtype in (np.uint8, np.int64, np.float16, np.float64, ">f4"):
        points = np.array([[1, 2], [3, 4], [5, 6], [7, 8]], dtype=dtype)
        got = loaded(tmp_path, x_train=points, x_test=points[:2])
        assert (got.input_shape, got.train.x.dtype) == ((2,), np.float32)
        assert got.train.x[3].tolist() == [7, 8]


def test_other_arrays_in_the_file_are_left_alone(tmp_path):
    assert loaded(tmp_path, names=np.array([None, "x"], dtype=object)).input_shape == (1, 6, 5)


def changed(array, value):
    out = array.astype(np.float64)
    out.flat[-1] = value
    return out


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"y_test": None, "x_test": None}, r"own\.npz: lacks x_test, y_test; it holds x_train, y_train"),
        ({"x_train": np.array([None] * 4)}, r"own\.npz: cannot be read as plain arrays \(Object arrays"),
        ({"x_train": np.array(["a"] * 4)}, r"own\.npz x_train: must hold numbers, and holds <U1"),
        ({"x_train": GREY > 3}, "x_train: must hold numbers, and holds bool"),
        ({"x_train": np.zeros((4, 3, 3), complex)}, "x_train: must hold numbers, and holds complex128"),
        ({"x_test": np.zeros(2)}, r"own\.npz x_test: must have the shape .*, got \(2,\)"),
        ({"x_test": np.zeros((2, 0))}, r"x_test: must have the shape .*, got \(2, 0\)"),
        ({"x_train": np.zeros((0, 6, 5))}, r"x_train: must have the shape .*, got \(0, 6, 5\)"),
        (
            {"x_train": np.zeros((4, 6, 5, 4))},
            r"x_train: cannot tell channels from sides in .*\(4, 6, 5, 4\)",
        ),
        ({"x_train": changed(GREY, np.nan)}, "x_train: has 1 values that are NaN, infinite or too large"),
        ({"x_train": changed(GREY, -np.inf)}, "x_train: has 1 values that are NaN, infinite or too large"),
        ({"x_train": changed(GREY, 1e39)}, "x_train: has 1 values that are NaN, infinite or too large"),
        ({"x_train": GREY[:3]}, r"own\.npz: x_train has 3 examples, but y_train has 4 labels"),
        ({"y_test": LABELS[:1]}, "x_test has 2 examples, but y_test has 1 labels"),
        (
            {"x_test": GREY[:2, :5]},
            r"x_train has uint8 examples of shape \(1, 6, 5\), but x_test has .*1, 5, 5",
        ),
        ({"x_test": GREY[:2] / 255}, "x_train has uint8 examples .*, but x_test has float32 examples"),
        ({"y_train": LABELS / 1}, r"own\.npz y_train: must be whole numbers of shape \(N,\), got float64"),
        ({"y_train": LABELS[:, None]}, r"y_train: must be whole .*, got int64 of shape \(4, 1\)"),
        ({"y_train": LABELS - 1}, "y_train: labels begin at 0, got -1"),
        ({"y_train": LABELS + 1}, "y_train has labels up to 3 but no 0; number the classes 0, 1, 2"),
        ({"y_train": np.array([0, 1, 3, 1])}, "y_train has labels up to 3 but no 2"),
        ({"y_train": np.array([0, 1, 2, 10**9])}, "y_train has labels up to 1000000000 but no 3"),
        ({"y_test": np.array([0, 3])}, "y_test has the label 3, and y_train ends at 2"),
    ],
)
def test_arrays_that_cannot_be_trained_on_are_refused(tmp_path, changes, message):
    with pytest.raises(DataError, match=message):
        loaded(tmp_path, **changes)


def test_a_missing_file_is_named_with_where_it_was_looked_for(tmp_path):
    with pytest.raises(
        DataError, match=r"\[data\] path: no file .*gone\.npz; the path is relative to the study"
    ):
        load(Npz(path="gone.npz"), np.random.default_rng(0), Places(None, tmp_path))


@pytest.mark.parametrize("raw", [b"", b"PK\3\4 not a zip", b"not an array file", b"\x80\x04K\x01."])
def test_a_file_of_another_kind_is_refused(tmp_path, raw):
    (tmp_path / "own.npz").write_bytes(raw)
    with pytest.raises(
        DataError, match=r"own\.npz: cannot be read as plain arrays .*; save it with numpy\.savez"
    ):
        load(Npz(path="own.npz"), np.random.default_rng(0), Places(None, tmp_path))


def test_a_cut_file_is_refused(tmp_path):
    loaded(tmp_path)
    raw = (tmp_path / "own.npz").read_bytes()
    (tmp_path / "own.npz").write_bytes(raw[:-30])
    with pytest.raises(DataError, match=r"own\.npz: cannot be read as plain arrays"):
        load(Npz(path="own.npz"), np.random.default_rng(0), Places(None, tmp_path))


def test_a_changed_byte_is_noticed(tmp_path):
    loaded(tmp_path)
    raw = bytearray((tmp_path / "own.npz").read_bytes())
    raw[raw.index(GREY.tobytes()) + 50] ^= 1
    (tmp_path / "own.npz").write_bytes(bytes(raw))
    with pytest.raises(DataError, match=r"cannot be read as plain arrays \(Bad CRC-32"):
        load(Npz(path="own.npz"), np.random.default_rng(0), Places(None, tmp_path))


def test_a_damaged_compressed_file_is_refused(tmp_path):
    np.savez_compressed(tmp_path / "own.npz", x_train=GREY, y_train=LABELS, x_test=GREY, y_test=LABELS)
    raw = bytearray((tmp_path / "own.npz").read_bytes())
    raw[60:90] = bytes(30)
    (tmp_path / "own.npz").write_bytes(bytes(raw))
    with pytest.raises(DataError, match=r"own\.npz: cannot be read as plain arrays"):
        load(Npz(path="own.npz"), np.random.default_rng(0), Places(None, tmp_path))


def test_an_array_that_claims_an_absurd_size_is_refused(tmp_path):
    header = io.BytesIO()
    claim = {"descr": "|u1", "fortran_order": False, "shape": (4, 6, 10**13)}
    np.lib.format.write_array_header_1_0(header, claim)
    with zipfile.ZipFile(tmp_path / "own.npz", "w") as packed:
        for key in ("x_train", "y_train", "x_test", "y_test"):
            packed.writestr(f"{key}.npy", header.getvalue())
    with pytest.raises(DataError, match=r"own\.npz: cannot be read as plain arrays \(Unable to allocate"):
        load(Npz(path="own.npz"), np.random.default_rng(0), Places(None, tmp_path))


def test_a_single_array_is_refused(tmp_path):
    with (tmp_path / "own.npz").open("wb") as file:
        np.save(file, GREY)
    with pytest.raises(DataError, match=r"own\.npz: is a single array; save four with numpy\.savez"):
        load(Npz(path="own.npz"), np.random.default_rng(0), Places(None, tmp_path))
