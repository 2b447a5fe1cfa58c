import math

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import Tensor, nn
from torch.nn import functional as F

from glasslab.data.tensors import Examples, Scaling, Tensors
from glasslab.errors import StudyError
from glasslab.nets import lenet, mlp, rnn
from glasslab.plan.net import Lenet, Mlp, Rnn
from glasslab.plan.probe import Invariance
from glasslab.probes.invariance import check, layers_to_compare, look, matrix, transformed, ways_of
from glasslab.probes.prospect import Prospect
from glasslab.probes.subject import Subject

BLACK = torch.tensor(-3.2).view(1, 1, 1)
CLASSES = ("a", "b", "c")


def subject_of(net: nn.Module, count: int = 6) -> Subject:
    random = torch.Generator().manual_seed(1)
    x = torch.rand(count, 1, 12, 12, generator=random) * 6 - 3.2
    test = Examples(x, torch.arange(count) % 3, np.arange(count))
    tensors = Tensors(test, None, test, CLASSES, Scaling((128.0,), (40.0,)))
    with torch.no_grad():
        logits = net.eval()(x)
    return Subject(net, tensors, logits, lambda z: z.softmax(1))


def network() -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(7)
        return lenet.build(Lenet(channels=(5, 6), kernel=3, hidden=(8,)), (1, 12, 12), 3)


def image(height: int = 12, width: int = 12) -> Tensor:
    return torch.rand(1, 1, height, width, generator=torch.Generator().manual_seed(2), dtype=torch.float64)


def test_a_shift_moves_pixels_and_lets_black_in() -> None:
    x = image(12, 16)
    amounts, matrices = ways_of(12, 16, 4)["right"]
    assert amounts.tolist() == [-4, -3, -2, -1, 0, 1, 2, 3, 4]
    moved = transformed(x, matrices[7], BLACK)[0, 0]
    assert torch.allclose(moved[:, 3:], x[0, 0, :, :-3])
    assert torch.allclose(moved[:, :3], torch.tensor(-3.2, dtype=torch.float64))
    amounts, matrices = ways_of(12, 16, 3)["down"]
    assert amounts.tolist() == [-3, -2, -1, 0, 1, 2, 3]
    moved = transformed(x, matrices[0], BLACK)[0, 0]
    assert torch.allclose(moved[:-3], x[0, 0, 3:])


def test_turning_is_anticlockwise() -> None:
    x = image()
    quarter = transformed(x, matrix(turn=math.pi / 2), BLACK)[0, 0]
    assert torch.allclose(quarter, torch.from_numpy(np.rot90(x[0, 0].numpy()).copy()), atol=1e-6)
    wide = image(12, 18)
    half = transformed(wide, matrix(turn=math.pi, aspect=12 / 18), BLACK)[0, 0]
    assert torch.allclose(half, wide[0, 0].flip(0, 1), atol=1e-6)


@pytest.mark.parametrize("turn, scale", [(0.4, 1.0), (0.0, 1.5), (0.0, 0.7)])
def test_turning_and_scaling_are_scipys(turn: float, scale: float) -> None:
    x = image(13, 17)
    found = transformed(x, matrix(turn=turn, scale=1 / scale, aspect=13 / 17), torch.zeros(1, 1, 1))[0, 0]
    cos, sin = math.cos(turn) / scale, math.sin(turn) / scale
    inverse = np.array([[cos, sin], [-sin, cos]])  # of (row, column) about the middle
    middle = np.array([6.0, 8.0])
    wanted = ndimage.affine_transform(
        x[0, 0].numpy(), inverse, middle - inverse @ middle, order=1, mode="grid-constant"
    )
    assert np.allclose(found.numpy(), wanted, atol=1e-6)


def test_an_image_as_it_is_has_no_distance_and_its_own_probability() -> None:
    subject = subject_of(network())
    seen = look(subject, Invariance(steps=3))
    assert seen["kinds"].tolist() == ["right", "down", "scale", "turn"]
    assert seen["amount"][:, 3].tolist() == [0, 0, 1, 0]
    assert seen["amount"][2, [0, 6]] == pytest.approx([1 / 1.8, 1.8])
    assert np.abs(seen["distance"][:, :, :, 3]).max() < 1e-5
    own = subject.logits.softmax(1)[torch.from_numpy(seen["index"]), torch.from_numpy(seen["labels"])]
    assert np.allclose(seen["probability"][:, :, 3], own.numpy()[None], atol=1e-5)


