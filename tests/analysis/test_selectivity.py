import numpy as np
import pytest

from glasslab.analysis.selectivity import by_chance, layer_maps, top_classes


def test_layers_count_their_dead_maps_and_average_over_the_others() -> None:
    found = layer_maps(
        {
            "layers": np.array(["a", "b"]),
            "of_layer": np.array([0, 0, 0, 1]),
            "strongest": np.array([2.0, 0.0, 1.0, 0.0]),
            "kinds": np.array([1, 0, 4, 0]),
            "activation": np.zeros((2, 9)),
        }
    )
    assert [(each.name, each.maps, each.dead, each.kinds, each.single) for each in found] == [
        ("a", 3, (1,), 2.5, 1),
        ("b", 1, (0,), None, 0),
    ]


def test_classes_met_by_chance_are_those_of_a_simulation() -> None:
    random = np.random.default_rng(0)
    draws = random.integers(0, 10, (20000, 9))
    mean = np.mean([len(set(row)) for row in draws.tolist()])
    assert by_chance(10, 9) == pytest.approx(mean, abs=0.03)
    assert by_chance(10, 1) == pytest.approx(1)


def test_classes_are_told_by_how_often_they_occur_then_by_who_is_strongest() -> None:
    assert top_classes(["dog", "cat", "ship", "cat"]) == "2 of “cat”, 1 of “dog”, 1 of “ship”"
