import gzip

import pytest

from glasslab.data import files
from glasslab.data.files import content
from glasslab.errors import DataError


def written(folder, name, raw):
    path = folder / name
    path.write_bytes(raw)
    return path


def test_a_gzipped_file_is_unpacked_and_another_is_taken_as_it_is(tmp_path):
    assert content(written(tmp_path, "a.gz", gzip.compress(b"glass"))) == b"glass"
    assert content(written(tmp_path, "a.bin", b"glass")) == b"glass"


@pytest.mark.parametrize("kept", [5, 12, 40, -9, -1])
def test_a_gzip_file_cut_anywhere_is_refused(tmp_path, kept):
    raw = gzip.compress(bytes(range(256)) * 4)
    with pytest.raises(DataError, match=r"a\.gz: is cut short"):
        content(written(tmp_path, "a.gz", raw[:kept]))


def test_a_changed_byte_in_gzip_is_refused(tmp_path):
    raw = bytearray(gzip.compress(bytes(1000)))
    raw[-6] ^= 1  # within the checksum
    with pytest.raises(DataError, match=r"a\.gz: is not sound gzip .*; fetch the file again, or remove "):
        content(written(tmp_path, "a.gz", bytes(raw)))


def test_what_is_not_gzip_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"a\.gz: is not sound gzip"):
        content(written(tmp_path, "a.gz", b"<html>not found</html>"))


def test_bytes_after_the_gzip_stream_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"a\.gz: has 3 bytes after the end of its gzip stream"):
        content(written(tmp_path, "a.gz", gzip.compress(b"glass") + b"lab"))


def test_a_gzip_file_that_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MOST_BYTES", 1000)
    with pytest.raises(DataError, match="unpacks to more than 1 GiB"):
        content(written(tmp_path, "a.gz", gzip.compress(bytes(1001))))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"gone\.gz: cannot be read \(No such file or directory\)"):
        content(tmp_path / "gone.gz")
