import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from glasslab.data.cifar10 import BINARY, PHOTOGRAPHS, PYTHON
from glasslab.data.download import Source
from glasslab.data.mnist import FASHION, FILES, MNIST
from glasslab.data.places import Places
from glasslab.data.published import Layout, Published, find, get, obtain
from glasslab.errors import DataError


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Works in an empty folder, so that no ./data is met."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


def put(folder, names=FILES):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"")
    return folder


def places(folder, download=False):
    return Places(folder / "mine", folder, download, cache_dir=folder / "cache")


@pytest.mark.parametrize("below", [".", "MNIST/raw", "mnist"])
@pytest.mark.parametrize("root", ["mine", "work/data", "cache"])
def test_a_set_is_found_in_every_folder_under_every_known_name(tmp_path, root, below):
    folder = put(tmp_path / root / below)
    found = find(MNIST, places(tmp_path).roots)
    assert found is not None
    assert {path.resolve().parent for path in found.paths.values()} == {folder.resolve()}


def test_the_users_own_folder_comes_before_data_and_the_cache(tmp_path):
    for root in ("cache", "work/data", "mine"):
        folder = put(tmp_path / root / "mnist")
        found = find(MNIST, places(tmp_path).roots)
        assert found is not None
        assert found.paths[FILES[0]].resolve().parent == folder.resolve()


def test_files_may_be_gzipped_one_by_one_and_unpacked_ones_are_preferred(tmp_path):
    put(tmp_path / "mine", [FILES[0], f"{FILES[0]}.gz", *(f"{name}.gz" for name in FILES[1:])])
    found = find(MNIST, places(tmp_path).roots)
    assert found is not None
    assert [path.name for path in found.paths.values()] == [FILES[0], *(f"{name}.gz" for name in FILES[1:])]


@pytest.mark.parametrize(
    "name, fashion", [("digits", False), ("fashion-mnist", True), ("FashionMNIST/raw", True)]
)
def test_files_of_equal_names_belong_to_the_set_that_their_folder_names(tmp_path, name, fashion):
    root = put(tmp_path / name)
    assert (find(FASHION, (root,)) is not None) == fashion
    assert (find(MNIST, (root,)) is not None) == (not fashion)


def test_cifars_binary_form_is_preferred_to_python_and_files_to_archives(tmp_path):
    for form, layout in (
        (PYTHON, PYTHON.packed),
        (BINARY, BINARY.packed),
        (PYTHON, PYTHON.unpacked),
        (BINARY, BINARY.unpacked),
    ):
        packed = layout == form.packed
        put(tmp_path / "mine" / ("." if packed else form.folder), layout.files)
        found = find(PHOTOGRAPHS, places(tmp_path).roots)
        assert found is not None
        assert found.layout == layout


def test_a_missing_set_is_explained_in_one_message(tmp_path):
    put(tmp_path / "cache")
    with pytest.raises(DataError) as caught:
        obtain(MNIST, Places(tmp_path / "mine", tmp_path, cache_dir=tmp_path / "other"))
    text = str(caught.value)
    for part in (
        "mnist: not found on this machine",
        "Looked for train-images-idx3-ubyte, ",
        f"{tmp_path / 'mine'} (no such folder), data (no such folder)",
        "in MNIST/raw, mnist.",
        "`glasslab data get mnist`",
        "--data-dir or GLASSLAB_DATA",
        "another set, such as mnist5k, needs no download",
    ):
        assert part in text
    assert "\n" not in text


def test_a_set_found_in_part_is_told_with_what_it_lacks(tmp_path):
    put(tmp_path / "mine" / "mnist", FILES[:3])
    with pytest.raises(
        DataError, match=r"Found in part: \S+mnist lacks t10k-labels-idx1-ubyte\. Three ways out"
    ):
        obtain(MNIST, places(tmp_path))


def test_a_missing_cifar_names_folders_and_archives(tmp_path):
    with pytest.raises(
        DataError,
        match=r"data_batch_1\.bin.*or data_batch_1,.*or cifar-10-binary\.tar\.gz, or cifar-10-python",
    ):
        obtain(PHOTOGRAPHS, places(tmp_path))


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A published set of two small files, served from this machine; the first mirror has neither."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    shelf = tmp_path / "shelf"
    shelf.mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=shelf)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        sources = []
        for name in ("a", "b"):
            raw = name.encode() * 1000
            (shelf / name).write_bytes(raw)
            mirrors = tuple(f"http://127.0.0.1:{server.server_port}/{way}{name}" for way in ("gone/", ""))
            sources.append(Source(name, mirrors, 1000, hashlib.md5(raw).hexdigest()))
        never = Source("c", (f"http://127.0.0.1:{server.server_port}/gone/c",), 1, "")
        yield Published("tiny", (Layout((".", "tiny"), ("a", "b")),), ((never,), tuple(sources)), "tiny")
        server.shutdown()
        thread.join()


def test_nothing_is_downloaded_unless_it_is_asked_for(tmp_path, tiny):
    with pytest.raises(DataError, match="tiny: not found"):
        obtain(tiny, places(tmp_path))
    assert not (tmp_path / "cache").exists()


def test_a_missing_set_is_downloaded_into_the_cache_when_asked_for(tmp_path, tiny):
    found = obtain(tiny, places(tmp_path, download=True))
    assert found.paths == {name: tmp_path / "cache" / "tiny" / name for name in ("a", "b")}
    assert obtain(tiny, places(tmp_path)).paths == found.paths


def test_a_set_that_is_here_is_not_downloaded(tmp_path, tiny):
    put(tmp_path / "mine", ["a", "b"])
    assert obtain(tiny, places(tmp_path, download=True)).paths["a"] == tmp_path / "mine" / "a"
    assert not (tmp_path / "cache").exists()


def test_getting_returns_the_folder_and_tells_progress_for_each_file(tmp_path, tiny):
    seen = []
    assert get(tiny, places(tmp_path), lambda *told: seen.append(told)) == tmp_path / "cache" / "tiny"
    assert ("a", 1000, 1000) in seen
    assert ("b", 1000, 1000) in seen


def test_when_no_release_can_be_had_every_reason_is_told(tmp_path, tiny):
    none = Published("tiny", tiny.layouts, (tiny.releases[0],) * 2, "tiny")
    with pytest.raises(DataError, match=r"^tiny: c: could not .*refused \(404.*\. c: could not .*\(404"):
        get(none, places(tmp_path))
