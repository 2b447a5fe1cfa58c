from collections.abc import Callable

import numpy as np
import pytest
import torch
from captum.attr import NeuronDeconvolution
from torch import Tensor, nn
from torch.nn import functional as F

from glasslab.data.tensors import Examples, Scaling, Tensors
from glasslab.errors import StudyError
from glasslab.nets import lenet, mlp, vgg
from glasslab.plan.net import Lenet, Mlp, Vgg
from glasslab.plan.probe import Deconvnet
from glasslab.probes.deconvnet import check, layers_to_show, look, packed, projections
from glasslab.probes.layers import left_as_it_was
from glasslab.probes.prospect import Prospect
from glasslab.probes.receptive_field import receptive_fields
from glasslab.probes.subject import Subject

CLASSES = ("a", "b", "c")
INPUT = (2, 14, 14)


class Net(nn.Module):
    """Two convolutions with ReLUs of a style between a pool, and a linear layer."""

    def __init__(self, relu: Callable[[Tensor], Tensor] | nn.Module | None, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.conv1 = nn.Conv2d(2, 5, 3, padding=1)
            self.conv2 = nn.Conv2d(5, 6, 3)
            self.output = nn.Linear(6 * 25, 3)
        self.relu1 = relu if relu is not None else nn.ReLU()
        self.relu2 = relu if relu is not None else nn.ReLU()
        self.pool = nn.MaxPool2d(2)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.pool(self.relu1(self.conv1(x)))
        out: Tensor = self.output(self.relu2(self.conv2(hidden)).flatten(1))
        return out


STYLES: dict[str, Callable[[], Net]] = {
    "modules": lambda: Net(None),
    "one in place, shared": lambda: Net(nn.ReLU(inplace=True)),
    "function": lambda: Net(F.relu),
    "method in place": lambda: Net(Tensor.relu_),
}


def by_hand(net: Net, x: Tensor, maps: Tensor) -> Tensor:
    """Returns what a deconvnet projects from the largest activation of one map of the second layer."""
    first = F.relu(net.conv1(x))
    pooled, switches = F.max_pool2d(first, 2, return_indices=True)
    second = F.relu(net.conv2(pooled))
    alone = torch.zeros_like(second).flatten(2)
    rows = torch.arange(len(x))
    found = second.flatten(2)[rows, maps].max(1)
    alone[rows, maps, found.indices] = found.values
    back = F.relu(alone.view_as(second))
    back = F.conv_transpose2d(back, net.conv2.weight)
    back = F.relu(F.max_unpool2d(back, switches, 2, output_size=first.shape[-2:]))
    return F.conv_transpose2d(back, net.conv1.weight, padding=1)


def images(count: int, seed: int = 1, dtype: torch.dtype = torch.float32) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.randn(count, *INPUT, generator=random, dtype=torch.float64).to(dtype)


def subject_of(net: nn.Module, count: int = 12) -> Subject:
    x = images(count)
    test = Examples(x, torch.arange(count) % 3, np.arange(100, 100 + count))
    tensors = Tensors(test, None, test, CLASSES, Scaling((128.0, 128.0), (40.0, 40.0)))
    with torch.no_grad():
        logits = net.eval()(x)
    return Subject(net, tensors, logits, lambda z: z.softmax(1))


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("dtype, near", [(torch.float32, 1e-6), (torch.float64, 1e-9)])
def test_projections_are_those_of_a_deconvnet_made_by_hand(
    style: str, dtype: torch.dtype, near: float
) -> None:
    net = STYLES[style]().to(dtype)
    x, maps = images(12, dtype=dtype), torch.arange(12) % 6
    with torch.no_grad():
        wanted = by_hand(net, x, maps)
    assert wanted.abs().max() > 0.01
    found = projections(net, x, "conv2", maps).image
    assert (found - wanted).abs().max() < near


def test_projections_are_captums_times_the_activation() -> None:
    net = Net(None)
    x, maps = images(12), torch.arange(12) % 6
    found = projections(net, x, "relu2", maps)
    rows, columns = found.place // 5, found.place % 5
    captum = NeuronDeconvolution(net, net.relu2)
    with pytest.warns(UserWarning, match="backward hooks"):
        wanted = captum.attribute(x.requires_grad_(), lambda out: out[torch.arange(12), maps, rows, columns])
    scaled = found.activation.view(-1, 1, 1, 1) * wanted
    assert torch.allclose(found.image, scaled, atol=1e-7)


def test_a_projection_grows_with_its_activation() -> None:
    net = Net(None)
    with torch.no_grad():
        for layer in (net.conv1, net.conv2):
            assert layer.bias is not None
            layer.bias.zero_()
    once = projections(net, images(6), "relu2", torch.arange(6))
    thrice = projections(net, 3 * images(6), "relu2", torch.arange(6))
    assert torch.allclose(3 * once.activation, thrice.activation)
    assert torch.allclose(3 * once.image, thrice.image, atol=1e-6)


def test_with_one_filter_the_projection_is_the_filter_where_it_fits_times_the_activation() -> None:
    net = nn.Sequential(nn.Conv2d(1, 1, 2, bias=False), nn.ReLU())
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([[[[1.0, -1.0], [2.0, 0.0]]]]))
    x = torch.zeros(1, 1, 4, 4)
    x[0, 0, 1, 2], x[0, 0, 2, 2] = 1.0, 2.0  # the filter's left column fits at row 1, column 2
    found = projections(net, x, "1", torch.tensor([0]))
    assert found.activation.tolist() == [5]
    assert found.place.tolist() == [1 * 3 + 2]
    wanted = torch.zeros(4, 4)
    wanted[1:3, 2:4] = 5 * torch.tensor([[1.0, -1.0], [2.0, 0.0]])
    assert torch.equal(found.image[0, 0], wanted)


