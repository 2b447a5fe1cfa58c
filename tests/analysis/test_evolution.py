import math
from typing import Any

import numpy as np
import pytest

from glasslab.analysis.evolution import end_words, layers_over_time, settled_by, stage_words


def arrays(*alike: float, epochs: tuple[float, ...] = (0, 1, 2)) -> dict[str, Any]:
    return {
        "layers": np.array(["relu1"]),
        "alike": np.array([alike]),
        "epochs": np.array(epochs),
        "end": np.array(3.0),
    }


@pytest.mark.parametrize(
    "alike, said",
    [
        ((0.1, 0.5, 0.95), "by epoch 2"),
        ((0.95, 0.5, 0.95), "by epoch 2"),
        ((0.1, 0.9, 0.95), "by epoch 1"),
        ((0.9, 0.9, 0.95), "from the start"),
        ((0.95, 0.95, 0.89), "not yet at epoch 2"),
        ((math.nan,) * 3, "never (all its maps are dead)"),
    ],
)
def test_a_layer_settles_when_it_stays_like_its_end(alike: tuple[float, ...], said: str) -> None:
    assert settled_by(arrays(*alike), 0) == said


def test_stages_are_named_by_epochs() -> None:
    assert stage_words(arrays(0, 0, 0)) == ["start", "epoch 1", "epoch 2"]
    assert stage_words(arrays(0, 0, epochs=(0, 0.5))) == ["start", "epoch 0.5"]
    assert end_words(arrays(0, 0, 0)) == "end, epoch 3"
    assert end_words({"end": np.array(math.nan)}) == "end"


def test_each_layer_has_a_line() -> None:
    (line,) = layers_over_time(arrays(0.1, 0.5, 0.95))
    assert (line.layer, line.alike) == ("relu1", (0.1, 0.5, 0.95))
