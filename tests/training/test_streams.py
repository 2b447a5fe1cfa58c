import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from glasslab.training import streams

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.integers(0, 10_000))
def test_a_draw_is_a_function_of_seed_stream_and_counter(seed: int, counter: int) -> None:
    first = streams.generator(seed, "order", counter).integers(0, 2**63, size=8)
    again = streams.generator(seed, "order", counter).integers(0, 2**63, size=8)
    assert (first == again).all()


def test_streams_seeds_and_counters_do_not_share_numbers() -> None:
    names = ("init", "order", "augment", "dropout", "data")
    drawn = [
        streams.generator(seed, name, counter).integers(0, 2**63, size=64)
        for seed in (0, 1, 2)
        for name in names
        for counter in (0, 1, 2)
    ]
    everything = np.concatenate(drawn)
    assert len(np.unique(everything)) == len(everything)


def test_the_first_numbers_are_philox_as_numpy_defines_it() -> None:
    bits = np.random.Philox(key=[7, 1], counter=[0, 0, 0, 3])
    expected = np.random.Generator(bits).permutation(10)
    assert (streams.order(7, 3, 10) == expected).all()


@given(seeds, st.integers(1, 200))
def test_an_epoch_visits_every_example_once(seed: int, examples: int) -> None:
    assert sorted(streams.order(seed, 0, examples)) == list(range(examples))


def test_dropout_of_a_step_does_not_depend_on_the_steps_before() -> None:
    layer = torch.nn.Dropout(0.5)
    device = torch.device("cpu")
    keys = streams.dropout_keys(3, 0, 4)
    in_order = []
    for key in keys:
        streams.seed_dropout(key, device)
        in_order.append(layer(torch.ones(50)))
    streams.seed_dropout(keys[3], device)
    assert torch.equal(layer(torch.ones(50)), in_order[3])
    assert not torch.equal(in_order[0], in_order[3])


def test_dropout_keys_fit_the_32_bits_that_a_cpu_generator_uses() -> None:
    keys = streams.dropout_keys(0, 0, 10_000)
    assert min(keys) >= 0
    assert max(keys) < 2**32
    assert len(set(keys)) > 9_990
