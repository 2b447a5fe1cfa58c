from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from glasslab.data.dataset import Dataset
from glasslab.data.load import load
from glasslab.data.places import Places
from glasslab.data.tensors import to_tensors
from glasslab.errors import DataError
from glasslab.plan.data import DATASETS, Data, drawn_per_seed, read_data
from glasslab.plan.settings import Problems
from glasslab.training import streams


def settings_of(name: str, folder: Path) -> Data:
    """Returns a data set's default settings; for one's own data, of files made in the folder."""
    table: dict[str, object] = {"name": name}
    if name == "npz":
        rng = np.random.default_rng(0)
        x, y = rng.integers(0, 256, (30, 3, 8, 8), dtype=np.uint8), np.arange(30) % 3
        np.savez(folder / "own.npz", x_train=x[:21], y_train=y[:21], x_test=x[21:], y_test=y[21:])
        table["path"] = "own.npz"
    if name == "image-folder":
        rng = np.random.default_rng(0)
        for place in (f"{part}/{label}" for part in ("train", "test") for label in "ab"):
            (folder / "own" / place).mkdir(parents=True)
            for number in range(5):
                image = Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8))
                image.save(folder / "own" / place / f"{number}.png")
        table["path"] = "own"
    problems = Problems("a test")
    settings = read_data(table, problems)
    assert settings is not None, problems.found
    return settings


def loaded(settings: Data, folder: Path, seed: int = 0) -> Dataset:
    """Returns the data set, or skips where this machine does not have it."""
    try:
        return load(settings, streams.generator(seed, "data"), Places.here(study_folder=folder))
    except DataError as error:
        if "not found on this machine" in str(error):
            pytest.skip(f"needs real data: {str(error)[:60]}...")
        raise


@pytest.mark.parametrize("name", DATASETS)
def test_every_dataset_keeps_the_contract(name: str, tmp_path: Path) -> None:
    settings = settings_of(name, tmp_path)
    dataset = loaded(settings, tmp_path)
    for split in (dataset.train, dataset.test):
        assert len(split.x) == len(split.y) == len(split.index) > 0
        assert split.x.shape[1:] == dataset.input_shape
        assert split.y.min() >= 0
        assert split.y.max() < len(dataset.classes)
        assert len(np.unique(split.index)) == len(split.index)
    assert set(np.unique(dataset.train.y)) == set(range(len(dataset.classes)))
    assert dataset.origin

    again, other = loaded(settings, tmp_path), loaded(settings, tmp_path, seed=1)
    assert again.fingerprint == dataset.fingerprint
    assert (other.fingerprint != dataset.fingerprint) == drawn_per_seed(settings)

    if len(dataset.train) <= 10_000:
        tensors = to_tensors(dataset, settings, "cpu")
        assert torch.isfinite(tensors.train.x).all()
        raw = tensors.scaling.undo(tensors.train.x)
        torch.testing.assert_close(
            raw, torch.from_numpy(dataset.train.x).to(torch.float32), rtol=1e-4, atol=1e-3
        )
