"""Every parameter count that the five reports print, of the networks in the studies that do them again."""

import pytest

from glasslab.nets.network import make
from glasslab.nets.summary import Summary, summarize
from glasslab.plan.shipped import find_study
from glasslab.training import streams

RGB, DIGIT, DIGITS_READ = (3, 32, 32), (1, 28, 28), (9, 1)

COUNTS = [
    ("mlp-on-cifar10", "mlp", RGB, 3_805_450),
    ("vgg-on-cifar10", "mlp", RGB, 3_805_450),
    ("vgg-on-cifar10", "vgg", RGB, 9_231_114),
    ("palindrome-memory", "default-none-10", DIGITS_READ, 17_930),
    ("palindrome-memory", "identity-signed-10", DIGITS_READ, 17_930),
    ("simple-cnn-on-cifar10", "simple-cnn", RGB, 545_098),
    ("cnn-architectures", "a", RGB, 545_098),
    ("cnn-architectures", "b", RGB, 1_080_042),
    ("cnn-architectures", "c", RGB, 1_259_786),
]


def summary_of(study: str, variant: str, shape: tuple[int, ...]) -> Summary:
    net = find_study(study).variant(variant).net
    return summarize(make(net, shape, 10, streams.generator(0, "init")), shape)


@pytest.mark.parametrize("study, variant, shape, count", COUNTS)
def test_a_network_has_the_parameters_that_its_report_prints(
    study: str, variant: str, shape: tuple[int, ...], count: int
) -> None:
    assert summary_of(study, variant, shape).parameters == count


def test_the_vggs_blocks_have_the_parameters_that_are_printed_for_each() -> None:
    layers = summary_of("vgg-on-cifar10", "vgg", RGB).layers
    blocks: dict[str, int] = {}
    for layer in layers:
        if layer.parameters:
            number = layer.name.removeprefix("conv").removeprefix("norm")
            blocks[number] = blocks.get(number, 0) + layer.parameters
    assert list(blocks.values()) == [
        1_920,
        74_112,
        295_680,
        590_592,
        1_181_184,
        2_360_832,
        2_360_832,
        2_360_832,
        5_130,
    ]


def test_the_mlps_layers_have_the_parameters_that_are_printed_for_each() -> None:
    layers = summary_of("mlp-on-cifar10", "mlp", RGB).layers
    assert [layer.parameters for layer in layers if layer.parameters] == [3_146_752, 524_800, 131_328, 2_570]


def test_the_palindrome_network_has_the_maps_that_are_printed() -> None:
    net = make(find_study("palindrome-memory").variants[0].net, DIGITS_READ, 10, streams.generator(0, "init"))
    counts = {name: p.numel() for name, p in net.named_parameters()}
    assert counts["rnn.weight_ih_l0"] == 128
    assert counts["rnn.weight_hh_l0"] + counts["rnn.bias_hh_l0"] == 16_512
    assert counts["output.weight"] + counts["output.bias"] == 1_290
    assert len(counts) == 5