def test_what_does_not_excite_a_map_has_no_projection() -> None:
    net = nn.Sequential(nn.Conv2d(1, 1, 1), nn.ReLU())
    with torch.no_grad():
        net[0].weight.fill_(1.0)
        net[0].bias.fill_(-1.0)  # type: ignore[union-attr]
    found = projections(net, torch.zeros(1, 1, 3, 3), "0", torch.tensor([0]))
    assert found.activation.tolist() == [0]
    assert not found.image.any()


@pytest.mark.parametrize("layer", ["relu1_1", "pool1", "relu2_1", "pool2", "relu3_2"])
def test_projections_lie_within_the_receptive_field(layer: str) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(4)
        net = vgg.build(Vgg(channels=(4, 6, (8, 8)), hidden=(8,), pool=3), (2, 32, 32), 3).eval()
    random = torch.Generator().manual_seed(5)
    x = torch.randn(8, 2, 32, 32, generator=random)
    maps = torch.arange(8) % 4
    found = projections(net, x, layer, maps)
    field = receptive_fields(net, (2, 32, 32), [layer])[layer]
    width = {"relu1_1": 32, "pool1": 16, "relu2_1": 16, "pool2": 8, "relu3_2": 8}[layer]
    assert (found.activation > 0).any()
    for place, image in zip(found.place.tolist(), found.image, strict=True):
        top, bottom, left, right = field.box(place // width, place % width)
        outside = image.clone()
        outside[:, top:bottom, left:right] = 0
        assert not outside.any()


def test_portions_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    net, maps = Net(None), torch.arange(12) % 6
    whole = projections(net, images(12), "relu2", maps)
    monkeypatch.setattr("glasslab.probes.deconvnet.EXAMPLES", 5)
    pieces = projections(net, images(12), "relu2", maps)
    assert torch.allclose(whole.image, pieces.image, atol=1e-7)
    assert torch.equal(whole.place, pieces.place)


def test_every_image_is_shown_with_its_strongest_maps() -> None:
    net = Net(None)
    subject = subject_of(net)
    seen = look(subject, Deconvnet(count=4, maps=2))
    assert seen["layers"].tolist() == ["relu1", "relu2"]
    assert seen["index"].tolist() == [100, 101, 102, 103]
    assert seen["maps"].shape == (2, 4, 2)
    x = subject.tensors.test.x[:4]
    with torch.no_grad():
        second = F.relu(net.conv2(F.max_pool2d(F.relu(net.conv1(x)), 2))).flatten(2).amax(2).numpy()
    assert seen["maps"][1].tolist() == np.argsort(-second, axis=1)[:, :2].tolist()
    assert np.allclose(seen["activation"][1], -np.sort(-second, axis=1)[:, :2], atol=1e-6)
    maps = torch.from_numpy(seen["maps"][1, :, 0].astype(np.int64))
    with torch.no_grad():
        wanted = by_hand(net, x, maps).numpy()
    shown = seen["projection"][1, :, 0].astype(np.float64) * seen["largest"][1, :, 0, None, None, None]
    assert np.abs(shown - wanted).max() < 1e-3 * np.abs(wanted).max()
    assert seen["others"].tolist() == []
    assert seen["joins"] == 0


def test_a_layer_with_fewer_maps_is_filled_up() -> None:
    seen = look(subject_of(Net(None)), Deconvnet(count=1, maps=6, layers=("relu1", "relu2")))
    assert seen["maps"][0, 0, 5] == -1
    assert seen["maps"][1, 0, 5] >= 0
    assert not seen["projection"][0, 0, 5].any()


def test_maps_are_looked_at_after_normalisation_and_activation() -> None:
    assert shown(vgg.build(Vgg(channels=(4, (6, 6)), hidden=()), (3, 32, 32), 3)) == [
        "relu1_1",
        "relu2_1",
        "relu2_2",
    ]
    assert shown(Net(F.relu), INPUT) == ["conv1", "conv2"]
    normalised = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4 * 900, 3))
    assert shown(normalised) == ["1"]


