import numpy as np
import pytest
import torch
from torch import nn

from glasslab.data.dataset import DECOY, OBJECT, Dataset, Split
from glasslab.data.tensors import to_tensors
from glasslab.errors import StudyError
from glasslab.plan.data import Mnist
from glasslab.plan.probe import Trust
from glasslab.probes.attributions import METHODS
from glasslab.probes.subject import Subject
from glasslab.probes.trust import BASELINES, check, look

SIDE, SPOT = 12, 4


def pictures(decoy=False, regions=True):
    """Returns noise with a light square in the upper (class 0) or lower half (1), and noise alone (2)."""
    random = np.random.default_rng(0)
    x = random.integers(40, 80, (30, 1, SIDE, SIDE)).astype(np.uint8)
    y = np.arange(30) % 3
    known = np.zeros((30, SIDE, SIDE), np.uint8)
    for number, label in enumerate(y):
        if label < 2:
            row, column = 1 + 6 * label, random.integers(SPOT, SIDE - SPOT + 1)
            spot = (slice(row, row + SPOT), slice(column, column + SPOT))
            x[(number, 0, *spot)] += 150
            known[(number, *spot)] = OBJECT
    if decoy:
        known[:, :2, :2] = DECOY
    split = Split(x, y, np.arange(30), known if regions else None)
    return Dataset(split, None, split, ("upper", "lower", "nothing"), "made")


class Halves(nn.Module):
    """Knows the classes by how light the two halves are: weights set by hand."""

    def __init__(self):
        super().__init__()
        self.light = nn.Conv2d(1, 1, SPOT)
        self.relu = nn.ReLU()
        self.output = nn.Linear(2, 3)
        with torch.no_grad():
            self.light.weight.fill_(1 / SPOT**2)
            self.light.bias.fill_(-0.5)
            self.output.weight.copy_(torch.tensor([[90.0, 0.0], [0.0, 90.0], [0.0, 0.0]]))
            self.output.bias.copy_(torch.tensor([0.0, 0.0, 4.0]))

    def forward(self, x):
        maps = self.relu(self.light(x))[:, 0]
        return self.output(torch.stack((maps[:, :4].amax((1, 2)), maps[:, 5:].amax((1, 2))), 1))


def subject_of(dataset, net=None, seed=0):
    net = (net or Halves()).eval()
    tensors = to_tensors(dataset, Mnist(), "cpu")
    with torch.no_grad():
        logits = net(tensors.test.x)
    return Subject(net, tensors, logits, lambda z: z.softmax(1), seed)


SMALL = Trust(count=30, randomised=6, samples=4, steps=8, stride=1)


@pytest.fixture(scope="module")
def seen():
    return look(subject_of(pictures()), SMALL)


def of(seen, key, method):
    return seen[key][..., list(seen["methods"]).index(method), :]


def test_every_method_that_fits_and_the_baselines_are_measured(seen):
    assert tuple(seen["methods"]) == (*METHODS, *BASELINES)
    for key in ("pointing", "near", "mass", "rank", "deletion", "insertion"):
        assert seen[key].shape == (11, 30)
        assert seen[key].dtype == np.float32
    assert seen["predicted"].tolist() == seen["labels"].tolist()


def test_a_network_that_goes_by_the_object_passes_the_gate(seen):
    with_object = seen["object_pixels"] > 0
    assert with_object.sum() == 20
    assert seen["flips_object"].tolist() == with_object.tolist()
    assert not seen["flips_elsewhere"].any()


def test_where_nothing_is_there_is_nothing_to_find(seen):
    empty = seen["object_pixels"] == 0
    for key in ("pointing", "near", "mass", "rank"):
        assert np.isnan(seen[key][:, empty]).all()
        assert np.isfinite(seen[key][:, ~empty]).all()


@pytest.mark.parametrize("method", ["integrated-gradients", "saliency", "occlusion"])
def test_a_method_that_is_right_finds_the_object(seen, method):
    objects = seen["object_pixels"] > 0
    assert of(seen, "pointing", method)[objects].mean() > 0.9
    assert of(seen, "mass", method)[objects].mean() > 1.5 * of(seen, "mass", "random")[objects].mean()


def test_a_random_map_finds_it_by_chance(seen):
    objects = seen["object_pixels"] > 0
    share = SPOT**2 / SIDE**2
    assert of(seen, "mass", "random")[objects].mean() == pytest.approx(share, abs=0.02)
    assert of(seen, "pointing", "random")[objects].mean() < 0.4


