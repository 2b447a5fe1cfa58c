import numpy as np
import pytest
import torch
from captum.attr import (
    Deconvolution,
    GuidedBackprop,
    InputXGradient,
    IntegratedGradients,
    LayerAttribution,
    LayerGradCam,
    NoiseTunnel,
    Occlusion,
    Saliency,
)
from torch import Tensor, nn

from glasslab.nets.network import make
from glasslab.plan.net import Rnn
from glasslab.plan.probe import Attribution
from glasslab.probes.attributions import METHODS, Context, to_heat
from glasslab.probes.fillings import Fillings
from glasslab.probes.prospect import Prospect
from tests.probes.made_subjects import CLASSES, convolutional, images, linear, state

SETTINGS = Attribution()
ANY_NET = ("saliency", "input-x-gradient", "integrated-gradients", "smoothgrad", "occlusion")
NOTHING_KNOWN = Context()
X, TARGETS = images(6), torch.arange(6) % 3


def map_of(
    name: str, net: nn.Module, settings: Attribution = SETTINGS, context: Context = NOTHING_KNOWN
) -> Tensor:
    return METHODS[name](net, X, TARGETS, settings, context)


def asking() -> Tensor:
    return X.clone().requires_grad_()


def prospect(net: nn.Module, shape: tuple[int, ...] = (1, 12, 12)) -> Prospect:
    return Prospect(net, shape, CLASSES, 6)


def gru() -> nn.Module:
    return make(Rnn(cell="gru", hidden=5), (1, 12, 12), 3, np.random.default_rng(0))


@pytest.mark.parametrize("in_place", [False, True])
def test_each_method_is_captums(in_place: bool) -> None:
    net = convolutional(in_place=in_place)
    x, settings = asking(), Attribution(window=4, stride=3)
    wanted = {
        "saliency": Saliency(net).attribute(x, TARGETS, abs=False),
        "input-x-gradient": InputXGradient(net).attribute(x, TARGETS),
        "integrated-gradients": IntegratedGradients(net).attribute(x, 0, TARGETS, n_steps=50),
        "occlusion": Occlusion(net).attribute(X, (1, 4, 4), (1, 3, 3), 0, TARGETS, perturbations_per_eval=9),
    }
    plain = convolutional()
    for name, method in (("guided-backpropagation", GuidedBackprop), ("deconvnet", Deconvolution)):
        with pytest.warns(UserWarning, match="backward hooks"):
            wanted[name] = method(plain).attribute(x, TARGETS)
    for name, each in wanted.items():
        assert torch.allclose(map_of(name, net, settings), each, atol=1e-6), name


def test_grad_cam_is_captums_of_the_last_convolutions_activation() -> None:
    net = convolutional()
    coarse = LayerGradCam(net, net[4]).attribute(X, TARGETS)
    wanted = LayerAttribution.interpolate(coarse, (12, 12), "bilinear")
    assert (wanted < 0).any()
    assert torch.allclose(map_of("grad-cam", net), wanted, atol=1e-6)
    assert torch.allclose(map_of("grad-cam", convolutional(in_place=True)), wanted, atol=1e-6)


def test_grad_cam_weighs_the_layer_that_is_asked_for() -> None:
    net = convolutional()
    coarse = LayerGradCam(net, net[2]).attribute(X, TARGETS)
    wanted = LayerAttribution.interpolate(coarse, (12, 12), "bilinear")
    assert torch.allclose(map_of("grad-cam", net, Attribution(layer="2")), wanted, atol=1e-6)


def test_smoothgrad_is_captums_with_the_same_noise() -> None:
    net, x = convolutional(), X[:1]
    span = float(x.max() - x.min())
    with torch.random.fork_rng():
        torch.manual_seed(7)
        tunnel = NoiseTunnel(Saliency(net))
        wanted = tunnel.attribute(
            x.clone().requires_grad_(), nt_samples=20, stdevs=0.1 * span, target=TARGETS[:1], abs=False
        )
    found = METHODS["smoothgrad"](net, x, TARGETS[:1], Attribution(samples=20, noise=0.1), Context(seed=7))
    assert torch.allclose(found, wanted, atol=1e-6)


def test_smoothgrad_draws_from_its_seed_alone() -> None:
    net = convolutional()
    before = torch.random.get_rng_state()
    once, other = (map_of("smoothgrad", net, context=Context(seed=seed)) for seed in (1, 2))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.equal(map_of("smoothgrad", net, context=Context(seed=1)), once)
    assert not torch.equal(once, other)


