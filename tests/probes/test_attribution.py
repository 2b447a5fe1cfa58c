import numpy as np
import pytest
import torch
from torch import nn

from glasslab.errors import StudyError
from glasslab.plan.probe import Attribution
from glasslab.probes.attribution import check, look
from glasslab.probes.attributions import METHODS, Context
from glasslab.probes.fillings import fillings_of
from tests.probes.made_subjects import convolutional, images, state, subject


def test_every_method_that_fits_leaves_its_map_and_its_heat() -> None:
    seen = look(subject(convolutional()), Attribution(count=4))
    assert seen["methods"].tolist() == list(METHODS)
    assert seen["labels"].tolist() == [0, 1, 2, 0]
    assert seen["index"].tolist() == [100, 101, 102, 103]
    for name in METHODS:
        assert seen[f"map {name}"].shape == (4, 1, 12, 12)
        assert seen[f"heat {name}"].shape == (4, 12, 12)
        assert seen[f"heat {name}"].min() >= 0
    assert seen["weighed"] == "4"
    assert seen["weighed_size"].tolist() == [4, 4]
    assert seen["window"] == 3
    assert seen["joins"] == 0


def test_maps_are_of_the_class_that_is_asked_for() -> None:
    made = subject(convolutional())
    x, labels = made.tensors.test.x, made.tensors.test.y
    context = Context(fillings_of(made.tensors), made.seed)
    predicted = made.logits.argmax(1)
    for target, classes in (
        ("true", labels),
        ("predicted", predicted),
        ("bee", labels * 0 + 1),
        (2, labels * 0 + 2),
    ):
        settings = Attribution(
            methods=("integrated-gradients",), images=tuple(range(100, 109)), target=target
        )
        seen = look(made, settings)
        wanted = METHODS["integrated-gradients"](made.net, x, classes, settings, context)
        assert seen["target"].tolist() == classes.tolist()
        assert np.array_equal(seen["map integrated-gradients"], wanted.numpy())
        probability = made.logits.softmax(1)[torch.arange(9), classes]
        assert np.allclose(seen["probability_target"], probability)


def test_the_error_of_integrated_gradients_is_kept_for_each_image() -> None:
    made = subject(convolutional())
    coarse, fine = (
        look(made, Attribution(methods=("integrated-gradients",), steps=steps, target="true"))
        for steps in (2, 200)
    )
    mean = made.tensors.train.x.mean()
    with torch.no_grad():
        rise = made.net(made.tensors.test.x) - made.net(torch.full((1, 1, 12, 12), float(mean)))
    wanted = rise[torch.arange(9), made.tensors.test.y].numpy()
    for seen in (coarse, fine):
        assert np.allclose(seen["difference"], wanted, atol=1e-5)
        total = seen["map integrated-gradients"].sum((1, 2, 3))
        assert np.allclose(seen["completeness"], total - wanted, atol=1e-5)
    assert np.abs(fine["completeness"]).max() < 0.1 * np.abs(coarse["completeness"]).max()


def test_the_network_is_left_as_it_was_and_the_arrays_come_out_the_same() -> None:
    made = subject(convolutional(3), images(9, 3), seed=5)
    before = state(made.net)
    once, again = (look(made, Attribution(samples=5, steps=5)) for _ in range(2))
    assert state(made.net) == before
    assert once.keys() == again.keys()
    assert all(np.array_equal(once[key], again[key]) for key in once)


@pytest.mark.parametrize(
    "settings, sentence",
    [
        (Attribution(methods=("grad-cam",)), r"methods: 'grad-cam' needs a convolution, and this network has "
         r"none; those that fit: saliency, input-x-gradient, .*occlusion"),
        (Attribution(target="be"), r"target: no class 'be'; did you mean 'bee'\?"),
        (Attribution(target=3), r"target: no class 3; .*an index from 0 to 2"),
        (Attribution(images=(3,)), r"images: no test example 3; the 9 of this run lie between 100 and 108"),
        (Attribution(window=3, stride=4), r"stride: must be at most the occluder's side, 3 here.* got 4"),
        (Attribution(layer="conv9"), r"needs layers with maps, this network has none"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_in_a_sentence(settings: Attribution, sentence: str) -> None:
    net = nn.Sequential(nn.Flatten(), nn.Linear(144, 4), nn.ReLU(), nn.Linear(4, 3))
    with pytest.raises(StudyError, match=rf"^probes: 'attribution' {sentence}"):
        look(subject(net), settings)


def test_only_images_are_attributed() -> None:
    made = subject(nn.Linear(2, 3), torch.zeros(6, 2))
    with pytest.raises(StudyError, match="probes: 'attribution' needs images, these examples have 2 values"):
        check(made.prospect, Attribution())
