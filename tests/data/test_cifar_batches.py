import hashlib
import io
import os
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest

from glasslab.data import cifar_batches
from glasslab.data.cifar_batches import members, pickled, records
from glasslab.data.download import Source
from glasslab.errors import DataError

HERE = Path("batch")
PIXELS = np.random.default_rng(0).integers(0, 256, (3, 3072), dtype=np.uint8)


def written_by_python_2():
    """The pickle that Python 2 with NumPy 1 wrote of one image of zeros with label 7."""
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
    dtype = b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    state = b"(K\x01K\x01M\x00\x0c\x86" + dtype + b"\x89T\x00\x0c\x00\x00" + bytes(3072) + b"tb"
    return b"\x80\x02}(U\x04data" + array + state + b"U\x06labels](K\x07eu."


def test_a_record_is_a_label_and_then_its_pixels():
    batch = records(b"\x04" + PIXELS[0].tobytes() + b"\x09" + PIXELS[1].tobytes(), HERE)
    assert (batch.y.tolist(), batch.y.dtype) == ([4, 9], np.int64)
    assert np.array_equal(batch.x, PIXELS[:2])


@pytest.mark.parametrize(
    "raw, message",
    [
        (b"", "has 0 bytes, which is not a whole number of 3073-byte records"),
        (bytes(3072), "has 3072 bytes, which is not"),
        (bytes(3074), "has 3074 bytes, which is not"),
        (b"\x0a" + bytes(3072), "has the label 10, and the classes are 0 to 9"),
    ],
)
def test_damaged_records_are_refused(raw, message):
    with pytest.raises(DataError, match=f"^batch: {message}"):
        records(raw, HERE)


@pytest.mark.parametrize("protocol", [2, 4])
@pytest.mark.parametrize("keys", [("data", "labels"), (b"data", b"labels")])
def test_pickles_by_python_3_are_read(protocol, keys):
    batch = pickled(pickle.dumps(dict(zip(keys, (PIXELS, [3, 0, 9]), strict=True)), protocol), HERE)
    assert np.array_equal(batch.x, PIXELS)
    assert (batch.y.tolist(), batch.y.dtype) == ([3, 0, 9], np.int64)


def test_a_pickle_by_python_2_is_read():
    batch = pickled(written_by_python_2(), HERE)
    assert (batch.x.shape, batch.x.max(), batch.y.tolist()) == ((1, 3072), 0, [7])


class Runs:
    def __reduce__(self):
        return os.system, ("echo broken into",)


@pytest.mark.parametrize(
    "raw, name",
    [
        (pickle.dumps({"data": Runs()}), r"(posix|nt)\.system"),
        (b"cnumpy.testing\nrunstring\n.", r"numpy\.testing\.runstring"),
        (b"cnumpy\nload\n.", r"numpy\.load"),
        (b"cnumpy\nndarray.tofile\n.", r"numpy\.ndarray\.tofile"),
        (b"\x80\x04\x8c\x05numpy\x8c\x08fromfile\x93.", r"numpy\.fromfile"),
        (b"c_codecs\ndecode\n.", r"_codecs\.decode"),
        (b"cbuiltins\neval\n.", r"builtins\.eval"),
        (b"(ibuiltins\neval\n.", r"builtins\.eval"),
    ],
)
def test_a_pickle_that_names_anything_but_arrays_is_refused(raw, name, capfd):
    with pytest.raises(DataError, match=f"^batch: wants to use {name}, which no array needs"):
        pickled(raw, HERE)
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(
    "raw, opcode", [(b"\x82\x01.", "EXT1"), (b"\x83\x01\x00.", "EXT2"), (b"\x84\x01\0\0\0.", "EXT4")]
)
def test_a_pickle_that_names_by_number_is_refused(raw, opcode):
    with pytest.raises(DataError, match=f"^batch: uses the pickle opcode {opcode}"):
        pickled(raw, HERE)


def dumped(data=PIXELS, labels=(1, 2, 3), **more):
    return pickle.dumps({"data": data, "labels": list(labels), **more})


