from typing import Any

import numpy as np
import pytest
import torch
from captum.attr import Occlusion as CaptumOcclusion
from torch import Tensor, nn
from torch.nn import functional as F

from glasslab.errors import StudyError
from glasslab.nets.network import make
from glasslab.plan.net import Rnn
from glasslab.plan.probe import Occlusion
from glasslab.probes.occlusion import check, look
from tests.probes.made_subjects import convolutional, images, linear, state, subject


def hidden(x: Tensor, row: int, column: int, size: int, value: float) -> Tensor:
    """Returns an image (C, H, W) with a square whose middle is at a pixel."""
    changed = x.clone()
    top, left = row - size // 2, column - size // 2
    changed[:, max(0, top) : max(0, top + size), max(0, left) : max(0, left + size)] = value
    return changed


@pytest.mark.parametrize("size, stride", [(0, 1), (4, 1), (5, 3)])
def test_the_three_maps_are_those_of_one_hidden_image_after_another(size: int, stride: int) -> None:
    net = convolutional()
    made = subject(net)
    seen = look(made, Occlusion(count=2, size=size, stride=stride))
    side, mean = size or 3, float(made.tensors.train.x.mean())
    assert seen["size"] == side
    places = range(0, 12, stride)
    assert seen["scores"].shape == (2, 3, len(places), len(places))
    for image in range(2):
        x = made.tensors.test.x[image]
        with torch.no_grad():
            top = int(net[:5](x[None]).sum((2, 3)).argmax())
            for i, row in enumerate(places):
                for j, column in enumerate(places):
                    given = hidden(x, row, column, side, mean)[None]
                    wanted = net(given).softmax(1)[0].numpy()
                    assert np.allclose(seen["scores"][image, :, i, j], wanted, atol=1e-6)
                    assert seen["most_probable"][image, i, j] == wanted.argmax()
                    activation = float(net[:5](given)[0, top].sum())
                    assert seen["activation"][image, i, j] == pytest.approx(activation, rel=1e-4)
        assert seen["strongest"][image] == top
    assert seen["layer"] == "4"


def test_of_a_linear_network_the_logits_with_one_pixel_hidden_are_known() -> None:
    weight = torch.arange(3 * 144, dtype=torch.float32).reshape(3, 1, 12, 12) / 100 - 2
    made = subject(linear(weight, torch.zeros(3)))
    seen = look(made, Occlusion(count=3, size=1, filling="black", score="logit"))
    x, black = made.tensors.test.x[:3], float(made.tensors.train.x.min())
    wanted = made.logits[:3, :, None, None] - weight[None, :, 0] * (x - black)
    assert np.allclose(seen["scores"], wanted, atol=1e-3)
    assert np.allclose(seen["whole"], made.logits[:3], atol=1e-4)
    assert "activation" not in seen


def test_averaged_over_the_squares_that_cover_a_pixel_the_map_is_captums() -> None:
    net, size = convolutional(), 3
    made = subject(net, images(9) - images(9).mean())  # its mean, which squares are filled with, is 0
    seen = look(made, Occlusion(count=2, size=size, score="logit"))
    x, labels = made.tensors.test.x[:2], made.tensors.test.y[:2]
    wanted = CaptumOcclusion(net).attribute(x, (1, size, size), None, 0, labels, perturbations_per_eval=50)
    falls = seen["whole"][:, :, None, None] - seen["scores"]
    own = torch.from_numpy(falls[np.arange(2), labels.numpy()])[:, None, 1:-1, 1:-1]  # squares not cut off
    ones = torch.ones(1, 1, size, size)
    total = F.conv_transpose2d(own, ones) / F.conv_transpose2d(torch.ones_like(own), ones)
    assert torch.allclose(total, wanted, atol=1e-5)


def test_the_square_is_shown_where_it_costs_most() -> None:
    weight = torch.zeros(3, 1, 12, 12)
    weight[:, 0, 4, 7] = torch.tensor([1.0, 1.0, 1.0])
    x = images(9)
    x[:, 0, 4, 7] = 3.0
    seen = look(subject(linear(weight, torch.zeros(3)), x), Occlusion(count=3, size=1, score="logit"))
    assert seen["lowest"].tolist() == [[4, 7]] * 3
    changed = seen["hidden"] != seen["pixels"]
    assert changed.sum() == 3
    assert changed[:, 0, 4, 7].all()
    grey = 50 * float(x.mean()) + 100
    assert np.allclose(seen["hidden"][:, 0, 4, 7], grey, atol=0.51)


@pytest.mark.parametrize(
    "net",
    [
        nn.Sequential(nn.Flatten(), nn.Linear(144, 4), nn.ReLU(), nn.Linear(4, 3)),
        make(Rnn(cell="lstm", hidden=4), (1, 12, 12), 3, np.random.default_rng(0)),
    ],
)
def test_networks_without_maps_have_two_maps_of_the_three(net: nn.Module) -> None:
    seen = look(subject(net), Occlusion(count=2))
    assert seen["scores"].shape == (2, 3, 12, 12)
    assert np.allclose(seen["scores"].sum(axis=1), 1, atol=1e-5)
    assert not {"activation", "layer", "strongest", "activation_whole"} & set(seen)


def test_the_network_is_left_as_it_was_and_the_arrays_come_out_the_same() -> None:
    made = subject(nn.Sequential(nn.BatchNorm2d(3), *convolutional(3)), images(9, 3))
    made.net.train()
    before = state(made.net)
    once, again = (look(made, Occlusion(count=3, filling="blur")) for _ in range(2))
    assert state(made.net) == before
    assert all(np.array_equal(once[key], again[key]) for key in once)


@pytest.mark.parametrize(
    "settings, sentence",
    [
        ({"size": 13}, "size: must be at most the image's 12 pixels, got 13"),
        ({"layer": "7"}, "no layer '7' that fits; .*layers with maps: 0, 1, 2, 3, 4"),
        ({"images": (1,)}, "images: no test example 1"),
    ],
)
def test_what_does_not_fit_is_said_in_a_sentence(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(StudyError, match=rf"^probes: 'occlusion':? {sentence}"):
        look(subject(convolutional()), Occlusion(**settings))


def test_only_images_are_hidden() -> None:
    made = subject(nn.Linear(2, 3), torch.zeros(6, 2))
    with pytest.raises(StudyError, match="probes: 'occlusion' needs images, these examples have 2 values"):
        check(made.prospect, Occlusion())