def test_of_a_linear_network_all_is_known() -> None:
    weight = torch.arange(3 * 144, dtype=torch.float32).reshape(3, 1, 12, 12) / 100 - 2
    net = linear(weight, torch.tensor([1.0, -1.0, 3.0]))
    own, settings = weight[TARGETS], Attribution(window=1)
    assert torch.allclose(map_of("saliency", net), own)
    assert torch.allclose(map_of("smoothgrad", net), own, atol=1e-5)
    assert torch.allclose(map_of("input-x-gradient", net), own * X)
    assert torch.allclose(map_of("integrated-gradients", net), own * X, atol=1e-5)
    assert torch.allclose(map_of("occlusion", net, settings), own * X, atol=1e-4)
    context = Context(Fillings(mean=(0.5,), black=(-2.0,)))
    black = Attribution(window=1, baseline="black")
    assert torch.allclose(map_of("integrated-gradients", net, black, context), own * (X + 2), atol=1e-5)
    assert torch.allclose(map_of("occlusion", net, settings, context), own * (X - 0.5), atol=1e-4)


@pytest.mark.parametrize("baseline, value", [("mean", 0.5), ("black", -2.0)])
def test_integrated_gradients_add_up_to_the_logits_rise(baseline: str, value: float) -> None:
    net, context = convolutional(), Context(Fillings(mean=(0.5,), black=(-2.0,)))
    settings = Attribution(baseline=baseline, steps=200)  # type: ignore[arg-type]
    found = map_of("integrated-gradients", net, settings, context).sum((1, 2, 3))
    with torch.no_grad():
        rise = (net(X) - net(torch.full_like(X, value)))[torch.arange(6), TARGETS]
    assert torch.allclose(found, rise, atol=2e-3)


@pytest.mark.parametrize("name", METHODS)
def test_an_image_has_the_same_map_in_every_batch(name: str) -> None:
    net, settings = convolutional(), Attribution(samples=200, steps=200)  # two images at a time
    whole = METHODS[name](net, X, TARGETS, settings)
    alone = METHODS[name](net, X[3:4], TARGETS[3:4], settings)
    assert whole.shape == (6, 1, 12, 12)
    assert whole.dtype == torch.float32
    assert torch.allclose(whole[3:4], alone, atol=1e-6)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_leaves_the_network_and_the_images_as_they_were(name: str) -> None:
    net = nn.Sequential(nn.BatchNorm2d(1), *convolutional(), nn.Dropout(0.5)).train()
    before, x = state(net), X.clone()
    METHODS[name](net, x, TARGETS, SETTINGS)
    assert state(net) == before
    assert torch.equal(x, X)
    assert not x.requires_grad
    assert x.grad is None


@pytest.mark.parametrize("name", METHODS)
def test_of_one_output_the_two_classes_have_opposite_maps(name: str) -> None:
    net = convolutional(outputs=1)
    for_first, for_second = (METHODS[name](net, X, torch.full((6,), k), SETTINGS) for k in (0, 1))
    assert for_second.abs().max() > 0
    if name not in ("guided-backpropagation", "deconvnet"):  # what flows back is rectified there
        assert torch.allclose(for_first, -for_second, atol=1e-6)


def test_methods_say_what_they_need() -> None:
    said = {name: method.needs(prospect(gru())) for name, method in METHODS.items()}
    assert [name for name, why in said.items() if why is None] == list(ANY_NET)
    assert said["grad-cam"] == "needs a convolution, and this network has none"
    assert said["deconvnet"] == "has no meaning for a recurrent network"
    tanh = nn.Sequential(nn.Flatten(), nn.Linear(144, 4), nn.Tanh(), nn.Linear(4, 3))
    why = METHODS["guided-backpropagation"].needs(prospect(tanh))
    assert why == "needs ReLU as the only activation function, and this network has tanh"
    flat = nn.Sequential(nn.Flatten(), nn.Linear(144, 3))
    assert METHODS["deconvnet"].needs(prospect(flat)) == "needs ReLUs, and this network has none"
    for method in METHODS.values():
        assert method.needs(prospect(flat, (2,))) == "needs images, these examples have 2 values"
        assert method.needs(prospect(convolutional())) is None


@pytest.mark.parametrize("name", ANY_NET)
def test_a_recurrent_network_that_reads_rows_has_maps(name: str) -> None:
    found = map_of(name, gru())
    assert found.shape == (6, 1, 12, 12)
    assert found.abs().amax((1, 2, 3)).min() > 0


def test_integrated_gradients_of_a_recurrent_network_add_up() -> None:
    net = gru().eval()
    found = map_of("integrated-gradients", net).sum((1, 2, 3))
    with torch.no_grad():
        rise = (net(X) - net(torch.zeros_like(X)))[torch.arange(6), TARGETS]
    assert torch.allclose(found, rise, atol=1e-4)


def test_heat_is_the_largest_gradient_or_what_speaks_for_the_class() -> None:
    signed = torch.tensor([1.0, -3.0, 1.0]).view(1, 3, 1, 1).expand(1, 3, 2, 2)
    assert to_heat(signed).tolist() == [[[3, 3], [3, 3]]]
    assert to_heat(signed, contributes=True).tolist() == [[[0, 0], [0, 0]]]
    assert METHODS["saliency"].heat(-signed).max() == 3
    assert METHODS["occlusion"].heat(-signed).max() == 1


def test_no_images_have_no_maps() -> None:
    assert METHODS["saliency"](convolutional(), X[:0], TARGETS[:0], SETTINGS).shape == (0, 1, 12, 12)
