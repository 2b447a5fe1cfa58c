import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from glasslab.nets.lenet import build as lenet
from glasslab.nets.mlp import build as mlp
from glasslab.nets.summary import summarize
from glasslab.plan.net import Lenet, Mlp


def products(module: nn.Module, shape: tuple[int, ...]) -> int:
    """Matrix products and convolutions of one example, by PyTorch's counter; it leaves biases out."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module.eval()(torch.zeros(1, *shape))
    return counter.get_total_flops()


def biases(summary) -> int:
    """Additions of a bias, one for each output element of a layer that has products."""
    return sum(
        torch.Size(each.output_shape).numel() for each in summary.layers if each.kind in ("Linear", "Conv2d")
    )


class Functional(nn.Module):
    """Layers, functions, a parameter of its own, and one layer called twice."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Linear(6, 6)
        self.head = nn.Parameter(torch.zeros(3, 6))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(F.relu(self.body(self.body(x))), self.head)


def test_every_layer_of_an_mlp_is_counted_by_hand():
    summary = summarize(mlp(Mlp(widths=(5,), dropout=0.5), (1, 2, 3), 2), (1, 2, 3))
    assert [
        (each.name, each.kind, each.output_shape, each.parameters, each.flops) for each in summary.layers
    ] == [
        ("flatten", "Flatten", (6,), 0, 0),
        ("hidden1", "Linear", (5,), 35, 65),
        ("relu1", "ReLU", (5,), 0, 5),
        ("dropout1", "Dropout", (5,), 0, 0),
        ("output", "Linear", (2,), 12, 22),
    ]
    assert (summary.parameters, summary.trainable, summary.flops) == (47, 47, 92)


@pytest.mark.parametrize("pool", ["max", "average"])
def test_every_layer_of_a_cnn_is_counted_by_hand(pool: str):
    net = lenet(Lenet(channels=(4,), kernel=3, pool=pool, hidden=()), (2, 6, 8), 5)
    summary = summarize(net, (2, 6, 8))
    assert [(each.name, each.output_shape, each.parameters, each.flops) for each in summary.layers] == [
        ("conv1_1", (4, 6, 8), 76, 192 * 37),
        ("relu1_1", (4, 6, 8), 0, 192),
        ("pool1", (4, 3, 4), 0, 48 * 4),
        ("flatten", (48,), 0, 0),
        ("output", (5,), 245, 5 * 97),
    ]


@pytest.mark.parametrize(
    "net, shape",
    [
        (mlp(Mlp(activation="identity"), (1, 28, 28), 10), (1, 28, 28)),
        (nn.Sequential(nn.Conv2d(4, 6, (3, 5), stride=2, padding=1, groups=2), nn.Flatten()), (4, 11, 9)),
        (nn.Sequential(nn.Linear(7, 5), nn.Linear(5, 3)), (4, 7)),
    ],
)
def test_products_agree_with_pytorchs_counter(net: nn.Module, shape: tuple[int, ...]):
    summary = summarize(net, shape)
    assert summary.flops == products(net, shape) + biases(summary)


def test_functions_between_layers_are_counted():
    net = Functional()
    summary = summarize(net, (6,))
    assert summary.parameters == 6 * 6 + 6 + 3 * 6
    assert [(each.name, each.flops) for each in summary.layers] == [("body", 2 * (72 + 6))]
    assert summary.flops == 2 * (72 + 6) + 36


def test_layers_without_a_formula_count_their_products():
    net = nn.Sequential(nn.Conv1d(2, 3, 3), nn.Flatten(), nn.LayerNorm(12), nn.Linear(12, 2))
    summary = summarize(net, (2, 6))
    assert [each.flops for each in summary.layers] == [3 * 4 * 12, 0, 0, 50]
    assert summary.parameters == 21 + 24 + 26


def test_batch_norm_counts_its_scale_and_shift():
    summary = summarize(nn.Sequential(nn.BatchNorm2d(3)), (3, 4, 5))
    assert summary.flops == 120


def test_a_recurrent_layer_counts_its_maps_and_gates_at_every_step():
    class Rows(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(4, 5, batch_first=True)
            self.output = nn.Linear(5, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.output(self.lstm(x)[0][:, -1])

    summary = summarize(Rows(), (3, 4))
    assert [(each.name, each.flops) for each in summary.layers] == [
        ("lstm", 1395),
        ("output", 22),
    ]  # 3 (2 20 9 + 40 + 13 5)
    assert summary.flops == 1417
    assert summary.parameters == 4 * 5 * (4 + 5 + 2) + 12


def test_a_users_recurrent_cell_is_unknown_and_so_is_the_sum():
    class Steps(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell = nn.GRUCell(4, 5)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.cell(x[:, 1], self.cell(x[:, 0]))

    summary = summarize(Steps(), (2, 4))
    assert [(each.name, each.flops) for each in summary.layers] == [("cell", None)]
    assert summary.flops is None


def test_shared_and_frozen_parameters_are_told_apart():
    net = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3))
    net[2].weight = net[0].weight
    net[0].bias.requires_grad_(False)
    summary = summarize(net, (3,))
    assert (summary.parameters, summary.trainable) == (15, 12)


def test_a_summary_leaves_no_hook_and_no_change_of_mode():
    net = mlp(Mlp(dropout=0.5), (4,), 2)
    summarize(net, (4,))
    assert all(each.training for each in net.modules())
    assert not any(each._forward_hooks or each._forward_pre_hooks for each in net.modules())


@pytest.mark.parametrize(
    "net, shape, line",
    [
        (mlp(Mlp(widths=(128, 64)), (1, 28, 28), 10), (1, 28, 28), "784 - 128 relu - 64 relu - 10"),
        (mlp(Mlp(widths=(4,), activation="tanh", dropout=0.5), (2,), 1), (2,), "2 - 4 tanh dropout 0.5 - 1"),
        (
            lenet(Lenet(channels=((8, 8), 4), kernel=5, pool="average", hidden=(6,)), (1, 28, 28), 10),
            (1, 28, 28),
            "1x28x28 - conv 5x5,8 relu - conv 5x5,8 relu - average-pool 2 - conv 5x5,4 relu - average-pool 2 "
            "- 6 relu - 10",
        ),
        (
            nn.Sequential(nn.MaxPool2d(2), nn.Flatten(), nn.LayerNorm(4)),
            (1, 4, 4),
            "1x4x4 - max-pool 2 - layernorm",
        ),
    ],
)
def test_a_network_reads_as_one_line(net: nn.Module, shape: tuple[int, ...], line: str):
    assert summarize(net, shape).line() == line
