"""Evolution: stages are looked at with their own weights, and held against the end."""

import math
from functools import partial

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from glasslab.errors import StudyError
from glasslab.plan.probe import Evolution
from glasslab.probes.deconvnet import projections
from glasslab.probes.evolution import alike, check, look, moments, same
from glasslab.probes.prospect import Prospect
from glasslab.probes.subject import Snapshot, Subject
from tests.probes.test_top9 import CLASSES, maxima, network, subject_of

Weights = dict[str, Tensor]


def weights(seed: int) -> Weights:
    random = torch.Generator().manual_seed(seed)
    return {
        name: torch.randn(value.shape, generator=random) for name, value in network().state_dict().items()
    }


def with_history(net: nn.Module, *seeds: int) -> Subject:
    """A network of which weights were kept after 0, 1, 2, ... epochs of ten steps."""
    base = subject_of(net)
    kept = tuple(Snapshot(n, float(n), partial(weights, seed)) for n, seed in enumerate(seeds))
    end = Snapshot(len(kept), float(len(kept)), net.state_dict)
    return Subject(base.net, base.tensors, base.logits, base.probabilities, 0, 9, kept, end)


@pytest.mark.parametrize(
    "measurements, expected",
    [(1, (0,)), (2, (0, 1)), (3, (0, 1, 2)), (10, (0, 1, 2, 5)), (64, (0, 1, 2, 5, 10, 20, 50))],
)
def test_weights_are_kept_early_and_often_then_ever_more_seldom(
    measurements: int, expected: tuple[int, ...]
) -> None:
    assert moments(Evolution(), measurements) == expected
    assert moments(Evolution(epochs=(7, 3, 3)), measurements) == (3, 7)


def test_each_stage_is_what_a_network_with_its_weights_shows() -> None:
    subject = with_history(network(), 1, 2)
    seen = look(subject, Evolution(maps=2))
    x = subject.tensors.test.x
    final = maxima(network(), x)
    assert seen["epochs"].tolist() == [0, 1]
    assert seen["end"] == 2
    for stage, seed in enumerate((1, 2, None)):
        net = network()
        if seed is not None:
            net.load_state_dict(weights(seed))
        for place, (name, values) in enumerate(maxima(net, x).items()):
            own = np.flatnonzero(seen["of_layer"] == place)
            maps = np.argsort(-final[name].max(0), kind="stable")[:2]
            assert seen["map"][own].tolist() == maps.tolist()
            best = values[:, maps].argmax(0)
            assert seen["index"][own, stage].tolist() == (1000 + best).tolist()
            assert np.allclose(seen["activation"][own, stage], values[best, maps], rtol=1e-5)
            one = projections(net.eval(), x[best], name, torch.from_numpy(maps)).image.detach().numpy()
            found = seen["projection"][own, stage] * seen["largest"][own, stage][:, None, None, None]
            assert np.abs(found - one).max() < 1e-3 * np.abs(one).max()


def test_likeness_is_the_mean_correlation_of_maps_with_their_end() -> None:
    subject = with_history(network(), 1)
    seen = look(subject, Evolution())
    x = subject.tensors.test.x
    net = network()
    net.load_state_dict(weights(1))
    for place, (now, end) in enumerate(
        zip(maxima(net, x).values(), maxima(network(), x).values(), strict=True)
    ):
        alive = [k for k in range(end.shape[1]) if end[:, k].max() > 0]
        each = [np.corrcoef(now[:, k], end[:, k])[0, 1] if now[:, k].std() > 0 else 0.0 for k in alive]
        assert seen["alike"][place, 0] == pytest.approx(np.mean(each), abs=1e-5)
        share = np.mean([now[:, k].argmax() == end[:, k].argmax() and now[:, k].max() > 0 for k in alive])
        assert seen["same"][place, 0] == pytest.approx(share)


def test_a_stage_with_the_final_weights_is_the_end() -> None:
    net = network()
    base = subject_of(net)
    own = {name: value.clone() for name, value in net.state_dict().items()}
    kept = (Snapshot(3, 3.0, lambda: own),)
    subject = Subject(base.net, base.tensors, base.logits, base.probabilities, 0, 9, kept)
    seen = look(subject, Evolution())
    assert np.allclose(seen["alike"], 1)
    assert np.array_equal(seen["same"], np.ones((2, 1)))
    assert np.array_equal(seen["index"][:, 0], seen["index"][:, 1])


def test_dead_maps_have_no_likeness_and_die_with_it() -> None:
    end = torch.tensor([[1.0, 0.0], [2.0, 0.0], [4.0, 0.0]])
    assert alike(torch.zeros(3, 2), end) == 0
    assert same(torch.zeros(3, 2), end) == 0
    assert alike(3 * end + 1, end) == pytest.approx(1)
    assert math.isnan(alike(end, torch.zeros(3, 2)))
    assert math.isnan(same(end, torch.zeros(3, 2)))


def test_the_network_is_left_as_it_was() -> None:
    net = network().train()
    subject = with_history(net, 1, 2)
    net.train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    look(subject, Evolution())
    assert net.training
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert all(parameter.requires_grad for parameter in net.parameters())


def prospect(measurements: int = 10, snapshots: tuple[int, ...] | None = None, end: int = 0) -> Prospect:
    return Prospect(network(), (1, 12, 12), CLASSES, 9, None, measurements, snapshots, end)


def test_only_epochs_within_the_training_can_be_asked_for() -> None:
    check(prospect(), Evolution(epochs=(0, 10)))
    for known in (prospect(), prospect(snapshots=(0, 1), end=10)):
        with pytest.raises(StudyError, match="11 lies beyond the end, after 10 of them"):
            check(known, Evolution(epochs=(11,)))


def test_after_training_only_weights_that_were_kept_can_be_looked_at() -> None:
    check(prospect(snapshots=(0, 1, 2), end=10), Evolution())
    check(prospect(snapshots=(0, 1, 2), end=4), Evolution(epochs=(1, 5)))  # stopped before the fifth
    check(prospect(snapshots=(0, 1, 2), end=4), Evolution(epochs=(1, 4)))
    with pytest.raises(StudyError, match="kept none; name it in the study's probes, delete the run's folder"):
        check(prospect(snapshots=()), Evolution())
    with pytest.raises(StudyError, match="no weights after 1 from before its end after 10, only after 0, 2"):
        check(prospect(snapshots=(0, 2), end=10), Evolution(epochs=(1, 2)))
    with pytest.raises(StudyError, match="no weights after 10 from before its end after 10, only after 0, 2"):
        check(prospect(snapshots=(0, 2), end=10), Evolution(epochs=(10,)))
