import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from glasslab.data.tensors import Examples, Scaling, Tensors
from glasslab.errors import StudyError
from glasslab.nets import lenet
from glasslab.plan.net import Lenet
from glasslab.plan.probe import Top9
from glasslab.probes.deconvnet import projections
from glasslab.probes.prospect import Prospect
from glasslab.probes.subject import Subject
from glasslab.probes.top9 import check, look

CLASSES = ("a", "b", "c", "d")


def examples(count: int, first: int, seed: int) -> Examples:
    random = torch.Generator().manual_seed(seed)
    x = torch.randn(count, 1, 12, 12, generator=random)
    return Examples(x, torch.randint(0, 4, (count,), generator=random), np.arange(first, first + count))


def subject_of(net: nn.Module, count: int = 57, validation: bool = False) -> Subject:
    test = examples(count, 1000, 1)
    val = examples(31, 500, 2) if validation else None
    tensors = Tensors(examples(20, 0, 3), val, test, CLASSES, Scaling((128.0,), (20.0,)))
    with torch.no_grad():
        logits = net.eval()(test.x)
    return Subject(net, tensors, logits, lambda z: z.softmax(1))


def network(dead: int | None = None) -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(7)
        net = lenet.build(Lenet(channels=(5, 6), kernel=3, hidden=(8,)), (1, 12, 12), 4)
    if dead is not None:
        with torch.no_grad():
            net.conv2_1.bias[dead] = -1e4  # type: ignore[index,operator,union-attr]
    return net


def maxima(net: nn.Sequential, x: Tensor) -> dict[str, np.ndarray]:
    """Returns the largest value of each map for each image, layer by layer, worked out by hand."""
    first = F.relu(net.conv1_1(x))
    second = F.relu(net.conv2_1(F.max_pool2d(first, 2)))
    return {
        name: maps.detach().flatten(2).numpy().max(2)
        for name, maps in (("relu1_1", first), ("relu2_1", second))
    }


def test_the_top_images_are_those_of_a_sort_of_all() -> None:
    net = network()
    subject = subject_of(net)
    seen = look(subject, Top9(maps=3))
    test = subject.tensors.test
    known = maxima(net, test.x)
    assert seen["layers"].tolist() == list(known)
    assert seen["of_layer"].tolist() == [0] * 5 + [1] * 6
    for place, (name, values) in enumerate(known.items()):
        own = np.flatnonzero(seen["of_layer"][seen["shown"]] == place)
        maps = np.argsort(-values.max(0), kind="stable")[:3]
        assert seen["map"][own].tolist() == maps.tolist(), name
        order = np.argsort(-values[:, maps], axis=0, kind="stable")[:9].T
        assert seen["index"][own].tolist() == (1000 + order).tolist()
        assert np.allclose(
            seen["activation"][own], np.take_along_axis(values[:, maps].T, order, 1), atol=1e-6
        )
        labels = test.y.numpy()
        assert seen["labels"][own].tolist() == labels[order].tolist()
    assert np.allclose(seen["strongest"], np.concatenate([each.max(0) for each in known.values()]), atol=1e-6)
    assert seen["split"] == "test"
    assert seen["searched"] == 57


def test_each_image_stands_beside_its_own_pixels_and_projection() -> None:
    net = network()
    subject = subject_of(net)
    seen = look(subject, Top9(maps=2))
    test = subject.tensors.test
    pixels = (test.x * 20 + 128).round().clamp(0, 255).numpy()
    rows = seen["index"] - 1000
    assert np.array_equal(seen["pixels"][seen["picture"]], pixels[rows].astype(np.uint8))
    for shown in range(4):
        layer = seen["layers"][seen["of_layer"][seen["shown"][shown]]]
        number = torch.full((9,), int(seen["map"][shown]))
        one = projections(net, test.x[torch.from_numpy(rows[shown])], str(layer), number)
        wanted = one.image.numpy()
        found = seen["projection"][shown].astype(np.float64) * seen["largest"][shown][:, None, None, None]
        assert np.abs(found - wanted).max() < 1e-3 * np.abs(wanted).max()
        for place, box in enumerate(seen["box"][shown]):
            top, bottom, left, right = box
            outside = wanted[place].copy()
            outside[:, top:bottom, left:right] = 0
            assert not outside.any()


def test_classes_are_counted_over_the_top_images_of_every_map() -> None:
    net = network()
    subject = subject_of(net)
    seen = look(subject, Top9(maps=1))
    labels = subject.tensors.test.y.numpy()
    wanted = []
    for values in maxima(net, subject.tensors.test.x).values():
        wanted += [len(set(labels[np.argsort(-column, kind="stable")[:9]])) for column in values.T]
    assert seen["kinds"].tolist() == wanted


def test_how_many_images_are_gone_through_at_once_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = look(subject_of(network()), Top9())
    for size in (1, 7, 9, 56):
        monkeypatch.setattr("glasslab.probes.deconvnet.EXAMPLES", size)
        pieces = look(subject_of(network()), Top9())
        assert pieces["index"].tolist() == whole["index"].tolist()
        assert np.allclose(pieces["activation"], whole["activation"], atol=1e-6)
        assert np.allclose(
            pieces["projection"].astype(np.float32), whole["projection"].astype(np.float32), atol=2e-3
        )


def test_a_dead_map_is_told_and_shown_last() -> None:
    seen = look(subject_of(network(dead=4)), Top9())
    second = seen["of_layer"] == 1
    assert np.flatnonzero(seen["strongest"][second] == 0).tolist() == [4]
    assert seen["kinds"][second][4] == 0
    assert seen["map"][-1] == 4
    assert seen["index"][-1].tolist() == [-1] * 9
    assert not seen["projection"][-1].any()


def test_the_validation_split_is_searched_where_there_is_one() -> None:
    subject = subject_of(network(), validation=True)
    seen = look(subject, Top9())
    assert seen["split"] == "validation"
    assert seen["searched"] == 31
    assert set(seen["index"].ravel().tolist()) <= set(range(500, 531))
    assert look(subject, Top9(split="test"))["searched"] == 57
    assert look(subject, Top9(split="train"))["searched"] == 20


def test_a_split_with_fewer_images_gives_as_many() -> None:
    seen = look(subject_of(network(), count=4), Top9(maps=2))
    assert seen["activation"].shape == (4, 4)


def test_each_image_counts_once_a_map() -> None:
    seen = look(subject_of(network()), Top9())
    assert all(len(set(row)) == 9 for row in seen["index"].tolist())


def test_networks_without_relu_on_their_maps_are_refused() -> None:
    net = lenet.build(Lenet(activation="sigmoid"), (1, 28, 28), 4)
    with pytest.raises(
        StudyError, match="'top9' needs a ReLU after the convolutions, this network has sigmoid"
    ):
        check(Prospect(net, (1, 28, 28), CLASSES, 9), Top9())
