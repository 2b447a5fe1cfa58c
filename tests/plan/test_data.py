from typing import Any

import pytest

from glasslab.plan.data import DATASETS, Data, Mnist, Npz, read_data
from glasslab.plan.settings import Problems, kinds, plain
from tests.plan.small import small, told

ALL = (
    "blobs, cifar10, circles, fashion-mnist, image-folder, mnist, mnist5k, moons, npz, palindromes, "
    "shapes, xor"
)


@pytest.mark.parametrize(
    "table, sentence",
    [
        ({}, f"[data] name: is missing; name a data set: {ALL}"),
        ({"name": "mnits"}, "[data] name: no data set 'mnits'; did you mean 'mnist'?"),
        ({"name": "MNIST"}, "[data] name: no data set 'MNIST'; did you mean 'mnist'?"),
        ({"name": "imagenet22k"}, f"[data] name: no data set 'imagenet22k'; known: {ALL}"),
        ({"name": 3}, f"[data] name: no data set 3; known: {ALL}"),
        ({"name": ["mnist"]}, "[data] name: no data set ['mnist']; did you mean 'mnist'?"),
        (
            {"name": "mnist", "normalise": "unit"},
            "[data] normalise: is not a setting here; did you mean 'normalize'?",
        ),
        (
            {"name": "mnist", "noise": 0.1},
            "[data] noise: mnist does not take it (moons, circles do); mnist takes train_limit, "
            "test_limit, validation, normalize",
        ),
        (
            {"name": "xor", "train_limit": 3},
            "[data] train_limit: xor does not take it (mnist5k, mnist, fashion-mnist, ... do); xor "
            "takes no settings",
        ),
        (
            {"name": "mnist", "normalize": "uint"},
            "[data] normalize: must be one of 'channel', 'none', 'signed', 'unit', got 'uint'; did "
            "you mean 'unit'?",
        ),
        (
            {"name": "moons", "normalize": "unit"},
            "[data] normalize: must be one of 'channel', 'none', got 'unit'",
        ),
        (
            {"name": "mnist", "train_limit": 0},
            "[data] train_limit: must be a whole number of 1 or more, got 0",
        ),
        (
            {"name": "mnist", "validation": -1},
            "[data] validation: must be a whole number of 0 or more, got -1",
        ),
        ({"name": "cifar10", "size": 4}, "[data] size: must be a whole number from 8 to 256, got 4"),
        ({"name": "moons", "test": 1.0}, "[data] test: must be a number above 0 and below 1, got 1.0"),
        ({"name": "npz"}, "[data] path: is missing; it needs a text"),
        ({"name": "image-folder"}, "[data] path: is missing; it needs a text"),
        (
            {"name": "image-folder", "path": "own", "size": 2000},
            "[data] size: must be a whole number from 8 to 1024, got 2000",
        ),
    ],
)
def test_wrong_data_is_told_in_one_sentence(table: dict[str, Any], sentence: str) -> None:
    assert told(data=table) == [sentence]


def test_the_table_lists_every_data_set() -> None:
    assert {part.settings for part in DATASETS.values()} == set(kinds(Data))


@pytest.mark.parametrize("name", DATASETS)
def test_every_data_set_is_read_from_what_it_writes(name: str) -> None:
    data = DATASETS[name].settings(**({"path": "x"} if name in ("npz", "image-folder") else {}))
    problems = Problems("s")
    assert read_data(plain(data), problems) == data
    assert problems.found == []


def test_images_are_scaled_to_one_and_own_arrays_left_alone_by_default() -> None:
    assert Mnist().normalize == "unit"
    assert Npz(path="x.npz").normalize == "none"


def test_data_varies_like_anything_else() -> None:
    study = small(variants={"few": {"data": {"samples": 20}}, "rings": {"data": {"name": "circles"}}})
    assert [plain(v.data)["name"] for v in study.variants] == ["moons", "circles"]
    assert study.differing() == ("data.name", "data.samples", "data.noise", "data.factor")
