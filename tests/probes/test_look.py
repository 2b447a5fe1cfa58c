from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from glasslab.data.dataset import Dataset, Split
from glasslab.data.tensors import to_tensors
from glasslab.errors import StudyError
from glasslab.plan.data import Mnist, Moons
from glasslab.plan.probe import Boundary
from glasslab.probes import boundary, mistakes, samples
from glasslab.probes.look import ALWAYS, look_always, look_with
from glasslab.probes.subject import Subject
from glasslab.records.run_folder import RunFolder


def images() -> Dataset:
    """Returns twelve images of 1 x 2 x 2 of three classes, every one of its own grey."""
    x = np.arange(12, dtype=np.uint8)[:, None, None, None] * np.full((1, 1, 2, 2), 20, dtype=np.uint8)
    split = Split.whole(x, np.arange(12) % 3)
    return Dataset(split, None, split, ("a", "b", "c"), "made")


def subject_of(logits: torch.Tensor) -> Subject:
    """Returns a subject whose network gave these outputs on the twelve images."""
    tensors = to_tensors(images(), Mnist(normalize="channel"), "cpu")
    return Subject(nn.Identity(), tensors, logits, lambda z: z.softmax(1))


def test_samples_are_the_first_of_each_class_with_their_pixels_as_they_were() -> None:
    seen = samples.look(subject_of(torch.zeros(12, 3)))
    assert seen["labels"].tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert seen["pixels"][:, 0, 0, 0].tolist() == [20 * i for i in (0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11)]


def test_mistakes_come_most_confident_first_and_right_answers_not_at_all() -> None:
    logits = torch.nn.functional.one_hot(torch.arange(12) % 3, 3).float() * 9
    logits[4] = torch.tensor([3.0, 0.0, 0.0])  # class 1 taken for 0
    logits[8] = torch.tensor([0.0, 5.0, 0.0])  # class 2 taken for 1, more confidently
    seen = mistakes.look(subject_of(logits))
    assert seen["index"].tolist() == [8, 4]
    assert seen["labels"].tolist() == [2, 1]
    assert seen["predicted"].tolist() == [1, 0]
    e5, e3 = np.exp(5), np.exp(3)
    assert seen["probability"] == pytest.approx([e5 / (e5 + 2), e3 / (e3 + 2)])
    assert seen["probability_true"] == pytest.approx([1 / (e5 + 2), 1 / (e3 + 2)])
    assert seen["pixels"][:, 0, 0, 0].tolist() == [160, 80]


def plane() -> Subject:
    """Returns a subject in the plane: class 1 is right of the line x = 0.5."""
    points = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], dtype=np.float32)
    split = Split.whole(points, np.array([0, 1, 0, 1]))
    net = nn.Linear(2, 2)
    with torch.no_grad():
        net.weight.copy_(torch.tensor([[0.0, 0.0], [10.0, 0.0]]))
        net.bias.copy_(torch.tensor([0.0, -5.0]))
    tensors = to_tensors(Dataset(split, None, split, ("0", "1"), "made"), Moons(), "cpu")
    return Subject(net, tensors, net(tensors.test.x).detach(), lambda z: z.softmax(1))


def test_the_boundary_is_where_a_net_of_known_weights_has_it() -> None:
    seen = boundary.look(plane(), Boundary(side=27))
    assert seen["probability"].shape == (27, 27, 2)
    right = seen["x"] > 0.5
    assert (seen["probability"][:, right, 1] > 0.5).all()
    assert (seen["probability"][:, ~right, 1] <= 0.5).all()
    assert seen["x"][0] == pytest.approx(-0.15)
    assert seen["y"][-1] == pytest.approx(1.15)


def test_the_boundary_needs_two_features() -> None:
    with pytest.raises(
        StudyError, match=r"probes: 'boundary' needs data with two features, these have 1 x 2 x 2"
    ):
        boundary.look(subject_of(torch.zeros(12, 3)), Boundary())


def test_points_are_kept_with_their_split_and_pictures_only_for_images(tmp_path: Path) -> None:
    for name in ALWAYS:
        look_always(plane(), name, RunFolder(tmp_path))
    look_with(plane(), Boundary(), RunFolder(tmp_path))
    assert sorted(path.name for path in (tmp_path / "probes").iterdir()) == ["boundary.npz", "samples.npz"]
    with np.load(tmp_path / "probes" / "samples.npz") as seen:
        assert seen["split"].tolist() == [0, 0, 0, 0, 2, 2, 2, 2]
