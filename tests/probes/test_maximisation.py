from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from glasslab.errors import StudyError
from glasslab.nets.network import make
from glasslab.plan.net import Rnn
from glasslab.plan.probe import Maximisation
from glasslab.probes.canvas import canvas_for
from glasslab.probes.maximisation import check, look
from tests.probes.made_subjects import convolutional, images, linear, state, subject

FEW = Maximisation(steps=5, restarts=2)
PLAIN = {"jitter": 0.0, "zoom": 0.0, "rotate": 0.0, "variation": 0.0}


def test_of_a_linear_network_the_best_image_is_black_and_white_by_the_signs_of_the_weights() -> None:
    generator = torch.Generator().manual_seed(3)
    weight = torch.where(torch.rand(3, 1, 12, 12, generator=generator) < 0.5, -1.0, 1.0)
    net = linear(weight, torch.zeros(3))
    made = subject(net)
    seen = look(made, Maximisation(steps=300, restarts=1, **PLAIN))
    low, high = float(made.tensors.train.x.min()), float(made.tensors.train.x.max())
    most = torch.where(weight > 0, high, low)
    with torch.no_grad():
        wanted = net(most).diagonal()
    for made_so, near in ((0, 0.15), (1, 0.02)):  # by frequencies, and pixel by pixel
        assert np.allclose(seen["reached"][:, made_so], wanted, rtol=near)
        white = seen["images"][:, made_so] > 127
        assert (white == (weight > 0).numpy()).mean() > 0.97
    assert np.allclose(
        seen["start"],
        net(torch.full((1, 1, 12, 12), float(made.tensors.train.x.mean())))[0].detach(),
        atol=1e-3,
    )


def test_what_the_data_reaches_is_found_with_its_image() -> None:
    made = subject(convolutional())
    seen = look(made, FEW)
    assert np.allclose(seen["most"], made.logits.max(0).values)
    rows = made.logits.argmax(0)
    assert seen["most_index"].tolist() == (rows + 100).tolist()
    assert seen["most_label"].tolist() == (rows % 3).tolist()
    assert np.array_equal(seen["most_pixels"], made.pixels(made.tensors.test, rows.numpy()))
    assert seen["split"] == "test"


@pytest.mark.parametrize("objective", ["mean", "centre"])
def test_a_map_is_measured_by_its_mean_or_in_its_middle(objective: str) -> None:
    net = convolutional()
    made = subject(net)
    seen = look(made, Maximisation(layer="3", units=(4, 1), steps=40, objective=objective))  # type: ignore[arg-type]
    with torch.no_grad():
        out = net[:4](made.tensors.test.x)
    answers = out.mean((2, 3)) if objective == "mean" else out[:, :, 2, 2]
    assert np.allclose(seen["most"], answers.max(0).values[[4, 1]], atol=1e-6)
    assert seen["units"].tolist() == [4, 1]
    assert (seen["reached"] > seen["start"][:, None]).all()
    assert seen["images"].shape == (2, 4, 1, 12, 12)


def test_answers_are_to_the_images_as_they_are_shown() -> None:
    made = subject(convolutional())
    seen = look(made, FEW)
    shown = torch.from_numpy(seen["images"]).float().sub(100).div(50)
    with torch.no_grad():
        logits = made.net(shown.flatten(0, 1)).unflatten(0, (3, 3))
    assert np.allclose(seen["reached"], logits[torch.arange(3), :, torch.arange(3)], atol=0.02)
    assert np.allclose(seen["probabilities"], logits.softmax(2), atol=0.02)


def test_an_image_does_not_depend_on_which_others_are_made_with_it() -> None:
    made = subject(convolutional())
    together, alone = (look(made, Maximisation(steps=20, units=units)) for units in ((0, 1, 2), (2,)))
    assert np.abs(together["images"][2].astype(int) - alone["images"][0].astype(int)).max() <= 1
    assert np.allclose(together["reached"][2], alone["reached"][0], atol=1e-3)


def test_starts_differ_and_come_from_the_runs_seed_alone() -> None:
    net, before = convolutional(), torch.random.get_rng_state()
    once, again, other = (look(subject(net, seed=seed), FEW) for seed in (1, 1, 2))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(np.array_equal(once[key], again[key]) for key in once)
    assert not np.array_equal(once["images"][:, 0], other["images"][:, 0])
    assert not np.array_equal(once["images"][:, 0], once["images"][:, 1])
    assert np.array_equal(once["images"][:, 2], other["images"][:, 2])  # nothing is drawn for the plain one


