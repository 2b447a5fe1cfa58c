"""The parts of the probes filters, activations and memory, from arrays made by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glasslab.analysis.results import Results
from glasslab.report.drawing import Drawings
from glasslab.report.html import write_report
from glasslab.report.inside.activations import activations_part
from glasslab.report.inside.blocks import Chart, Gallery, Own, Part, Table
from glasslab.report.inside.filters import filters_part
from glasslab.report.inside.memory import memory_part
from glasslab.report.material import Material
from tests.report.made_study import activations
from tests.report.reading import read

Arrays = dict[str, Any]


def filters(channels: int = 1) -> Arrays:
    """Ten filters: 3 is dead, 7 dominates."""
    strength = np.ones(10)
    strength[3], strength[7] = 0.01, 5.0
    weights = (
        np.random.default_rng(0).choice([-1.0, 1.0], (10, channels, 5, 5)) * strength[:, None, None, None]
    )
    return {
        "weights": weights.astype(np.float32),
        "index": np.arange(10),
        "rms": strength.astype(np.float32),
        "smoothness": np.full(10, 0.5, dtype=np.float32),
        "layer": np.array("conv1_1"),
        "kind": np.array("convolution"),
    }


def examples() -> Arrays:
    return {
        "index": np.array([5, 9]),
        "labels": np.array([0, 1]),
        "predicted": np.array([0, 7]),
        "probability": np.array([0.99, 0.6], dtype=np.float32),
        "pixels": np.zeros((2, 1, 28, 28), dtype=np.uint8),
    }


def statistics(place: int, filters: int, maps: np.ndarray, width: float, least: float) -> Arrays:
    ones = np.ones(filters, dtype=np.float32)
    found = {
        "mean": ones,
        "std": ones,
        "zeros": ones * (least == 0) * 0.5,
        "least": ones * least,
        "most": np.arange(filters).astype(np.float32),
        "quantiles": np.linspace(min(least, 0), width, 5) * np.ones((filters, 1)),
        "by_class": np.ones((10, filters)),
        "sampled": np.array(10),
        "values": np.array(10),
        "which": np.arange(filters),
        "maps": maps.astype(np.float32),
    }
    return {f"{key}_{place}": array for key, array in found.items()}


def layers() -> Arrays:
    """Two convolutions with ReLU, the second one's ranges three times as wide, and two dense layers."""
    random = np.random.default_rng(1)
    maps = random.normal(size=(2, 4, 6, 6))
    units = random.normal(size=(2, 8))
    found = examples()
    kinds = ["convolution", "activation", "convolution", "activation", "dense", "dense"]
    for place, kind in enumerate(kinds):
        shown = units if kind == "dense" else maps
        shown = np.maximum(shown, 0) if kind == "activation" else shown
        found |= statistics(
            place, shown.shape[1], shown, 3.0 if place > 1 else 1.0, 0.0 if kind == "activation" else -1
        )
    names = ["conv1_1", "relu1_1", "conv2_1", "relu2_1", "hidden1", "output"]
    return found | {"layers": np.array(names), "kinds": np.array(kinds)}


def memory(slope: float = -0.2) -> Arrays:
    answers = np.zeros((2, 28, 10), dtype=np.float32)
    answers[0, :, 0] = answers[1, :20, 3] = answers[1, 20:, 7] = 1.0
    logarithms = np.arange(28)[::-1, None] * slope + np.zeros((1, 28, 16))
    return examples() | {
        "hidden": np.random.default_rng(0).normal(size=(2, 28, 16)).astype(np.float32),
        "steps": np.arange(1, 29),
        "answers": answers,
        "layers": np.array(["lstm"]),
        "gradient": logarithms.astype(np.float32),
        "cells": np.array(["lstm"]),
        "cell_gradient": np.zeros((1, 28, 16), dtype=np.float32),
        "row": np.array(True),
    }


def kept(results: Results, probe: str, *arrays: Arrays) -> Material:
    """Returns the material of a study whose first variants' runs have kept these arrays."""
    for variant, own in zip(results.variants, arrays, strict=False):
        for run in variant.runs.values():
            np.savez(run.folder.probe(probe), **own)
    return Material(results, results.folder, Drawings(), "glasslab run it")


def parted(part: Part | None) -> Part:
    assert part is not None
    return part


def test_filters_are_shown_on_their_own_and_on_a_common_scale_dead_and_dominant_ones_named(
    tmp_path: Path,
) -> None:
    part = parted(filters_part(kept(activations(tmp_path), "filters", filters(), filters(3))))
    assert "filter 7 dominates and filter 3 is dead" in part.opening
    own, common = (block for block in part.blocks if isinstance(block, Gallery))
    assert [len(strip.tiles) for strip in own.strips] == [10, 10]
    captions = [tile.caption for tile in own.strips[0].tiles]
    assert (captions[3], captions[7], captions[0]) == ("3 dead", "7 dominant", "0")
    assert own.strips[0].tiles[7].note == "100 %"
    assert own.strips[0].tiles[0].picture != common.strips[0].tiles[0].picture
    assert own.strips[0].tiles[7].picture == common.strips[0].tiles[7].picture
    assert "Mid-grey is zero" in own.caption
    (table,) = (block for block in part.blocks if isinstance(block, Table))
    assert table.rows[0][:4] == ("relu", "10", "1", "1")


