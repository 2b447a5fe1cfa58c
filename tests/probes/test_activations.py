from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from glasslab.data.dataset import Dataset, Split
from glasslab.data.tensors import to_tensors
from glasslab.errors import StudyError
from glasslab.plan.data import Mnist
from glasslab.plan.probe import Activations
from glasslab.probes import activations, tally
from glasslab.probes.subject import Subject

EXAMPLES, CLASSES = 30, 3


def net() -> nn.Sequential:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        return nn.Sequential(
            nn.Conv2d(1, 4, 3), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16, 3)
        ).eval()


def subject(of: nn.Module, seed: int = 0) -> Subject:
    x = np.random.default_rng(1).integers(0, 256, (EXAMPLES, 1, 6, 6), dtype=np.uint8)
    split = Split.whole(x, np.arange(EXAMPLES) % CLASSES)
    tensors = to_tensors(Dataset(split, None, split, ("a", "b", "c"), "made"), Mnist(normalize="unit"), "cpu")
    with torch.no_grad():
        logits = of(tensors.test.x)
    return Subject(of, tensors, logits, lambda z: z.softmax(1), seed)


def conv_by_numpy(of: Subject) -> np.ndarray[Any, Any]:
    """The convolution of all test images by sliding windows: (N, 4, 4, 4)."""
    layer = of.net.get_submodule("0")
    windows = np.lib.stride_tricks.sliding_window_view(
        of.tensors.test.x.double().numpy()[:, 0], (3, 3), (1, 2)
    )
    weight = layer.get_parameter("weight").detach().double().numpy()[:, 0]
    bias = layer.get_parameter("bias").detach().double().numpy()
    return np.asarray(np.einsum("nhwij,fij->nfhw", windows, weight) + bias[:, None, None])


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activations, "MOST_AT_ONCE", 7)


@pytest.mark.parametrize("layer", [0, 1])
def test_statistics_are_those_of_the_whole_set_also_before_an_activation_in_place(layer: int) -> None:
    of = subject(net())
    seen = activations.look(of, Activations())
    assert seen["layers"].tolist() == ["0", "1", "4"]
    assert seen["kinds"].tolist() == ["convolution", "activation", "dense"]
    whole = conv_by_numpy(of)
    whole = np.maximum(whole, 0) if layer == 1 else whole
    flat = whole.transpose(1, 0, 2, 3).reshape(4, -1)
    assert seen[f"mean_{layer}"] == pytest.approx(flat.mean(1), rel=1e-5)
    assert seen[f"std_{layer}"] == pytest.approx(flat.std(1), rel=1e-5)
    assert seen[f"zeros_{layer}"] == pytest.approx((flat == 0).mean(1), abs=1e-6)
    assert seen[f"least_{layer}"] == pytest.approx(flat.min(1), abs=1e-6)
    assert seen[f"most_{layer}"] == pytest.approx(flat.max(1), rel=1e-5)
    assert seen[f"sampled_{layer}"] == seen[f"values_{layer}"] == EXAMPLES * 16
    expected = np.quantile(flat, (0.05, 0.25, 0.5, 0.75, 0.95), axis=1).T
    assert seen[f"quantiles_{layer}"] == pytest.approx(expected, abs=1e-5)
    by_class = np.stack([whole[np.arange(EXAMPLES) % CLASSES == k].mean((0, 2, 3)) for k in range(CLASSES)])
    assert seen[f"by_class_{layer}"] == pytest.approx(by_class, rel=1e-5)


def test_units_of_a_dense_layer_are_its_filters() -> None:
    of = subject(net())
    seen = activations.look(of, Activations())
    assert seen["mean_2"] == pytest.approx(of.logits.numpy().mean(0), rel=1e-5)
    assert seen["maps_2"].shape == (3, 3)
    assert seen["which_2"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("size", [1, 11, 500])
def test_pieces_make_no_difference(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    of = subject(net())
    before = activations.look(of, Activations())
    monkeypatch.setattr(activations, "MOST_AT_ONCE", size)
    after = activations.look(of, Activations())
    assert list(before) == list(after)
    for key in before:
        if before[key].dtype.kind == "U":
            assert before[key].tolist() == after[key].tolist()
        else:
            assert before[key] == pytest.approx(after[key], rel=1e-5, abs=1e-6)


def test_maps_are_of_the_filters_that_vary_most() -> None:
    of = subject(net())
    seen = activations.look(of, Activations(maps=2, images=(4, 9)))
    assert seen["index"].tolist() == [4, 9]
    whole = conv_by_numpy(of)
    which = sorted(np.argsort(-whole.std((0, 2, 3)))[:2].tolist())
    assert seen["which_0"].tolist() == which
    assert seen["maps_0"] == pytest.approx(whole[[4, 9]][:, which], abs=1e-5)
    assert seen["maps_1"].min() >= 0
    assert (seen["pixels"] == of.pixels(of.tensors.test, np.array([4, 9]))).all()


def test_quantiles_of_a_large_layer_are_those_of_places_drawn_with_the_runs_seed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tally, "MOST", 200)
    first, again, other = (
        activations.look(subject(net(), seed), Activations())["quantiles_0"] for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    exact = np.quantile(conv_by_numpy(subject(net())).transpose(1, 0, 2, 3).reshape(4, -1), 0.5, axis=1)
    assert first[:, 2] == pytest.approx(exact, abs=0.1)


def test_a_class_without_test_examples_has_no_mean() -> None:
    labels = torch.tensor([0, 0, 2])
    made = tally.Tally((1,), labels, 3, np.random.default_rng(0))
    made.add(torch.tensor([[1.0], [3.0], [5.0]]), 0)
    assert made.arrays()["by_class"][[0, 2], 0].tolist() == [2.0, 5.0]
    assert np.isnan(made.arrays()["by_class"][1, 0])


def test_a_layer_used_twice_counts_with_its_first_use() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.relu, self.flatten = nn.ReLU(), nn.Flatten()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.relu(self.flatten(self.relu(x)) + 100)[:, :3]

    seen = activations.look(subject(Twice()), Activations(layers=("relu",)))
    assert seen["maps_0"].shape == (3, 1, 6, 6)
    assert seen["most_0"].max() <= 1


def test_the_network_is_left_as_it_was() -> None:
    of = subject(net())
    of.net.train()
    before = {name: each.clone() for name, each in of.net.state_dict().items()}
    activations.look(of, Activations())
    assert all(module.training for module in of.net.modules())
    assert all(parameter.requires_grad and parameter.grad is None for parameter in of.net.parameters())
    assert not any(module._forward_hooks for module in of.net.modules())
    assert all(torch.equal(before[name], each) for name, each in of.net.state_dict().items())


def test_layers_that_do_not_fit_are_listed() -> None:
    with pytest.raises(StudyError, match=r"'activations': no layer 'conv9' .*: 0, 1, 2, 3, 4"):
        activations.check(subject(net()).prospect, Activations(layers=("conv9",)))
