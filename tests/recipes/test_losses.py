import math

import numpy as np
import pytest
import torch
from scipy.special import expit, log_softmax, softmax

from glasslab.errors import StudyError
from glasslab.plan.recipe import BinaryCrossEntropy, CrossEntropy
from glasslab.recipes.losses import make_loss

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(50, 7)) * 3
LABELS = RNG.integers(0, 7, 50)


def tensors(logits=LOGITS, labels=LABELS) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.from_numpy(logits), torch.from_numpy(labels)


def test_cross_entropy_is_the_log_probability_of_the_label():
    expected = -log_softmax(LOGITS, axis=1)[np.arange(50), LABELS]
    loss = make_loss(CrossEntropy())
    np.testing.assert_allclose(loss.per_example(*tensors()).numpy(), expected)
    assert loss.mean(*tensors()).item() == pytest.approx(expected.mean())


def test_equal_logits_cost_the_logarithm_of_the_number_of_classes():
    loss = make_loss(CrossEntropy())
    assert loss.mean(torch.zeros(3, 10), torch.tensor([0, 4, 9])).item() == pytest.approx(math.log(10))


def test_label_smoothing_mixes_the_label_with_all_classes():
    target = np.eye(7)[LABELS] * 0.9 + 0.1 / 7
    expected = -(target * log_softmax(LOGITS, axis=1)).sum(1).mean()
    assert make_loss(CrossEntropy(label_smoothing=0.1)).mean(*tensors()).item() == pytest.approx(expected)


def test_the_evaluation_loss_is_not_smoothed():
    smooth, plain = make_loss(CrossEntropy(label_smoothing=0.1)), make_loss(CrossEntropy())
    assert torch.equal(smooth.per_example(*tensors()), plain.per_example(*tensors()))


def test_softmax_gives_the_probabilities():
    loss = make_loss(CrossEntropy())
    np.testing.assert_allclose(loss.probabilities(tensors()[0]).numpy(), softmax(LOGITS, axis=1))
    assert torch.equal(loss.correct(*tensors()), torch.from_numpy(LOGITS.argmax(1) == LABELS))


def test_cross_entropy_needs_an_output_a_class():
    assert make_loss(CrossEntropy()).outputs(10) == 10


def test_binary_cross_entropy_is_the_log_probability_of_the_label():
    logits, labels = LOGITS[:, :1], LABELS % 2
    p = expit(logits[:, 0])
    expected = -np.log(np.where(labels == 1, p, 1 - p))
    loss = make_loss(BinaryCrossEntropy())
    np.testing.assert_allclose(loss.per_example(*tensors(logits, labels)).numpy(), expected)
    assert loss.mean(*tensors(logits, labels)).item() == pytest.approx(expected.mean())


def test_the_sigmoid_is_the_probability_of_the_second_class():
    logits = np.array([[-800.0], [-1.0], [0.0], [2.0], [800.0]])
    probabilities = make_loss(BinaryCrossEntropy()).probabilities(torch.from_numpy(logits)).numpy()
    np.testing.assert_allclose(probabilities[:, 1], expit(logits[:, 0]))
    np.testing.assert_allclose(probabilities[:, 0], expit(-logits[:, 0]))


def test_a_positive_output_means_the_second_class():
    loss = make_loss(BinaryCrossEntropy())
    correct = loss.correct(torch.tensor([[-1.0], [-1.0], [1.0], [1.0]]), torch.tensor([0, 1, 0, 1]))
    assert correct.tolist() == [True, False, False, True]


def test_one_output_equals_two_of_which_the_first_is_0():
    logits, labels = torch.from_numpy(LOGITS[:, :1]), torch.from_numpy(LABELS % 2)
    pair = torch.cat((torch.zeros_like(logits), logits), 1)
    one, two = make_loss(BinaryCrossEntropy()), make_loss(CrossEntropy())
    assert torch.allclose(one.per_example(logits, labels), two.per_example(pair, labels))
    assert torch.allclose(one.probabilities(logits), two.probabilities(pair))


def test_binary_cross_entropy_has_one_output():
    assert make_loss(BinaryCrossEntropy()).outputs(2) == 1


@pytest.mark.parametrize("classes", [1, 3, 10])
def test_binary_cross_entropy_refuses_other_than_two_classes(classes: int):
    with pytest.raises(
        StudyError,
        match=rf"^\[recipe\] loss: 'binary-cross-entropy' is for exactly 2 classes, the data has {classes}; ",
    ):
        make_loss(BinaryCrossEntropy()).outputs(classes)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_slopes_of_cross_entropy_are_those_of_autograd(smoothing):
    loss = make_loss(CrossEntropy(label_smoothing=smoothing))
    y = torch.from_numpy(LABELS).view(5, 10)
    logits = torch.from_numpy(LOGITS).view(5, 10, 7).requires_grad_()
    expected = torch.stack([loss.mean(own, labels) for own, labels in zip(logits, y, strict=True)])
    expected.sum().backward()
    losses, right, slope = loss.slopes(logits.detach().transpose(1, 2), y)
    torch.testing.assert_close(losses, expected.detach())
    torch.testing.assert_close(slope.transpose(1, 2), logits.grad)
    assert right.tolist() == [
        int(loss.correct(own, labels).sum()) for own, labels in zip(logits, y, strict=True)
    ]


def test_slopes_of_binary_cross_entropy_are_those_of_autograd():
    loss = make_loss(BinaryCrossEntropy())
    y = torch.from_numpy(LABELS % 2).view(5, 10)
    logits = torch.from_numpy(LOGITS[:, :1].copy()).view(5, 10, 1).requires_grad_()
    expected = torch.stack([loss.mean(own, labels) for own, labels in zip(logits, y, strict=True)])
    expected.sum().backward()
    losses, right, slope = loss.slopes(logits.detach().transpose(1, 2), y)
    torch.testing.assert_close(losses, expected.detach())
    torch.testing.assert_close(slope.transpose(1, 2), logits.grad)
    assert right.tolist() == [
        int(loss.correct(own, labels).sum()) for own, labels in zip(logits, y, strict=True)
    ]


def test_of_equal_outputs_the_first_is_the_answer_and_of_none_the_first_class():
    logits = torch.tensor([[3.0, 3.0, 1.0], [1.0, 2.0, 2.0], [0.0, 0.0, 0.0], [float("nan")] * 3])
    for label in range(3):
        y = torch.full((4,), label)
        _, right, _ = make_loss(CrossEntropy()).slopes(logits.T[None], y[None])
        assert int(right) == int((logits.argmax(1) == y).sum())