@pytest.mark.parametrize(
    "raw, message",
    [
        (dumped()[:-100], "is not a pickled CIFAR-10 batch"),
        (b"", "is not a pickled CIFAR-10 batch"),
        (b"garbage", "is not a pickled CIFAR-10 batch"),
        (pickle.dumps([1, 2]), "is not a pickled CIFAR-10 batch"),
        (pickle.dumps({"labels": [1]}), r"is not a pickled CIFAR-10 batch \('data'\)"),
        (dumped(data=[1, 2]), "has no array `data` of bytes, 3072 for each image"),
        (dumped(data=PIXELS.astype(np.int16)), "has no array `data` of bytes"),
        (dumped(data=PIXELS[:, :-1].copy()), "has no array `data` of bytes"),
        (dumped(labels=[1, 2]), r"has \(2,\) labels for 3 images"),
        (dumped(labels=["a", "b", "c"]), r"has \(3,\) labels for 3 images"),
        (dumped(data=PIXELS[:0], labels=[]), r"has \(0,\) labels for 0 images"),
        (dumped(labels=[1, 2, 10]), "has the label 10, and the classes are 0 to 9"),
        (dumped(labels=[1, -2, 3]), "has the label -2, and the classes are 0 to 9"),
    ],
)
def test_a_damaged_pickle_is_refused(raw, message):
    with pytest.raises(DataError, match=f"^batch: {message}"):
        pickled(raw, HERE)


def archive(folder, contents, cut=None):
    """Writes an archive of (member or name, bytes) and returns it with its source."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for member, raw in contents:
            info = member if isinstance(member, tarfile.TarInfo) else tarfile.TarInfo(member)
            info.size = len(raw)
            tar.addfile(info, io.BytesIO(raw))
    raw = packed.getvalue()[:cut]
    path = folder / "set.tar.gz"
    path.write_bytes(raw)
    return path, Source("set.tar.gz", (), len(raw), hashlib.md5(raw).hexdigest())


def test_only_the_named_members_are_read_and_nothing_is_unpacked(tmp_path):
    path, source = archive(
        tmp_path, [("set/b", b"two"), ("../evil", b"no"), ("set/a", b"one"), ("/a", b"no")]
    )
    assert members(path, source, ["set/a", "set/b"]) == {"a": b"one", "b": b"two"}
    assert list(tmp_path.iterdir()) == [path]


def test_another_archive_than_the_published_one_is_refused(tmp_path):
    path, source = archive(tmp_path, [("set/a", b"one")])
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(bytes(raw))
    with pytest.raises(DataError, match=r"^set\.tar\.gz: has the MD5 .* instead of .*; fetch the file again"):
        members(path, source, ["set/a"])


def test_an_archive_without_a_member_is_refused(tmp_path):
    path, source = archive(tmp_path, [("set/a", b"one")])
    with pytest.raises(DataError, match=r"^set\.tar\.gz: lacks set/b, set/c; "):
        members(path, source, ["set/a", "set/c", "set/b"])


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_a_member_that_is_no_plain_file_is_refused(tmp_path, kind):
    member = tarfile.TarInfo("set/a")
    member.type, member.linkname = kind, "/etc/hostname"
    path, source = archive(tmp_path, [(member, b"")])
    with pytest.raises(DataError, match="holds set/a as something else than a plain file of up to 64 MiB"):
        members(path, source, ["set/a"])


def test_a_member_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(cifar_batches, "MOST_BYTES", 2)
    path, source = archive(tmp_path, [("set/a", b"one")])
    with pytest.raises(DataError, match="holds set/a as something else than a plain file of up to 64 MiB"):
        members(path, source, ["set/a"])


@pytest.mark.parametrize("cut", [10, 60, 3000])
def test_a_cut_archive_is_refused_even_when_its_checksum_is_right(tmp_path, cut):
    path, source = archive(tmp_path, [("set/a", bytes(np.random.default_rng(0).bytes(5000)))], cut)
    with pytest.raises(DataError, match=r"^set\.tar\.gz: (is not a sound archive|lacks)"):
        members(path, source, ["set/a"])
