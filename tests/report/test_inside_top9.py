import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glasslab.analysis.results import Results
from glasslab.figures.pixels import Picture
from glasslab.report.html import write_report
from glasslab.report.inside.blocks import Gallery, Note, Part, Table
from glasslab.report.inside.top9 import top9_part, window
from tests.report.made_study import activations
from tests.report.probe_arrays import keep, material, top9_arrays


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return activations(tmp_path, probes=["top9"], seeds=1)


def part_of(results: Results) -> Part:
    found = top9_part(material(results))
    assert found is not None
    return found


def rgba(picture: Picture) -> np.ndarray:
    file = io.BytesIO(base64.b64decode(picture.png.partition(",")[2]))
    return np.asarray(Image.open(file).convert("RGBA"))


def galleries(part: Part) -> list[Gallery]:
    return [block for block in part.blocks if isinstance(block, Gallery)]


def test_without_any_look_there_is_no_part(results: Results) -> None:
    assert top9_part(material(results)) is None


def test_the_opening_says_how_selective_the_first_and_the_last_layer_are(results: Results) -> None:
    keep(results, "relu", "top9", top9_arrays())
    # (1 + 3 * 9) / 4 = 7; the dead map does not count. 10 (1 - 0.9^9) = 6.1.
    assert part_of(results).opening == (
        "Classes among the 9 images that excite a map most, on average over a layer's maps: relu: 7.0 in "
        "relu1 and 9.0 in relu2. 9 images drawn at random from 10 equally frequent classes are of 6.1."
    )
    (table,) = (block for block in part_of(results).blocks if isinstance(block, Table))
    assert table.rows == (("relu1", "4", "0", "7.0", "1"), ("relu2", "5", "1", "9.0", "0"))
    assert "all 10\u2009000 test images" in table.caption


def test_each_layer_has_a_gallery_of_its_maps(results: Results) -> None:
    keep(results, "relu", "top9", top9_arrays())
    first, last = galleries(part_of(results))
    assert first.title == "relu, relu1: the 2 strongest of 4 maps"
    assert [tile.caption for tile in first.strips[0].tiles] == [
        "map 0: 9 of “7”",
        "map 1: " + ", ".join(f"1 of “{digit}”" for digit in range(9)),
    ]
    assert first.strips[0].tiles[0].note == "2.00 to 1.00"
    assert last.caption.endswith("1 map of 5 dead.")


def test_a_dead_map_is_said_to_be_dead_and_shows_no_noise(results: Results) -> None:
    keep(results, "relu", "top9", top9_arrays())
    tile = galleries(part_of(results))[1].strips[0].tiles[1]
    assert tile.picture is None
    assert tile.caption == "map 1 is dead: 0 for all 10\u2009000 test images"


def test_patches_stand_below_the_projections_in_their_own_pixels(results: Results) -> None:
    arrays = top9_arrays()
    keep(results, "relu", "top9", arrays)
    gallery = galleries(part_of(results))[0]
    picture = gallery.strips[0].tiles[0].picture
    assert picture is not None
    by = 64 // 4  # patches are 4 wide
    cell = 4 * by + 2
    assert (picture.width, picture.height) == (3 * cell + 4, 2 * (3 * cell + 4) + 8)
    assert gallery.size == picture.width
    seen = rgba(picture)
    lower = 3 * cell + 4 + 8
    for place in (0, 5):
        patch = arrays["pixels"][arrays["picture"][0, place], 0, 0:4, 2:6]
        top, left = lower + place // 3 * (cell + 2) + 1, place % 3 * (cell + 2) + 1
        middle = seen[top + by // 2 : top + 4 * by : by, left + by // 2 : left + 4 * by : by]
        assert np.array_equal(middle[..., 0], patch)
        assert (middle[..., 3] == 255).all()
    assert seen[cell, cell, 3] == 0  # between pictures it is clear


def test_at_an_edge_the_patch_is_as_large_as_elsewhere() -> None:
    assert window((0, 3, 5, 8), (4, 4)) == (slice(None), slice(0, 4), slice(4, 8))
    assert window((2, 6, 0, 4), (4, 4)) == (slice(None), slice(2, 6), slice(0, 4))


def test_zero_is_mid_grey_in_projections_in_colour(results: Results) -> None:
    arrays = top9_arrays(channels=3)
    arrays["projection"][:] = 0
    keep(results, "relu", "top9", arrays)
    gallery = galleries(part_of(results))[0]
    picture = gallery.strips[0].tiles[0].picture
    assert picture is not None
    assert rgba(picture)[10, 10].tolist() == [128, 128, 128, 255]
    assert "Zero is mid-grey. Below" in gallery.caption


def test_of_many_layers_and_variants_some_are_shown_and_the_rest_named(results: Results) -> None:
    keep(results, "relu", "top9", top9_arrays((4,) * 8))
    part = part_of(results)
    assert [each.title.split(":")[0] for each in galleries(part)] == [
        f"relu, relu{number}" for number in (1, 3, 5, 6, 8)
    ]
    assert Note("Not shown of relu: relu2, relu4 and relu7; the run's folder has them.") in part.blocks
    keep(results, "tanh", "top9", top9_arrays((4,) * 8))
    assert [each.title.split(":")[0] for each in galleries(part_of(results))] == [
        *(f"relu, relu{number}" for number in (1, 5, 8)),
        *(f"tanh, relu{number}" for number in (1, 5, 8)),
    ]


def test_what_the_method_was_not_made_for_is_said(results: Results) -> None:
    arrays = top9_arrays() | {"others": np.array(["tanh"]), "joins": np.array(3)}
    keep(results, "relu", "top9", arrays)
    said = [block.text for block in part_of(results).blocks if isinstance(block, Note)]
    assert any("relu also has tanh among its convolutions" in each for each in said)
    assert any("relu has skip connections (3 places" in each for each in said)


def test_the_report_shows_it(results: Results) -> None:
    keep(results, "relu", "top9", top9_arrays())
    page = write_report(results, results.folder, command="glasslab run it").read_text(encoding="utf-8")
    assert "relu1, map 0: its top images are 9 of “7”" in page