def test_distances_are_those_worked_out_by_hand() -> None:
    net = network()
    subject = subject_of(net)
    seen = look(subject, Invariance(steps=3, images=(4,)))
    assert seen["layers"].tolist() == ["relu1_1", "relu2_1"]
    x = subject.tensors.test.x[4:5]
    moved = torch.full_like(x, -3.2)  # raw black
    moved[..., 2:] = x[..., :-2]
    with torch.no_grad():
        first = [F.relu(net.conv1_1(each)) for each in (x, moved)]
        second = [F.relu(net.conv2_1(F.max_pool2d(each, 2))) for each in first]
        right = net(moved).softmax(1)[0, 4 % 3]
    for layer, (before, after) in enumerate((first, second)):
        wanted = (before - after).norm() / before.norm()
        assert seen["distance"][layer, 0, 0, 5] == pytest.approx(float(wanted), abs=1e-5)
    assert seen["probability"][0, 0, 5] == pytest.approx(float(right), abs=1e-5)


def test_images_are_compared_with_the_next_one_too() -> None:
    net = network()
    subject = subject_of(net)
    seen = look(subject, Invariance(steps=1, images=(0, 1, 2)))
    with torch.no_grad():
        first = F.relu(net.conv1_1(subject.tensors.test.x[:3])).flatten(1)
    wanted = [float((first[i] - first[(i + 1) % 3]).norm() / first[i].norm()) for i in range(3)]
    assert seen["unrelated"][0] == pytest.approx(wanted, abs=1e-5)
    assert np.isnan(look(subject, Invariance(steps=1, count=1))["unrelated"]).all()


def test_the_first_image_is_kept_as_it_is_moved() -> None:
    subject = subject_of(network())
    seen = look(subject, Invariance(steps=3, images=(2,)))
    assert seen["moved_at"].tolist() == [0, 1, 2, 3, 4, 5, 6]
    pixels = subject.pixels(subject.tensors.test, np.array([2]))[0]
    assert np.array_equal(seen["moved"][3, 3], pixels)
    assert np.array_equal(seen["moved"][0, 6][:, :, 3:], pixels[:, :, :-3])
    assert not seen["moved"][0, 6][:, :, :3].any()


def test_what_gives_only_zeros_has_no_distance() -> None:
    net = network()
    with torch.no_grad():
        net.conv1_1.bias.fill_(-1e4)  # type: ignore[operator,union-attr]
    seen = look(subject_of(net), Invariance(steps=1))
    assert np.isnan(seen["distance"][0]).all()


def names(net: nn.Module, chosen: tuple[str, ...] = ()) -> list[str]:
    return [each.name for each in layers_to_compare(Prospect(net, (1, 12, 12), CLASSES, 9), chosen)]


def test_networks_without_convolutions_are_compared_in_their_hidden_layers() -> None:
    assert names(mlp.build(Mlp(widths=(8, 6, 4)), (1, 12, 12), 3)) == ["relu1", "relu3"]
    assert names(mlp.build(Mlp(widths=(8,)), (1, 12, 12), 3)) == ["relu1"]
    assert names(rnn.build(Rnn(cell="gru", hidden=5), (1, 12, 12), 3)) == ["gru"]
    assert names(network(), ("hidden1", "output")) == ["hidden1", "output"]


def test_what_has_nothing_to_compare_is_refused() -> None:
    points = Prospect(nn.Linear(2, 3), (2,), CLASSES, 9)
    with pytest.raises(StudyError, match="'invariance' needs images, these examples have 2 values"):
        check(points, Invariance())
    flat = Prospect(mlp.build(Mlp(widths=()), (1, 12, 12), 3), (1, 12, 12), CLASSES, 9)
    with pytest.raises(StudyError, match="'invariance' needs hidden layers, this network has none"):
        check(flat, Invariance())


def test_the_network_is_left_in_the_mode_it_was_in() -> None:
    net = network()
    subject = subject_of(net)
    net.train()
    look(subject, Invariance(steps=1, count=2))
    assert all(module.training for module in net.modules())
    assert all(each.requires_grad and each.grad is None for each in net.parameters())
    assert all(not module._forward_hooks for module in net.modules())