def test_deleting_the_object_first_takes_the_probability_first(seen):
    objects = seen["object_pixels"] > 0
    for method in ("integrated-gradients", "brightness"):
        assert of(seen, "deletion", method)[objects].mean() < of(seen, "deletion", "random")[objects].mean()
        assert of(seen, "insertion", method)[objects].mean() > of(seen, "insertion", "random")[objects].mean()


def test_maps_of_a_randomised_network_are_compared_but_not_those_of_baselines(seen):
    assert seen["stages"].tolist() == ["output layer", "all layers"]
    assert seen["randomised"].shape == (2, 11, 6)
    assert np.isnan(seen["randomised"][:, -3:]).all()
    known = seen["randomised"][np.isfinite(seen["randomised"])]
    assert len(known) > 20
    assert np.abs(known).max() <= 1


def test_a_map_without_its_image_is_told_only_of_products_with_it(seen):
    told = np.isfinite(seen["without_input"]).any((0, 2))
    assert [str(name) for name in seen["methods"][told]] == ["input-x-gradient", "integrated-gradients"]
    np.testing.assert_allclose(  # what is left of gradient times input is the gradient
        of(seen, "without_input", "input-x-gradient"), of(seen, "randomised", "saliency"), atol=1e-5
    )


def test_a_decoy_is_told_apart_from_the_object():
    class Corner(nn.Module):
        """Knows classes by the first corner alone."""

        def forward(self, x):
            corner = x[:, 0, :2, :2].mean((1, 2))
            return torch.stack((corner * 50, 25 * torch.ones_like(corner), corner * 0), 1)

    dataset = pictures(decoy=True)
    dataset.train.x[:, :, :2, :2] = np.where(np.arange(30) % 2, 250, 10)[:, None, None, None]
    settings = Trust(count=30, methods=("saliency",), randomised=2)
    seen = look(subject_of(dataset, Corner()), settings)
    assert seen["decoy_pixels"].tolist() == [4] * 30
    light = seen["predicted"] == 0
    assert 0 < light.sum() < 30
    assert of(seen, "decoy_pointing", "saliency")[light].tolist() == [1] * light.sum()
    assert of(seen, "decoy_mass", "saliency")[light].tolist() == [1] * light.sum()
    assert of(seen, "mass", "saliency")[(seen["object_pixels"] > 0) & light].max() == 0
    assert seen["flips_decoy"][light].all()
    assert not seen["flips_object"].any()


def test_data_without_regions_are_measured_without_them():
    found = look(subject_of(pictures(regions=False)), SMALL)
    assert "mass" not in found
    assert "flips_object" not in found
    assert found["deletion"].shape == (11, 30)


def test_the_same_comes_out_twice_and_another_random_map_for_another_seed(seen):
    again, other = look(subject_of(pictures()), SMALL), look(subject_of(pictures(), seed=1), SMALL)
    for key, array in seen.items():
        assert array.dtype == again[key].dtype
        assert array.tobytes() == again[key].tobytes()
    assert of(other, "mass", "random").tobytes() != of(seen, "mass", "random").tobytes()
    assert of(other, "mass", "saliency").tobytes() == of(seen, "mass", "saliency").tobytes()


def test_the_network_is_left_as_it_was():
    subject = subject_of(pictures())
    subject.net.train()
    before = {name: value.clone() for name, value in subject.net.state_dict().items()}
    state = torch.random.get_rng_state()
    look(subject, SMALL)
    assert all(each.training for each in subject.net.modules())
    assert all(each.requires_grad and each.grad is None for each in subject.net.parameters())
    assert all(torch.equal(value, before[name]) for name, value in subject.net.state_dict().items())
    assert not any(each._forward_hooks or each._backward_hooks for each in subject.net.modules())
    assert torch.equal(torch.random.get_rng_state(), state)


def test_the_images_asked_for_are_measured():
    settings = Trust(images=(7, 3), methods=("saliency", "occlusion"), randomised=1)
    found = look(subject_of(pictures()), settings)
    assert found["index"].tolist() == [7, 3]
    assert found["methods"].tolist() == ["saliency", "occlusion", *BASELINES]


def test_what_does_not_fit_is_refused_with_what_would():
    net = nn.Sequential(nn.Flatten(), nn.Linear(SIDE**2, 3))
    prospect = subject_of(pictures(), net).prospect
    with pytest.raises(StudyError, match=r"'trust' methods: 'grad-cam' needs a conv.*; those that fit: sal"):
        check(prospect, Trust(methods=("saliency", "grad-cam")))
    points = type(prospect)(net, (2,), ("a", "b"), 10)
    with pytest.raises(StudyError, match="'trust' needs images, these examples have 2 values"):
        check(points, Trust())
