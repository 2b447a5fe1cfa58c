from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasslab.plan.probe import Trust
from glasslab.report.inside.blocks import Part
from glasslab.report.inside.trust import trust_part
from glasslab.report.material import Material
from tests.analysis.test_trust import METHODS, look
from tests.report.looks import looked_into, notes, tables
from tests.report.made_study import activations
from tests.report.test_inside_boundary import material

DATA_WITHOUT_OBJECTS = (
    "pointing",
    "near",
    "mass",
    "rank",
    "object_pixels",
    "flips_object",
    "flips_elsewhere",
)
GATE, LOCALISATION, FAITHFULNESS, RANDOMISED = range(4)


def part_of(folder: Path, arrays: dict[str, NDArray[Any]], variants: int = 1) -> Part:
    found = trust_part(looked_into(folder, Trust(), arrays, variants))
    assert found is not None
    return found


def of_seeds(folder: Path, count: int) -> Material:
    """Returns the material of a study in which so many seeds of the first variant were measured."""
    made = material(activations(folder))
    runs = list(made.results.variants[0].runs.values())
    for seed, run in enumerate(runs[:count]):
        path = run.folder.probe("trust")
        path.parent.mkdir(exist_ok=True)
        np.savez(path, **look(seed))
    return made


def test_each_group_has_one_table_with_the_baselines_last(tmp_path: Path) -> None:
    found = tables(part_of(tmp_path, look(0)))
    assert [table.title for table in found] == [
        "Does the network go by the object?",
        "Does the heat lie on the object?",
        "Does the network need the pixels that are called important?",
        "Do the maps change when the network is randomised?",
    ]
    assert len(found[LOCALISATION].heads) == 5
    assert found[FAITHFULNESS].heads == ("method", "deletion", "insertion")
    assert found[RANDOMISED].heads[1:3] == ("output layer random", "all layers random")
    assert [row[0] for row in found[LOCALISATION].rows] == [
        "saliency",
        "occlusion",
        "Grad-CAM",
        "a random map (baseline)",
        "distance from the mean (baseline)",
        "Sobel edges (baseline)",
    ]
    assert len(found[RANDOMISED].rows) == len(METHODS) - 3
    assert all(row[3] == "–" for row in found[RANDOMISED].rows)


def test_one_run_has_intervals_over_images_and_several_over_seeds(tmp_path: Path) -> None:
    one = tables(part_of(tmp_path, look(0)))
    several = tables(trust_part(of_seeds(tmp_path / "seeds", 3)))
    assert one[LOCALISATION].caption.endswith("Means with 95 % intervals over 20 images.")
    assert several[LOCALISATION].caption.endswith("Means with 95 % intervals over 3 seeds.")
    assert all("±" in cell for row in several[LOCALISATION].rows for cell in row[1:])


def test_the_gate_is_counted(tmp_path: Path) -> None:
    there, elsewhere = np.zeros(20, bool), np.zeros(20, bool)
    there[:8], elsewhere[6:9] = True, True
    arrays = look(0, flips_object=there, flips_elsewhere=elsewhere)
    arrays["object_pixels"][18:] = 0
    table = tables(part_of(tmp_path, arrays))[GATE]
    assert table.rows == (("relu", "1", "20", "18", "8", "3", "6"),)


def test_the_opening_tells_which_methods_beat_the_best_baseline(tmp_path: Path) -> None:
    opening = part_of(tmp_path, look(0)).opening
    assert opening.startswith("By the share of heat on the object, occlusion beats the best map that knows ")
    assert "distance from the mean (0.50); Grad-CAM is worse; for saliency it cannot be told" in opening
    assert opening.endswith("(20 images).")


def test_the_literatures_warnings_stand_where_they_belong(tmp_path: Path) -> None:
    said = notes(part_of(tmp_path, look(0)))
    places = [said.index(name) for name in ("XAI-TRIS", "RemOve-And-Retrain", "Adebayo", "Nie et al.")]
    assert places == sorted(places)
    assert "With all layers random, the maps of occlusion keep most of their order" in said
    assert "this speaks of other images for these networks" in said


def test_data_without_known_objects_are_told_so(tmp_path: Path) -> None:
    arrays = {key: value for key, value in look(0).items() if key not in DATA_WITHOUT_OBJECTS}
    part = part_of(tmp_path, arrays)
    assert len(tables(part)) == 2
    assert "these data do not tell its pixels" in notes(part)
    assert part.opening.startswith("By insertion, occlusion beats")


def test_a_network_that_never_goes_by_the_object_has_no_scores(tmp_path: Path) -> None:
    found = tables(part_of(tmp_path, look(0, flips_object=np.zeros(20, bool))))
    assert {cell for row in found[LOCALISATION].rows for cell in row[1:]} == {"–"}
    assert found[LOCALISATION].caption.endswith("No image counts.")


def test_a_decoy_has_a_table_of_its_own(tmp_path: Path) -> None:
    arrays = look(0, flips_decoy=np.arange(20) < 12, decoy_pixels=np.full(20, 16))
    arrays |= {"decoy_pointing": arrays["mass"], "decoy_mass": arrays["mass"]}
    found = tables(part_of(tmp_path, arrays))
    assert found[2].title == "Does the heat show the decoy?"
    assert found[2].caption.endswith("over 12 images.")
    assert found[GATE].heads[-1] == "change without the decoy"
    assert found[GATE].rows[0][-1] == "12"


def test_variants_stand_side_by_side(tmp_path: Path) -> None:
    part = part_of(tmp_path, look(0), variants=2)
    found = tables(part)
    (deletion,) = [table for table in found if table.heads[1].startswith("deletion")]
    assert deletion.heads == (
        "method",
        "deletion · relu",
        "deletion · sigmoid",
        "insertion · relu",
        "insertion · sigmoid",
    )
    apart = [table for table in found if table.title.startswith("Does the heat lie on the object?")]
    assert [table.heads for table in apart] == [("method", "relu", "sigmoid")] * 4
    assert apart[2].title == "Does the heat lie on the object? Heat on the object"
    assert "relu: By where" in notes(part)


def test_without_the_probe_there_is_no_part(tmp_path: Path) -> None:
    assert trust_part(material(activations(tmp_path))) is None
