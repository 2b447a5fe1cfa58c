from pathlib import Path

from glasslab.data.places import Places


def test_the_data_folder_comes_from_the_environment_unless_it_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("GLASSLAB_DATA", str(tmp_path))
    assert Places.here().data_dir == tmp_path
    assert Places.here(data_dir=Path("mine")).data_dir == Path("mine")
    monkeypatch.setenv("GLASSLAB_DATA", "")
    assert Places.here().data_dir is None


def test_folders_are_looked_in_from_the_users_own_to_the_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("GLASSLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GLASSLAB_DATA", raising=False)
    assert Places.here().roots == (Path("data"), tmp_path / "cache")
    assert Places.here(data_dir=tmp_path).roots == (tmp_path, Path("data"), tmp_path / "cache")


def test_the_cache_is_a_folder_of_the_user_by_default(monkeypatch):
    monkeypatch.delenv("GLASSLAB_CACHE", raising=False)
    cache = Places.here().cache_dir
    assert cache.is_absolute()
    assert "glasslab" in cache.parts[-1] + cache.parts[-2]


def test_nothing_is_downloaded_unless_asked():
    assert Places.here().download is False


def test_a_tilde_means_the_home_folder(monkeypatch):
    monkeypatch.setenv("GLASSLAB_CACHE", "~/kept")
    places = Places.here(data_dir=Path("~/sets"))
    assert (places.data_dir, places.cache_dir) == (Path.home() / "sets", Path.home() / "kept")