def test_activations_are_told_charted_and_shown_beside_the_images(tmp_path: Path) -> None:
    material = kept(activations(tmp_path), "activations", layers())
    part = parted(activations_part(material))
    assert "1 of 4 in relu1_1, 1 of 4 in relu2_1" in part.opening
    assert "conv1_1, the early layer, has tighter ranges than conv2_1" in part.opening
    (chart,) = (block for block in part.blocks if isinstance(block, Chart))
    assert [panel.title for panel in chart.drawn.figure.panels] == ["conv1_1", "conv2_1"]
    galleries = [block for block in part.blocks if isinstance(block, Gallery)]
    assert [gallery.title for gallery in galleries] == ["relu: maps of relu1_1", "relu: maps of relu2_1"]
    assert galleries[0].heads == ("image", "0", "1", "2", "3")
    assert [strip.note for strip in galleries[0].strips] == ["right · 99.0 %", "taken for 7 · 60.0 %"]
    assert "strongest" in galleries[0].strips[0].tiles[1].alternative
    (units,) = (block for block in part.blocks if isinstance(block, Own))
    assert units.content["title"] == "relu: units of hidden1"
    by_layer, by_filter = (block for block in part.blocks if isinstance(block, Table))
    assert [row[0] for row in by_layer.rows] == layers()["layers"].tolist()
    assert by_layer.rows[1][5:7] == ("50.0 %", "filter 0")
    assert len(by_filter.rows) == 4


def test_several_networks_have_the_pictures_of_fewer_layers(tmp_path: Path) -> None:
    part = parted(activations_part(kept(activations(tmp_path), "activations", layers(), layers())))
    assert sum(isinstance(block, Chart) for block in part.blocks) == 2
    assert len({block.drawn.figure.name for block in part.blocks if isinstance(block, Chart)}) == 2
    assert sum(isinstance(block, Gallery) for block in part.blocks) == 4


def test_memory_says_what_becomes_of_the_gradient_and_when_a_network_settles(tmp_path: Path) -> None:
    part = parted(memory_part(kept(activations(tmp_path), "memory", memory(), memory(0.0))))
    assert "relu: the gradient shrinks to 1/250\u2009000 of itself over the 27 steps back" in part.opening
    assert "it vanishes" in part.opening
    assert "it lasts" in part.opening
    (chart,) = (block for block in part.blocks if isinstance(block, Chart))
    assert [panel.title for panel in chart.drawn.figure.panels] == ["Hidden state", "Cell state"]
    first = next(block for block in part.blocks if isinstance(block, Own))
    seen, answered, state = first.content["rows"][1].shown
    assert answered.said == "7 from row 21 of 28 on"
    assert answered.columns == tuple("0123456789")
    assert seen.height == answered.height == state.height
    (table,) = (block for block in part.blocks if isinstance(block, Table))
    assert [row[0] for row in table.rows[:2]] == ["relu, hidden state", "relu, cell state"]
    assert table.rows[0][-1] == "vanishes"


def test_sequences_of_digits_stand_beside_their_states(tmp_path: Path) -> None:
    arrays = {key: array for key, array in memory().items() if key != "pixels"}
    arrays |= {"inputs": np.arange(28)[None, :, None] % 10 * np.ones((2, 1, 1)), "row": np.array(False)}
    part = parted(memory_part(kept(activations(tmp_path), "memory", arrays)))
    own = next(block for block in part.blocks if isinstance(block, Own))
    assert own.content["rows"][0].title.endswith("5 6 7 → 0")
    assert "dark is the lowest number" in own.content["caption"]


@pytest.mark.parametrize("part", [filters_part, activations_part, memory_part])
def test_without_the_probe_there_is_no_part(part: Any, tmp_path: Path) -> None:
    results = activations(tmp_path)
    assert part(Material(results, results.folder, Drawings(), "glasslab run it")) is None


def test_the_page_shows_every_part_and_its_words(tmp_path: Path) -> None:
    results = activations(tmp_path, probes=["filters", "activations", "memory"])
    kept(results, "filters", filters())
    kept(results, "activations", layers())
    kept(results, "memory", memory())
    page = read(write_report(results, tmp_path, command="glasslab run it").read_text(encoding="utf-8"))
    names = {str(attributes.get("id")) for attributes in page.named("div")}
    assert {"inside-filters", "inside-activations", "inside-memory"} <= names
    assert all(image["alt"] for image in page.named("img"))
    assert "7 from row 21 of 28 on" in page.text


def test_where_it_goes_wrong_tells_how_far_confidence_can_be_trusted(tmp_path: Path) -> None:
    results = activations(tmp_path)
    page = read(write_report(results, tmp_path, command="glasslab run it").read_text(encoding="utf-8"))
    assert "how far their confidence can be trusted" in page.text
    assert page.text.count("expected calibration error") == 3
