import numpy as np
import pytest

from glasslab.analysis.memory import (
    digits,
    factor_words,
    fate,
    main_state,
    of_layer,
    settled,
    state_names,
    through_time,
)


def falling(factor: float, steps: int = 11, examples: int = 40) -> np.ndarray:
    """Logarithms (T, N) of gradients that each step back multiplies by a factor, for many sizes."""
    sizes = np.random.default_rng(0).normal(0, 2, examples)
    return sizes + np.arange(steps)[::-1, None] * np.log10(factor)


@pytest.mark.parametrize(
    "factor, verdict, words",
    [
        (0.5, "vanishes", "shrinks to 1/1000 of itself over the 10 steps back"),
        (2.0, "explodes", "grows to 1000 times itself"),
        (0.9, "lasts", "shrinks to 1/2.9 of itself"),
        (1.0, "lasts", "stays at 1 times itself"),
    ],
)
def test_a_gradient_that_is_multiplied_step_by_step_is_told_as_that(
    factor: float, verdict: str, words: str
) -> None:
    found = of_layer("rnn", falling(factor))
    assert found.ratio == pytest.approx(factor**10)
    assert found.per_step == pytest.approx(factor)
    assert found.verdict == verdict
    assert words in fate(found)
    assert fate(found).endswith(verdict)
    assert found.examples == 40


def test_means_are_geometric_and_begin_at_the_last_step() -> None:
    found = of_layer("rnn", np.log10([[1.0, 100.0], [4.0, 9.0]]))
    assert found.mean == pytest.approx((6.0, 10.0))
    assert found.ratio == pytest.approx(np.sqrt((1 / 4) * (100 / 9)))


def test_gradients_of_zero_are_left_out_and_where_all_are_nothing_is_left() -> None:
    none = np.full((1, 2), -np.inf)
    found = of_layer("rnn", np.concatenate([none, [[-np.inf, 1.0]], [[0.0, 2.0]]]))
    assert found.mean == pytest.approx((10.0, 10.0, None))
    assert found.ratio == 0
    assert "nothing of the gradient is left" in fate(found)
    assert factor_words(found) == "–"
    unheard = of_layer("rnn", np.full((3, 2), -np.inf))
    assert unheard.ratio is None
    assert unheard.verdict == "unknown"
    assert "no gradient reaches" in fate(unheard)


def test_a_network_is_judged_by_its_top_layers_hidden_state_read_forwards() -> None:
    names = ["lstm, layer 1", "lstm, layer 1, backwards", "lstm, layer 2", "lstm, layer 2, backwards"]
    logarithms = np.stack([falling(0.5)] * 4)
    found = through_time(
        {
            "layers": np.array(names),
            "gradient": logarithms,
            "cells": np.array(names),
            "cell_gradient": logarithms,
        }
    )
    assert len(found) == 8
    assert main_state(found).layer == "lstm, layer 2"
    assert state_names(found)[-1] == "layer 2, backwards, cell state"


def test_states_are_named_without_their_module_unless_there_are_several() -> None:
    one, two = of_layer("gru1", falling(0.5)), of_layer("gru2", falling(0.5))
    assert state_names([one]) == ["hidden state"]
    assert state_names([one, two]) == ["gru1", "gru2"]


def test_a_network_has_settled_from_the_step_on_after_which_its_class_stays() -> None:
    answers = np.eye(3)[[0, 2, 1, 2, 2]]
    assert settled(answers, np.array([1, 2, 3, 4, 5])) == 4
    assert settled(answers[3:], np.array([2, 9])) == 2


def test_sequences_of_digits_are_told_as_digits_and_others_not_at_all() -> None:
    assert digits(np.array([[3.0], [0.0], [-2.0001]])) == "3 0 −2"
    assert digits(np.array([[3.5]])) == ""
    assert digits(np.zeros((4, 2))) == ""
