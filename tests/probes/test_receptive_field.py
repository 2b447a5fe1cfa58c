import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from glasslab.probes.receptive_field import ReceptiveField, receptive_fields

SIDES = (23, 19)


def chain(*modules: nn.Module) -> ReceptiveField:
    """Returns the field of the last of some layers."""
    net = nn.Sequential(*modules)
    last = str(len(modules) - 1)
    return receptive_fields(net, (1, *SIDES), [last])[last]


def test_fields_of_textbook_chains() -> None:
    # 5x5, pool 2, 5x5: 5 -> 6 -> 6 + 4 * 2 = 14; neighbours are 2 apart.
    field = chain(nn.Conv2d(1, 2, 5), nn.MaxPool2d(2), nn.Conv2d(2, 2, 5))
    assert (field.rows.size, field.rows.jump, field.rows.low) == (14, 2, 0)
    assert field.box(0, 0) == (0, 14, 0, 14)
    assert field.box(1, 2) == (2, 16, 4, 18)
    # Two 3x3 with padding 1 see 5x5 around the middle; at the edge the box is cut off.
    field = chain(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.Conv2d(2, 2, 3, padding="same"))
    assert field.rows.size == 5
    assert field.box(0, 18) == (0, 3, 16, 19)
    assert field.box(10, 10) == (8, 13, 8, 13)


def dependence(net: nn.Module, layer: str, place: tuple[int, int]) -> tuple[int, int, int, int]:
    """Returns the box of the pixels on which a place of a layer depends, found by changing each pixel."""
    base = torch.randn(1, 1, *SIDES, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    every = base.repeat(SIDES[0] * SIDES[1], 1, 1, 1)
    every.flatten(1)[torch.arange(len(every)), torch.arange(len(every))] += 50.0
    kept: dict[str, Tensor] = {}
    handle = net.get_submodule(layer).register_forward_hook(lambda m, i, out: kept.update(out=out.clone()))
    with torch.no_grad():
        net(base)
        plain = kept["out"][0, :, *place]
        net(every)
    handle.remove()
    moved = (kept["out"][:, :, *place] != plain).any(1).view(*SIDES).nonzero()
    low, high = moved.amin(0).tolist(), moved.amax(0).tolist()
    return low[0], high[0] + 1, low[1], high[1] + 1


class Functional(nn.Module):
    """A network whose pools are functions, with a branch that is joined again."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 3, 3, stride=2, padding=1)
        self.conv2 = nn.Conv2d(3, 3, (3, 5), dilation=(2, 1), padding=(2, 2))
        self.short = nn.Conv2d(3, 3, 1)
        self.join = nn.Identity()
        self.last = nn.Conv2d(3, 2, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = F.avg_pool2d(F.leaky_relu(self.conv1(x), 0.3), 3, 1, 1)
        x = self.join(F.leaky_relu(self.conv2(x), 0.3) + self.short(x))
        out: Tensor = self.last(F.pad(x, (1, 0, 1, 0)))
        return out


@pytest.mark.parametrize("layer", ["conv1", "conv2", "join", "last"])
@pytest.mark.parametrize("place", [(0, 0), (4, 3), (8, 8)])
def test_a_place_sees_the_pixels_that_it_depends_on(layer: str, place: tuple[int, int]) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(2)
        net = Functional().double()
    field = receptive_fields(net, (1, *SIDES), [layer])[layer]
    assert field.box(*place) == dependence(net, layer, place)


class Excited(nn.Module):
    """Maps weighed by a number that all of the image goes into."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 3, 3)
        self.weighed = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        maps = self.conv(x)
        out: Tensor = self.weighed(maps * maps.mean((2, 3), keepdim=True).sigmoid())
        return out


def test_what_is_not_known_to_work_place_by_place_sees_the_whole_image() -> None:
    fields = receptive_fields(Excited(), (1, *SIDES), ["conv", "weighed"])
    assert fields["conv"].box(2, 2) == (2, 5, 2, 5)
    assert fields["weighed"].box(2, 2) == (0, 23, 0, 19)
    assert chain(nn.Conv2d(1, 2, 3), nn.Upsample(scale_factor=2)).box(1, 1) == (0, 23, 0, 19)


def test_weights_that_are_worked_out_do_not_widen_the_field() -> None:
    class Weighed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(torch.ones(1))
            self.out = nn.Identity()

        def forward(self, x: Tensor) -> Tensor:
            given: Tensor = self.out(x * self.scale.view(1, 1, 1, 1))
            return given

    net = Weighed()
    assert receptive_fields(net, (1, *SIDES), ["out"])["out"].box(3, 4) == (3, 4, 4, 5)
