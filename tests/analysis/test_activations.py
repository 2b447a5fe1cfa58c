from dataclasses import replace

import numpy as np
import pytest

from glasslab.analysis.activations import LayerActivity, dead_names, dead_words, family, range_words


def layer(name: str = "relu1", kind: str = "activation", span: float = 1.0) -> LayerActivity:
    """Three filters over two classes; the middle one is dead."""
    return LayerActivity(
        name=name,
        kind=kind,
        mean=np.array([1.0, 0.0, 2.0]),
        deviation=np.array([0.5, 0.0, 1.0]),
        quantiles=np.array([[0, 0, 0.1, 0.2, span]] * 3),
        zeros=np.array([0.2, 1.0, 0.0]),
        least=np.zeros(3),
        most=np.array([3.0, 0.0, 4.0]),
        by_class=np.array([[3.0, 0.0, 2.0], [1.0, 0.0, 2.0], [0.0, 0.0, 2.0]]),
        sampled=100,
        values=100,
    )


def test_selectivity_is_the_index_of_morcos_and_dead_filters_have_none() -> None:
    found = layer().selectivity
    assert found[[0, 2]] == pytest.approx([(3 - 0.5) / (3 + 0.5), 0.0])
    assert np.isnan(found[1])


def test_selectivity_is_not_told_where_values_are_negative() -> None:
    assert np.isnan(replace(layer(), least=np.array([-1.0, 0, 0])).selectivity).all()


def test_a_class_without_examples_does_not_count_for_selectivity() -> None:
    found = replace(layer(), by_class=np.array([[3.0, 0, 2], [np.nan] * 3, [1.0, 0, 2]]))
    assert found.selectivity[0] == pytest.approx((3 - 1) / (3 + 1))


def test_dead_filters_are_told_only_of_rectified_layers() -> None:
    assert layer().dead == (1,)
    assert dead_names(layer()) == "filter 1"
    negative = replace(layer(), least=np.array([-1.0, -1, -1]))
    assert negative.dead == ()
    assert dead_names(negative) == "–"
    sigmoid = replace(layer(), least=np.full(3, 0.1), zeros=np.zeros(3))
    assert not sigmoid.is_rectified
    assert dead_words([sigmoid]) == ""
    assert dead_words([layer(), layer("relu2")]).endswith("1 of 3 in relu1, 1 of 3 in relu2")
    alive = replace(layer(), most=np.ones(3))
    assert dead_words([alive]) == "none of 3 filters and units is dead"


def test_mean_and_deviation_of_a_layer_are_those_of_all_its_values() -> None:
    random = np.random.default_rng(0)
    values = random.normal([0.0, 5.0, -2.0], [1.0, 2.0, 3.0], (1000, 3))
    found = replace(layer(), mean=values.mean(0), deviation=values.std(0)).whole
    assert found == pytest.approx((values.mean(), values.std()))


@pytest.mark.parametrize(
    "last, words", [(3.0, "has tighter ranges"), (0.2, "has wider ranges"), (1.1, "about the same")]
)
def test_ranges_of_the_first_and_the_last_convolution_are_compared(last: float, words: str) -> None:
    layers = [
        layer("conv1", "convolution"),
        layer(),
        layer("conv2", "convolution", last),
        layer("out", "dense"),
    ]
    assert words in range_words(layers)
    assert "conv1" in range_words(layers)
    assert "conv2" in range_words(layers)


def test_without_convolutions_hidden_dense_layers_are_compared_but_not_the_output() -> None:
    dense = [layer("hidden1", "dense"), layer(), layer("hidden2", "dense"), layer("output", "dense")]
    assert [each.name for each in family(dense)] == ["hidden1", "hidden2"]
    assert range_words([layer("conv1", "convolution")]) == ""