def test_more_variation_costs_makes_smoother_images() -> None:
    made = subject(convolutional())
    rough, smooth = (
        look(made, Maximisation(steps=60, restarts=1, variation=weight))["images"][:, 0].astype(float)
        for weight in (0.0, 1.0)
    )
    assert np.abs(np.diff(smooth, axis=-1)).mean() < 0.7 * np.abs(np.diff(rough, axis=-1)).mean()


def test_the_network_is_left_as_it_was() -> None:
    made = subject(nn.Sequential(nn.BatchNorm2d(3), *convolutional(3)), images(9, 3))
    made.net.train()
    before = state(made.net)
    look(made, FEW)
    assert state(made.net) == before


def test_a_recurrent_network_and_one_output_have_images_too() -> None:
    rows = make(Rnn(cell="gru", hidden=4), (1, 12, 12), 3, np.random.default_rng(0))
    seen = look(subject(rows), Maximisation(steps=30, restarts=1))
    assert (seen["reached"][:, -1] > seen["start"]).all()
    made = subject(linear(torch.ones(1, 1, 12, 12), torch.zeros(1)))
    both = type(made)(made.net, made.tensors, made.logits, lambda z: torch.cat((-z, z), 1).sigmoid())
    dark, light = look(both, Maximisation(steps=100, restarts=1, units=(0, 1)))["images"][:, -1]
    assert dark.max() < 60
    assert light.min() > 195


def test_a_canvas_has_the_datas_range_mean_and_colours() -> None:
    x = images(9, 3)
    x[:, 1] = 0.8 * x[:, 0] + 0.2 * x[:, 1]  # red and green hang together
    canvas = canvas_for(x)
    blank = canvas.in_range(torch.zeros(1, 3, 12, 12))
    assert torch.allclose(blank.mean((0, 2, 3)), x.mean((0, 2, 3)), atol=1e-4)
    far = canvas.in_range(torch.tensor([-50.0, 50.0]).view(2, 1, 1, 1).expand(2, 3, 12, 12))
    assert torch.allclose(far[0].amin((1, 2)), x.amin((0, 2, 3)), atol=1e-5)
    assert torch.allclose(far[1].amax((1, 2)), x.amax((0, 2, 3)), atol=1e-5)
    shares = ((x - canvas.low) / canvas.span).transpose(0, 1).flatten(1).double()
    wanted = torch.cov(shares, correction=0)
    found = (canvas.colours @ canvas.colours.T).double()
    assert torch.allclose(found, wanted / wanted.diagonal().max(), atol=1e-3)
    assert torch.allclose(
        found[0, 1] / (found[0, 0] * found[1, 1]).sqrt(), torch.corrcoef(shares)[0, 1], atol=1e-3
    )


def test_low_frequencies_weigh_more_by_one_over_the_frequency() -> None:
    canvas = canvas_for(images(9))
    assert canvas.weights.shape == (12, 7)
    assert canvas.weights[0, 0] == canvas.weights[0, 1] == canvas.weights[1, 0]
    assert canvas.weights[0, 1] / canvas.weights[0, 4] == pytest.approx(4)
    assert canvas.weights[3, 4] == pytest.approx(12 / (5 / 12))


def test_variation_is_the_sum_of_squared_steps() -> None:
    canvas = canvas_for(images(9))
    x = torch.full((1, 1, 12, 12), float(canvas.low))
    x[0, 0, 5, 5] = float(canvas.low + canvas.span)
    assert canvas.variation(x).item() == pytest.approx(4)


@pytest.mark.parametrize(
    "settings, sentence",
    [
        ({"units": (3,)}, "units: 'output' has the units 0 to 2, got 3"),
        ({"layer": "3", "units": (0, 5)}, "units: '3' has the units 0 to 4, got 5"),
        ({"layer": "9"}, "no layer '9' that fits; .*'output', or layers of units or maps: 0, 1, 2"),
    ],
)
def test_what_does_not_fit_is_said_in_a_sentence(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(StudyError, match=rf"^probes: 'maximisation':? {sentence}"):
        look(subject(convolutional()), Maximisation(**settings))


def test_only_images_are_made() -> None:
    made = subject(nn.Linear(2, 3), torch.zeros(6, 2))
    with pytest.raises(StudyError, match="probes: 'maximisation' needs images, these examples have 2 values"):
        check(made.prospect, Maximisation())
