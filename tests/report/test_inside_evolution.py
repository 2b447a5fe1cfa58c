import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from glasslab.analysis.results import Results
from glasslab.report.html import write_report
from glasslab.report.inside.blocks import Chart, Part
from glasslab.report.inside.evolution import evolution_part
from tests.report.looks import galleries, tables
from tests.report.made_study import activations
from tests.report.probe_arrays import keep, material


def arrays(maps: int = 2) -> dict[str, NDArray[Any]]:
    """Two layers, of each `maps` maps, at the start, after epoch 1 and at the end."""
    random = np.random.default_rng(0)
    rows = 2 * maps
    index = np.tile([11, 12, 12], (rows, 1))
    activation = np.tile([0.5, 1.0, 2.0], (rows, 1)).astype(np.float32)
    activation[-1, 0] = 0
    return {
        "epochs": np.array([0, 1]),
        "end": np.array(2.0),
        "layers": np.array(["relu1", "relu2"]),
        "alike": np.array([[0.5, 0.97], [0.1, 0.6]]),
        "same": np.array([[0.25, 1.0], [0.0, np.nan]]),
        "of_layer": np.repeat([0, 1], maps),
        "map": np.tile(np.arange(maps), 2),
        "activation": activation,
        "labels": np.tile([3, 7, 7], (rows, 1)),
        "index": index,
        "picture": np.zeros((rows, 3), dtype=np.int32),
        "pixels": random.integers(0, 256, (1, 1, 8, 8)).astype(np.uint8),
        "box": np.tile([0, 4, 2, 6], (rows, 3, 1)),
        "projection": random.uniform(-1, 1, (rows, 3, 1, 8, 8)).astype(np.float16),
        "largest": np.ones((rows, 3), dtype=np.float32),
        "searched": np.array(1000),
        "others": np.array([], dtype=np.str_),
        "joins": np.array(0),
    }


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return activations(tmp_path, probes=["evolution"], seeds=1)


def part_of(results: Results) -> Part:
    found = evolution_part(material(results))
    assert found is not None
    return found


def test_without_any_look_there_is_no_part(results: Results) -> None:
    assert evolution_part(material(results)) is None


def test_the_opening_says_when_the_first_and_last_layer_settle(results: Results) -> None:
    keep(results, "relu", "evolution", arrays())
    said = part_of(results).opening
    assert said.endswith("relu: relu1 by epoch 1 and relu2 not yet at epoch 1.")
    assert "correlation of 0.9 or more" in said


def test_rows_go_from_the_start_to_the_end_and_mark_new_images(results: Results) -> None:
    keep(results, "relu", "evolution", arrays())
    first, second = galleries(part_of(results))
    assert first.heads == ("start", "epoch 1", "end, epoch 2")
    assert first.title == "relu, relu1: the 2 maps that are strongest at the end"
    tiles = first.strips[0].tiles
    assert [tile.caption for tile in tiles] == ["3", "→ 7", "7"]
    assert [tile.note for tile in tiles] == ["11 · 0.500", "12 · 1.00", "12 · 2.00"]
    dead = second.strips[-1].tiles[0]
    assert (dead.picture, dead.caption) == (None, "dead")


def test_the_share_of_settled_images_stands_in_a_table(results: Results) -> None:
    keep(results, "relu", "evolution", arrays())
    (table,) = tables(part_of(results))
    assert table.heads == ("layer", "start", "epoch 1")
    assert table.rows == (("relu1", "25", "100"), ("relu2", "0", ""))


def test_the_curve_has_a_line_for_each_layer(results: Results) -> None:
    keep(results, "relu", "evolution", arrays())
    (chart,) = (block for block in part_of(results).blocks if isinstance(block, Chart))
    (panel,) = chart.drawn.figure.panels
    said = json.dumps(dict(panel.specification))
    assert '"alike": 0.97' in said
    assert "NaN" not in said


def test_the_page_holds_it(results: Results) -> None:
    keep(results, "relu", "evolution", arrays())
    page = write_report(results, results.folder, command="glasslab run it").read_text(encoding="utf-8")
    assert 'id="inside-evolution"' in page
    assert 'id="figure-evolution"' in page