def test_a_module_that_is_used_twice_is_no_layer_of_its_own() -> None:
    assert shown(Net(nn.ReLU()), INPUT) == ["conv1", "conv2"]


def shown(net: nn.Module, input_shape: tuple[int, ...] = (3, 32, 32)) -> list[str]:
    return [each.name for each in layers_to_show(Prospect(net, input_shape, CLASSES, 9), (), "deconvnet")]


def prospect(net: nn.Module, input_shape: tuple[int, ...]) -> Prospect:
    return Prospect(net, input_shape, CLASSES, 9)


def test_what_a_deconvnet_cannot_look_into_is_refused() -> None:
    perceptron = prospect(mlp.build(Mlp(), (1, 14, 14), 3), (1, 14, 14))
    with pytest.raises(StudyError, match="'deconvnet' needs layers with maps, this network has none"):
        check(perceptron, Deconvnet())
    points = prospect(nn.Linear(2, 3), (2,))
    with pytest.raises(StudyError, match="'deconvnet' needs layers with maps, this network has none"):
        check(points, Deconvnet())
    smooth = prospect(lenet.build(Lenet(activation="tanh"), (1, 28, 28), 3), (1, 28, 28))
    with pytest.raises(
        StudyError,
        match="'deconvnet' needs a ReLU after the convolutions, this network has tanh there; choose",
    ):
        check(smooth, Deconvnet())
    fitting = prospect(Net(None), INPUT)
    with pytest.raises(
        StudyError, match=r"no layer 'relu3' that fits; .*layers with maps: conv1, relu1, pool"
    ):
        check(fitting, Deconvnet(layers=("relu3",)))


class Residual(nn.Module):
    """A convolution around which its input goes too, and a tanh before it."""

    def __init__(self) -> None:
        super().__init__()
        self.before = nn.Conv2d(2, 4, 3, padding=1)
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.relu = nn.ReLU()
        self.output = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.tanh(self.before(x))
        out: Tensor = self.output(self.relu(hidden + self.conv(hidden)).amax((2, 3)))
        return out


def test_what_it_half_covers_is_told() -> None:
    seen = look(subject_of(Residual()), Deconvnet(count=2))
    assert seen["others"].tolist() == ["tanh"]
    assert seen["joins"] == 1


def test_the_network_is_left_as_it_was() -> None:
    net = nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(576, 3))
    subject = subject_of(net)
    net.train()
    net[0].weight.requires_grad_(False)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    look(subject, Deconvnet(count=2))
    assert all(module.training for module in net.modules())
    assert not net[0].weight.requires_grad
    assert net[4].weight.requires_grad
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert all(each.grad is None for each in net.parameters())
    assert all(not module._forward_hooks for module in net.modules())


def test_nothing_is_divided_by_a_projection_that_is_zero() -> None:
    shares, largest = packed(np.zeros((2, 1, 3, 3)))
    assert not shares.any()
    assert largest.tolist() == [0, 0]


def test_what_is_projected_does_not_depend_on_the_rest_of_the_batch() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(5)
        net = nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
    with left_as_it_was(net):
        alone = projections(net, images(3)[:1], "2", torch.tensor([0]))
        together = projections(net, images(3), "2", torch.tensor([0, 0, 0]))
    assert torch.allclose(alone.image[0], together.image[0], atol=1e-6)
